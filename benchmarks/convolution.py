"""Is our convolution fast enough? Against SciPy, Keras and our own loops, as ratios in one run.

Run as `python -m benchmarks.convolution`. Prints one line of JSON a comparison: how many times as
fast as the other ours is (`times_as_fast`, the median over repeats), at least how many times is promised,
and whether that is kept; exits with code 1 if not. In every repeat both run, one right after the
other, so that a busy machine slows both. All is measured twice, each time in a process of its own:
with one thread for everybody (set by the environment: OPENBLAS_NUM_THREADS and its like for NumPy,
TF_NUM_INTRAOP_THREADS and TF_NUM_INTEROP_THREADS for Keras on TensorFlow), then with as many as each
likes. GPUs are hidden: both sides run on the same cores.
"""

import argparse
import json
import os
import subprocess
import sys
import time

import numpy as np

from dl_course.convolution import conv2d, corr2d, correlate

ONE_THREAD = dict.fromkeys(
    [
        "OPENBLAS_NUM_THREADS",
        "OMP_NUM_THREADS",
        "MKL_NUM_THREADS",
        "VECLIB_MAXIMUM_THREADS",
        "TF_NUM_INTRAOP_THREADS",
        "TF_NUM_INTEROP_THREADS",
    ],
    "1",
)


def seconds(function):
    """How long one call takes."""
    start = time.perf_counter()
    function()
    return time.perf_counter() - start


def compare(name, ours, theirs, *, promised, threads, repeats=21):
    """Time both by turns, print a line, and return whether the promise is kept."""
    ours(), theirs()  # the first call loads and compiles
    times = np.array([(seconds(ours), seconds(theirs)) for _ in range(repeats)])
    ratio = float(np.median(times[:, 1] / times[:, 0]))
    result = {
        "benchmark": "convolution",
        "compared": name,
        "threads": threads,
        "ours_ms": round(1000 * float(np.median(times[:, 0])), 2),
        "theirs_ms": round(1000 * float(np.median(times[:, 1])), 2),
        "times_as_fast": round(ratio, 2),
        "promised": round(promised, 2),
        "kept": ratio >= promised,
    }
    print(json.dumps(result), flush=True)
    return result["kept"]


def compare_correlate(threads):
    """Ours against SciPy's on a photograph, for kernels from 3 x 3 to 11 x 11."""
    from scipy.signal import correlate2d
    from skimage.data import camera

    photograph, rng = camera() / 255, np.random.default_rng(0)
    for size in (3, 5, 7, 9, 11):
        kernel = rng.normal(size=(size, size))
        yield compare(
            f"correlate : scipy.signal.correlate2d, 512 x 512, kernel {size} x {size}",
            lambda kernel=kernel: correlate(photograph, kernel),
            lambda kernel=kernel: correlate2d(photograph, kernel, mode="valid"),
            promised=1,
            threads=threads,
        )


def compare_loops(threads):
    """Our vectorised function against our loops on a small image."""
    rng = np.random.default_rng(0)
    image, kernel = rng.normal(size=(64, 64)), rng.normal(size=(3, 3))
    yield compare(
        "correlate : corr2d, 64 x 64, kernel 3 x 3",
        lambda: correlate(image, kernel),
        lambda: corr2d(image, kernel),
        promised=10,
        threads=threads,
    )


def compare_conv2d(threads):
    """Ours against Keras', which gets tensors; reading one number waits for the result."""
    import keras

    rng = np.random.default_rng(0)
    x = rng.normal(size=(64, 28, 28, 16)).astype(np.float32)
    kernel = rng.normal(size=(3, 3, 16, 32)).astype(np.float32)
    tensors = keras.ops.convert_to_tensor(x), keras.ops.convert_to_tensor(kernel)
    yield compare(
        "conv2d : keras.ops.conv, 64 x 28 x 28 x 16 -> 32, kernel 3 x 3, float32",
        lambda: conv2d(x, kernel),
        lambda: float(keras.ops.conv(*tensors)[0, 0, 0, 0]),
        promised=1 / 3,
        threads=threads,
        repeats=51,
    )


def measure(threads):
    """Make all comparisons in this process; return whether every promise is kept."""
    parts = (compare_correlate, compare_loops, compare_conv2d)
    kept = [kept for part in parts for kept in part(threads)]  # all of them, also after a miss
    return all(kept)


def measure_elsewhere(threads):
    """Make them in a fresh process: libraries read the number of threads once, when loaded."""
    environment = os.environ | {"CUDA_VISIBLE_DEVICES": "-1", "TF_CPP_MIN_LOG_LEVEL": "3"}
    environment |= ONE_THREAD if threads == "one" else {}
    command = [sys.executable, "-m", "benchmarks.convolution", "--threads", threads]
    return subprocess.run(command, env=environment).returncode == 0


def main():
    """Read the command line, measure, and exit with code 1 if a promise is broken."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.convolution", description=__doc__.splitlines()[0]
    )
    parser.add_argument("--threads", choices=["one", "default"], help="only this, in this process")
    threads = parser.parse_args().threads
    kept = [measure(threads)] if threads else [measure_elsewhere(t) for t in ("one", "default")]
    raise SystemExit(0 if all(kept) else 1)


if __name__ == "__main__":
    main()
