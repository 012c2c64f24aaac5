"""MobileNet's weights: which files are asked for, and what a file must hold. (See test_download.py.)"""

import hashlib
import importlib.util
import io
import os
from pathlib import Path

import h5py
import numpy as np
import pytest

from dl_course.datasets import _download
from dl_course.models import _weights


def test_mobilenet_files_are_those_of_keras():
    package = Path(importlib.util.find_spec("keras").origin).parent  # found, not imported
    source = (package / "src" / "applications" / "mobilenet.py").read_text(encoding="utf-8")
    assert f'"{_weights._FOLDER}/"' in source
    assert '"mobilenet_%s_%d_tf_no_top.h5" % (alpha_text, rows)' in source
    for alpha, (width, _) in _weights._WIDTHS.items():
        assert f'alpha_text = "{width}"' in source
        published = _weights._published(alpha, 160)
        assert published.file_name == f"mobilenet_{width}_160_tf_no_top.h5"
        assert published.addresses == ((f"{_weights._FOLDER}/{published.file_name}",),)
        assert published.cache == "models"


def test_mobilenet_numbers_of_weights_by_hand():
    # Kernels without bias: 3 × 3 over colours; then 13 times 3 × 3 for each channel, 1 × 1 across.
    # Behind each, batch normalization with four numbers a channel.
    widths = [32, 64, *[128] * 2, *[256] * 2, *[512] * 6, *[1024] * 2]
    for alpha, (_, count) in _weights._WIDTHS.items():
        kernels = [int(width * alpha) for width in widths]
        total = 9 * 3 * kernels[0] + 4 * kernels[0]
        for before, after in zip(kernels[:-1], kernels[1:], strict=True):
            total += 9 * before + 4 * before + before * after + 4 * after
        assert count == total


def weights_file(count=12, value=0.5):
    """An HDF5 file laid out as Keras does it: groups in groups, with arrays of numbers."""
    with h5py.File(file := io.BytesIO(), "w") as h5:
        group = h5.create_group("conv1/conv1")
        group["kernel:0"] = np.full((2, count // 2), value, np.float32)
        h5.create_group("conv1_relu")
    return file.getvalue()


WEIGHTS = weights_file()
MODEL = "mobilenet_2_5_128_tf_no_top.h5"  # its digest is known to nobody
BAD_WEIGHTS = {
    "empty": (b"", "it cannot be read .OSError"),
    "truncated": (WEIGHTS[: len(WEIGHTS) // 2], "truncated file"),
    "a log-in page": (b"<html>Please log in</html>", "file signature not found"),
    "signature alone": (WEIGHTS[:8] + bytes(len(WEIGHTS)), "it cannot be read"),
    "other width": (weights_file(20), "it holds 20 weights, expected 12"),
    "nothing in it": (weights_file(0), "it holds 0 weights, expected 12"),
    "not finite": (weights_file(value=np.nan), "not all of its weights are finite numbers"),
}


@pytest.mark.parametrize("fault", BAD_WEIGHTS)
def test_bad_weights_are_damaged(fault):
    content, words = BAD_WEIGHTS[fault]
    with pytest.raises(_download.DamagedError, match=words):
        _weights._weights(12)(content)
    assert _weights._weights(12)(WEIGHTS) == WEIGHTS


def test_measured_weights_must_be_the_same_to_the_byte(monkeypatch):
    measured = {MODEL: (len(WEIGHTS), hashlib.sha256(WEIGHTS).hexdigest())}
    monkeypatch.setattr(_weights, "_MEASURED", measured)
    read = _weights._published(0.25, 128).read
    assert read(WEIGHTS) == WEIGHTS
    with pytest.raises(_download.DamagedError, match="it differs from the published file"):
        read(weights_file(value=0.25))  # whole and finite, as many numbers


@pytest.fixture
def weights(tmp_path, monkeypatch):
    """Fetch tiny weights, with nothing on this machine but what is in the folder that is returned."""
    monkeypatch.setattr(_weights, "_WIDTHS", {0.25: ("2_5", 12)})
    monkeypatch.setenv("KERAS_HOME", str(tmp_path / "keras"))
    monkeypatch.setenv("DL_COURSE_DATA", str(tmp_path))
    monkeypatch.setenv("DL_COURSE_OFFLINE", "1")
    return tmp_path


def test_weights_are_found_and_damaged_ones_set_aside(weights, capsys):
    assert _weights.fetch_mobilenet(alpha=0.25, image_size=128) is None
    assert capsys.readouterr().out == ""
    (weights / MODEL).write_bytes(WEIGHTS)
    expected = (weights / MODEL, "from the folder in $DL_COURSE_DATA")
    assert _weights.fetch_mobilenet(alpha=0.25, image_size=128) == expected
    assert capsys.readouterr().out == ""
    (weights / MODEL).write_bytes(WEIGHTS[:-9])
    assert _weights.fetch_mobilenet(alpha=0.25, image_size=128) is None
    assert f"it is kept as {MODEL}.damaged-1" in capsys.readouterr().out


def test_weights_that_no_folder_can_keep_are_not_to_be_had(weights, monkeypatch):
    monkeypatch.setattr(_download, "fetch", lambda _: _download.Found(WEIGHTS, "downloaded", None))
    assert _weights.fetch_mobilenet(alpha=0.25, image_size=128) is None


def mobilenet_files():
    """Where the default weights may lie on this machine."""
    own = os.environ.get("DL_COURSE_DATA")
    keras = Path(os.environ.get("KERAS_HOME") or "~/.keras").expanduser() / "models"
    folders = [*([Path(own).expanduser()] if own else []), keras]
    return [folder / "mobilenet_2_5_224_tf_no_top.h5" for folder in folders]


@pytest.mark.skipif(not any(map(Path.is_file, mobilenet_files())), reason="no MobileNet weights")
def test_real_mobilenet(monkeypatch, capsys):
    monkeypatch.setenv("DL_COURSE_OFFLINE", "1")
    path, where = _weights.fetch_mobilenet(alpha=0.25, image_size=224)
    assert path in mobilenet_files()
    assert where in ("from the folder in $DL_COURSE_DATA", "from Keras' cache")
    assert capsys.readouterr().out == ""
    _weights._weights(218_544)(path.read_bytes())  # passes the other check too
