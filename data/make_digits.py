"""Make `digits.npz`, the stand-in for MNIST: digits written by `dl_course.handwriting`.

Run as `python data/make_digits.py`. The digits are the same on every machine to one grey level, so
the file can always be made again; on the same machine it is the same to the byte.
"""

import argparse
import hashlib
import os
import tempfile
from pathlib import Path

import numpy as np

from dl_course.handwriting import draw_digits

PARTS = {"train": (12_000, 20_250), "test": (2_000, 20_251)}  # name -> (digits, seed)


def balanced_labels(n, seed):
    """Shuffled labels `(n,)` uint8, as many of each digit as of the others."""
    order = np.argsort(np.random.Generator(np.random.PCG64([seed, 1])).random(n), kind="stable")
    return (np.arange(n) % 10)[order].astype(np.uint8)


def make_arrays():
    """The four arrays of the file, under the names that `mnist.npz` gives them."""
    arrays = {}
    for name, (n, seed) in PARTS.items():
        arrays[f"y_{name}"] = balanced_labels(n, seed)
        arrays[f"x_{name}"] = draw_digits(arrays[f"y_{name}"], seed=seed)
    return arrays


def write(path, arrays):
    """Write beside `path` and rename when all is written, so no half file is ever found."""
    handle, part = tempfile.mkstemp(dir=path.parent, prefix=path.name, suffix=".part")
    try:
        with os.fdopen(handle, "wb") as file:
            np.savez_compressed(file, **arrays)
        os.chmod(part, 0o644)  # a temporary file is its owner's alone
        os.replace(part, path)
    except BaseException:
        os.unlink(part)
        raise


def sha256(content):
    """SHA-256 of bytes, or of an array's bytes in C order, as 64 hexadecimal digits."""
    return hashlib.sha256(content).hexdigest()


def main():
    """Write the file and print the checksums that `README.md` quotes."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--out", type=Path, default=Path(__file__).with_name("digits.npz"))
    path = parser.parse_args().out
    arrays = make_arrays()
    write(path, arrays)
    content = path.read_bytes()
    print(f"{sha256(content)}  {path.name}  {len(content):,} bytes")
    for name, array in arrays.items():
        print(f"{sha256(np.ascontiguousarray(array))}  {name}  {array.shape} {array.dtype}")


if __name__ == "__main__":
    main()
