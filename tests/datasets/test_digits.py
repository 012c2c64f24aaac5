"""MNIST, its stand-in and scikit-learn's digits.

The "MNIST" here is a tiny one, with its own digests and addresses, so real data changes nothing.
"""

import gzip
import hashlib
import io
import os
import re
import struct
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from support import ROOT

from dl_course import datasets
from dl_course.datasets import digits


def test_digits_are_scikit_learns():
    from sklearn.datasets import load_digits

    data = datasets.load_digits()
    assert data.images.shape == (1797, 8, 8, 1)
    assert data.images.dtype == np.float32
    np.testing.assert_array_equal(data.images[..., 0] * 16, load_digits().images)
    np.testing.assert_array_equal(data.labels, load_digits().target)
    assert data.class_names == tuple("0123456789")
    assert "scikit-learn" in data.source


def test_digits_can_be_enlarged():
    small, large = datasets.load_digits(), datasets.load_digits(upscale=28)
    assert large.images.shape == (1797, 28, 28, 1)
    assert large.images.dtype == np.float32
    np.testing.assert_array_equal(large.labels, small.labels)
    # The same pictures: the mean brightness of each stays.
    np.testing.assert_allclose(large.images.mean((1, 2)), small.images.mean((1, 2)), atol=0.02)
    for bad, error in ((7, ValueError), (2.5, TypeError), (True, TypeError)):
        with pytest.raises(error, match="`upscale` must be"):
            datasets.load_digits(upscale=bad)


# --- A tiny MNIST -------------------------------------------------------------------------------


def tiny_arrays(train=60, test=20, seed=0):
    rng = np.random.default_rng(seed)
    return {
        "x_train": rng.integers(0, 256, (train, 28, 28), dtype=np.uint8),
        "y_train": np.arange(train, dtype=np.uint8) % 10,
        "x_test": rng.integers(0, 256, (test, 28, 28), dtype=np.uint8),
        "y_test": np.arange(test, dtype=np.uint8) % 10,
    }


def npz(arrays):
    np.savez_compressed(file := io.BytesIO(), **arrays)
    return file.getvalue()


def idx(array):
    """An IDX file: two zeros, 8 for bytes, the rank, the sizes (big-endian), the content."""
    return struct.pack(f">BBBB{array.ndim}I", 0, 0, 8, array.ndim, *array.shape) + array.tobytes()


ARRAYS = tiny_arrays()
CONTENT = npz(ARRAYS)
NOWHERE = ("http://127.0.0.1:9/mnist.npz",)


@pytest.fixture
def load(place, monkeypatch, capsys):
    """Load the tiny MNIST from some addresses; return both sets and what was printed."""
    described = {name: (a.shape, hashlib.md5(idx(a)).hexdigest()) for name, a in ARRAYS.items()}
    monkeypatch.setattr(digits, "_ARRAYS", described)
    (place / "project data").mkdir()
    (place / "project data" / "digits.npz").write_bytes(npz(tiny_arrays(30, 10, seed=1)))
    original = digits._MNIST

    def load(*addresses):
        tiny = replace(original, addresses=addresses or (NOWHERE,), read_limit=5.0, total_limit=5.0)
        monkeypatch.setattr(digits, "_MNIST", tiny)
        train, test = datasets.load_mnist()
        return train, test, capsys.readouterr().out

    return load


def assert_real(train, test):
    assert train.source == test.source == "MNIST"
    np.testing.assert_array_equal(train.images[..., 0] * 255, ARRAYS["x_train"])
    np.testing.assert_array_equal(test.labels, ARRAYS["y_test"])


def assert_stand_in(train, test, printed):
    assert (len(train), len(test)) == (30, 10)
    assert train.is_stand_in
    assert test.is_stand_in
    assert "using the stand-in digits" in printed
    assert "not for MNIST" in printed
    assert "DL_COURSE_DATA" in printed  # what to do next


def test_mnist_is_downloaded_once_and_said_to_be(server, cache, load, names):
    address = server.sends("/mnist.npz", CONTENT)
    train, test, printed = load(address)
    assert_real(train, test)
    assert printed.endswith(f"\nMNIST: downloaded from {server.host}, kept in Keras' cache.\n")
    assert "mnist.npz [####################]" in printed
    train, test, printed = load(address)
    assert_real(train, test)
    assert printed == "MNIST: from Keras' cache.\n"
    assert len(server.requests) == 1
    assert names(cache) == ["mnist.npz"]


def test_the_stand_in_says_why_and_what_to_do(load, monkeypatch):
    train, test, printed = load()
    assert_stand_in(train, test, printed)
    assert "could not be downloaded" in printed
    monkeypatch.setenv("DL_COURSE_OFFLINE", "1")
    assert "DL_COURSE_OFFLINE forbids the network" in load()[2]


def test_the_second_address_may_be_idx_files(server, cache, load, names):
    urls = sum((server.sends(f"/{n}.gz", gzip.compress(idx(a))) for n, a in ARRAYS.items()), ())
    train, test, printed = load(server.fails("/gone", 404), urls)
    assert_real(train, test)
    assert "it answered 404 Not Found" in printed
    assert_real(*load()[:2])  # kept as an archive like any other
    assert names(cache) == ["mnist.npz"]


WHOLE = [gzip.compress(idx(array)) for array in ARRAYS.values()]


@pytest.mark.parametrize(
    "first",
    [WHOLE[0][:-50], WHOLE[2], b"<html>Please log in</html>"],
    ids=["cut short", "a wrong one, and too short", "no gzip"],
)
def test_damaged_idx_files_are_not_used(first, server, cache, load, names):
    parts = enumerate([first, *WHOLE[1:]])
    urls = sum((server.sends(f"/{number}.gz", part) for number, part in parts), ())
    train, test, printed = load(urls)
    assert_stand_in(train, test, printed)
    assert "not the published data" in printed
    assert names(cache) == []


def changed(**arrays):
    return npz({**ARRAYS, **arrays})


ONE_PIXEL = ARRAYS["x_test"].copy()
ONE_PIXEL[0, 0, 0] ^= 1
DAMAGED = {
    "empty": (b"", "it cannot be read"),
    "truncated": (CONTENT[: len(CONTENT) // 2], "it cannot be read"),
    "garbled": (CONTENT[:2000] + bytes(500) + CONTENT[2500:], "it cannot be read"),
    "text": (b"<html>Please log in</html>", "it cannot be read"),
    "no archive": (b"\x93NUMPY\x01\x00 cut", "it cannot be read"),
    "wrong shape": (changed(x_train=ARRAYS["x_train"][:-1]), r"x_train is uint8 \(59, 28, 28\), exp"),
    "wrong type": (changed(x_test=ARRAYS["x_test"].astype(np.float32)), "x_test is float32"),
    "array missing": (npz({"x_train": ARRAYS["x_train"]}), "it cannot be read .KeyError"),
    "one pixel": (changed(x_test=ONE_PIXEL), "x_test differs from the published data"),
    "pickle": (changed(y_test=np.array([{"a": 1}], dtype=object)), "it cannot be read"),
}  # fmt: skip


@pytest.mark.parametrize("damage", DAMAGED)
def test_damaged_mnist_is_set_aside(damage, cache, load, names):
    content, words = DAMAGED[damage]
    (cache / "mnist.npz").write_bytes(content)
    train, test, printed = load()
    assert_stand_in(train, test, printed)
    assert re.search(f"mnist.npz is damaged .{words}", printed)
    assert names(cache) == ["mnist.npz.damaged-1"]


def test_without_even_a_stand_in_the_error_says_what_to_do(place, load, names):
    path = place / "project data" / "digits.npz"
    for content in (CONTENT[:999], b"", None):
        path.unlink() if content is None else path.write_bytes(content)
        with pytest.raises(RuntimeError, match="install the course again.*Received"):
            load()
    assert names(place / "project data") == []


# --- The real stand-in, and real MNIST where $DL_COURSE_DATA has it ------------------------------


def test_the_real_stand_in_loads(monkeypatch, tmp_path, capsys):
    monkeypatch.setenv("KERAS_HOME", str(tmp_path))
    monkeypatch.setenv("DL_COURSE_OFFLINE", "1")
    monkeypatch.delenv("DL_COURSE_DATA", raising=False)
    train, test = datasets.load_mnist()
    assert train.images.shape == (12_000, 28, 28, 1)
    assert test.images.shape == (2_000, 28, 28, 1)
    assert train.is_stand_in
    assert "stand-in" in capsys.readouterr().out


REAL = Path(os.environ.get("DL_COURSE_DATA") or "nowhere").expanduser() / "mnist.npz"
needs_mnist = pytest.mark.skipif(not REAL.is_file(), reason="no mnist.npz in $DL_COURSE_DATA")


@needs_mnist
def test_real_mnist(capsys):
    train, test = datasets.load_mnist()
    assert capsys.readouterr().out == "MNIST: from the folder in $DL_COURSE_DATA.\n"
    assert repr(train) == "Dataset(60,000 images of 28 × 28 × 1, 10 classes; MNIST)"
    assert repr(test) == "Dataset(10,000 images of 28 × 28 × 1, 10 classes; MNIST)"
    assert train.labels[:5].tolist() == [5, 0, 4, 1, 9]
    assert not train.is_stand_in
    with np.load(REAL) as file:
        np.testing.assert_array_equal(
            test.images[..., 0], file["x_test"].astype(np.float32) / np.float32(255)
        )


@needs_mnist
@pytest.mark.skipif(not Path("/proc/self/io").exists(), reason="needs Linux's /proc")
def test_real_mnist_is_read_once_and_hardly_copied():
    code = """
import re
from pathlib import Path
from dl_course import datasets

def number(file, name):
    return int(re.search(rf"{name}:\\s+(\\d+)", Path("/proc/self", file).read_text())[1])

datasets.load_mnist()  # imports what it needs
before = number("io", "rchar")
datasets.load_mnist()
print(number("io", "rchar") - before, number("status", "VmHWM"))  # bytes read; most memory held, kB
"""
    env = {**os.environ, "PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-W", "error", "-c", code]
    done = subprocess.run(command, env=env, check=True, capture_output=True, text=True)
    read, peak = map(int, done.stdout.splitlines()[-1].split())
    assert read < 1.05 * REAL.stat().st_size
    assert peak / 1024 < 400
