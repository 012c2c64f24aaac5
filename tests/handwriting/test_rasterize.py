"""Drawings: round ink where the pen went, and a layout that leaves MNIST's digits as they are."""

import os
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dl_course import handwriting

DIGITS = st.tuples(st.integers(0, 9), st.integers(0, 5))
REAL = Path(os.environ.get("DL_COURSE_DATA", "")) / "mnist.npz"


def written(which, height=150.0, x=70.0, y=60.0):
    """A digit of the table as strokes, `height` pixels high."""
    digit, n = which
    style = handwriting.style_names(digit)[n % len(handwriting.style_names(digit))]
    return [[x, y] + height * stroke for stroke in handwriting.strokes(digit, style)]


def middle(picture):
    """Centre of mass, row and column."""
    rows, columns = np.indices(picture.shape)
    return np.array([np.average(rows, weights=picture), np.average(columns, weights=picture)])


# The pen ------------------------------------------------------------------------------------------


def test_a_dot_is_round():
    drawing = handwriting.rasterize([[(50, 40)]], size=100, pen=20)
    assert drawing.dtype == np.float32
    assert drawing.shape == (100, 100)
    assert drawing.sum() == pytest.approx(np.pi * 10**2, rel=1e-3)
    np.testing.assert_allclose(middle(drawing), [39.5, 49.5], atol=1e-6)  # x is the column


def test_a_line_is_as_wide_as_the_pen_and_has_round_ends():
    drawing = handwriting.rasterize([[(20, 50), (80, 50)]], size=100, pen=6)
    assert drawing[:, 50].sum() == pytest.approx(6)
    assert drawing.sum() == pytest.approx(60 * 6 + np.pi * 3**2, rel=1e-2)
    assert set(np.unique(drawing[:, 50])) == {0, 1}  # edges between pixels need no grey


def test_edges_that_cut_pixels_are_grey():
    drawing = handwriting.rasterize([[(20, 50.25), (80, 50.25)]], size=100, pen=6)
    np.testing.assert_allclose(drawing[46:55, 50], [0, 0.75, 1, 1, 1, 1, 1, 0.25, 0])


def test_ink_on_ink_is_no_darker():
    line = [(20, 20), (70, 60)]
    once, twice = handwriting.rasterize([line]), handwriting.rasterize([line, line[::-1]])
    np.testing.assert_allclose(twice, once, atol=1e-6)


def test_no_strokes_no_ink():
    assert not handwriting.rasterize([]).any()
    assert handwriting.rasterize([], size=64).shape == (64, 64)


@pytest.mark.parametrize("place", [(0, 0), (100, 50), (-3, 104)])
def test_a_dot_on_the_border_is_cut(place):
    drawing = handwriting.rasterize([[place]], size=100, pen=20)
    assert 0 < drawing.sum() < np.pi * 10**2 * 0.51


def test_a_stroke_beside_the_drawing_leaves_no_ink():
    assert not handwriting.rasterize([[(-900, 40), (-500, 2000)]], size=100).any()


@pytest.mark.parametrize(
    ("strokes", "message"),
    [
        ([[]], r"`strokes\[0\]` must have shape \(m, 2\).* Received: \(0,\)"),
        ([[(1, 2)], (3, 4)], r"`strokes\[1\]` must have shape \(m, 2\).* Received: \(2,\)"),
        ([[(1, 2, 3)]], r"`strokes\[0\]` must have shape \(1, 2\).* Received: \(1, 3\)"),
        ([[(1, np.nan)]], r"`strokes\[0\]` must be finite. Received: nan at \(0, 1\)"),
    ],
)
def test_no_strokes_at_all(strokes, message):
    with pytest.raises(ValueError, match=message):
        handwriting.rasterize(strokes)


@pytest.mark.parametrize(
    ("options", "error", "message"),
    [
        ({"size": 28.0}, TypeError, "`size` must be a whole number. Received: 28.0"),
        ({"size": True}, TypeError, "`size` must be a whole number. Received: True"),
        ({"size": 0}, ValueError, "`size` must be at least 1. Received: 0"),
        ({"pen": "thick"}, TypeError, "`pen` must be a number. Received: 'thick'"),
        ({"pen": -1}, ValueError, "`pen` must be above 0. Received: -1"),
    ],
)
def test_no_pen(options, error, message):
    with pytest.raises(error, match=message):
        handwriting.rasterize([], **options)


# The layout ---------------------------------------------------------------------------------------


@given(DIGITS, st.integers(-50, 50), st.integers(-30, 50))
def test_where_a_digit_is_drawn_does_not_matter(which, x, y):
    here = handwriting.center(handwriting.rasterize(written(which)))
    there = handwriting.center(handwriting.rasterize(written(which, x=70 + x, y=60 + y)))
    np.testing.assert_allclose(there, here, atol=1e-5)


@given(DIGITS, st.floats(0.5, 1.2))
def test_how_large_a_digit_is_drawn_hardly_matters(which, scale):
    """Rounding may move it, or narrow it, by a pixel: what that changes is not much ink."""
    other = handwriting.center(
        handwriting.rasterize(written(which, height=150 * scale), pen=20 * scale)
    )
    usual = handwriting.center(handwriting.rasterize(written(which), pen=20))
    steps = [(dy, dx) for dy in (-1, 0, 1) for dx in (-1, 0, 1)]
    changes = [np.abs(np.roll(other, step, axis=(0, 1)) - usual).mean() for step in steps]
    assert min(changes) < 0.05


@given(DIGITS)
def test_a_digit_fills_the_box_around_pixel_14(which):
    picture = handwriting.center(handwriting.rasterize(written(which)))
    assert picture.shape == (28, 28)
    assert picture.dtype == np.float32
    assert 0 <= picture.min() < picture.max() <= 1
    assert max(np.ptp(np.argwhere(picture), axis=0) + 1) == 20
    assert np.abs(middle(picture) - 14).max() <= 0.5 + 1e-6


def test_centering_twice_is_centering_once():
    once = handwriting.center(handwriting.rasterize(written((3, 0))))
    np.testing.assert_allclose(handwriting.center(once), once, atol=1e-6)


def test_new_pixels_are_means_of_what_they_cover():
    drawing = np.array([[0.2, 0.4, 0, 0], [0.6, 0.8, 1, 1], [0, 0, 1, 1]])[:2]
    np.testing.assert_allclose(handwriting.center(drawing, size=2, box=2), [[0, 0], [0.5, 0.5]])
    np.testing.assert_allclose(
        handwriting.center(np.kron(drawing, np.ones((3, 3))), size=4, box=4)[1:3],
        drawing,
        atol=1e-6,
    )


def test_a_thin_line_stays_a_line_of_full_ink():
    drawing = np.zeros((280, 280))
    drawing[30:250, 100] = 1
    picture = handwriting.center(drawing)
    np.testing.assert_array_equal(np.unique(np.nonzero(picture)[1]), [14])
    assert picture[:, 14].sum() == pytest.approx(20)


def test_a_heavy_end_is_not_cut_off():
    """Its centre of mass in the middle, this would stick out."""
    drawing = np.full((100, 100), 0.01)
    drawing[:, 90:] = 1
    picture = handwriting.center(drawing, size=22)
    assert picture.sum() == pytest.approx(drawing.sum() / 25, rel=1e-5)


@pytest.mark.parametrize("shape", [(28, 28), (1, 1), (280, 100)])
def test_nothing_drawn(shape):
    np.testing.assert_array_equal(handwriting.center(np.zeros(shape)), np.zeros((28, 28)))


def test_digits_that_lie_like_mnists_hardly_move():
    """Stand-in digits fill the box to a pixel; scaling by a 20th changes 0.024 of full ink (mean)."""
    digits = handwriting.draw_digits(np.arange(200) % 10, seed=3) / 255
    moved = np.abs([handwriting.center(digit) - digit for digit in digits]).mean(axis=(1, 2))
    assert moved.mean() < 0.03
    assert moved.max() < 0.1


@pytest.mark.skipif(not REAL.is_file(), reason="DL_COURSE_DATA names no folder with mnist.npz")
def test_real_mnist_stays_as_it_is():
    with np.load(REAL) as file:
        digits = file["x_train"][:2000] / 255
    moved = np.abs([handwriting.center(digit) - digit for digit in digits]).max(axis=(1, 2))
    assert np.mean(moved < 1e-6) > 0.998


@pytest.mark.parametrize(
    ("drawing", "options", "error", "message"),
    [
        (np.zeros((1, 28, 28)), {}, ValueError, r"shape \(h, w\).* Received: \(1, 28, 28\)"),
        (np.zeros((0, 0)), {}, ValueError, r"shape \(h, w\).* Received: \(0, 0\)"),
        (np.full((9, 9), 255), {}, ValueError, r"`drawing` must be in \[0, 1\]. Received: 255 to"),
        (np.full((9, 9), np.nan), {}, ValueError, "`drawing` must be finite. Received: nan"),
        (np.zeros((9, 9)), {"box": 30}, ValueError, "`box` must be from 1 to 28. Received: 30"),
        (np.zeros((9, 9)), {"box": 0}, ValueError, "`box` must be from 1 to 28. Received: 0"),
        (
            np.zeros((9, 9)),
            {"size": 2.5},
            TypeError,
            "`size` must be a whole number. Received: 2.5",
        ),
    ],
)
def test_no_drawing(drawing, options, error, message):
    with pytest.raises(error, match=message):
        handwriting.center(drawing, **options)
