"""MobileNet's weights: names and numbers as Keras has them, and the file itself where it is."""

import importlib.util
import os
from pathlib import Path
from types import SimpleNamespace

import pytest

from dl_course.datasets._published import keras_weights
from dl_course.models import _weights


def test_mobilenet_files_are_those_of_keras():
    package = Path(importlib.util.find_spec("keras").origin).parent  # found, not imported
    source = (package / "src" / "applications" / "mobilenet.py").read_text(encoding="utf-8")
    assert f'"{_weights._FOLDER}/"' in source
    assert '"mobilenet_%s_%d_tf_no_top.h5" % (alpha_text, rows)' in source
    for alpha, (width, _) in _weights._WIDTHS.items():
        assert f'alpha_text = "{width}"' in source
        described = _weights._describe(alpha, 160)
        assert described.file_name == f"mobilenet_{width}_160_tf_no_top.h5"
        address = f"{_weights._FOLDER}/{described.file_name}"
        assert described.addresses == ((address,),)
        assert described.cache == "models"


def test_mobilenet_numbers_of_weights_by_hand():
    # Kernels without bias: 3 × 3 over colours; then 13 times 3 × 3 for each channel, 1 × 1 across.
    # Behind each, batch normalization with four numbers a channel.
    widths = [32, 64, *[128] * 2, *[256] * 2, *[512] * 6, *[1024] * 2]
    for alpha, (_, number) in _weights._WIDTHS.items():
        kernels = [int(width * alpha) for width in widths]
        total = 9 * 3 * kernels[0] + 4 * kernels[0]
        for before, after in zip(kernels[:-1], kernels[1:], strict=True):
            total += 9 * before + 4 * before + before * after + 4 * after
        assert number == total


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
    keras_weights(218_544)(path.read_bytes())  # passes the other check too


def test_weights_that_no_folder_can_take(monkeypatch):
    lost = SimpleNamespace(path=None, where="downloaded")
    monkeypatch.setattr(_weights, "fetch", lambda described: lost)
    assert _weights.fetch_mobilenet(alpha=0.25, image_size=224) is None


def test_weights_that_cannot_be_had(tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("DL_COURSE_OFFLINE", "1")
    monkeypatch.setenv("KERAS_HOME", str(tmp_path))
    monkeypatch.delenv("DL_COURSE_DATA", raising=False)
    assert _weights.fetch_mobilenet(alpha=0.25, image_size=224) is None
    assert capsys.readouterr().out == ""
