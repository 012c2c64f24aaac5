"""`dl_course.datasets._pictures`: pixels as floats, and other sizes."""

import numpy as np
import pytest
from PIL import Image

from dl_course.datasets import _pictures


def test_bytes_become_floats_from_0_to_1():
    found = _pictures.as_floats(np.array([0, 51, 255], np.uint8))
    assert found.dtype == np.float32
    assert found.round(6).tolist() == pytest.approx([0, 0.2, 1])


def test_a_larger_picture_keeps_its_mean_and_its_pattern():
    small = np.array([[0.0, 1.0], [1.0, 0.0]], np.float32)[None]
    large = _pictures.resized(small, (1, 8, 8))
    assert large.shape == (1, 8, 8)
    assert large.dtype == np.float32
    assert large.mean() == pytest.approx(0.5, abs=1e-6)
    assert 0 <= large.min() < 0.3  # the pixels stay light and dark, and in [0, 1]
    assert 0.7 < large.max() <= 1


def test_a_picture_is_read_upright_on_white_and_stretched(tmp_path):
    Image.new("RGBA", (4, 2), (255, 0, 0, 0)).save(tmp_path / "clear.png")
    found = _pictures.read_picture(tmp_path / "clear.png", (3, 5))
    assert found.shape == (3, 5, 3)
    assert (found == 255).all()


def test_what_is_no_picture_is_none(tmp_path):
    (tmp_path / "no.png").write_bytes(b"no picture")
    assert _pictures.read_picture(tmp_path / "no.png", (3, 5)) is None


def test_names_are_readable():
    assert _pictures.readable("pictures/cafe\u0301.png") == "caf\u00e9.png"
