"""The canvas: strokes become a picture, and the picture what a network says of it."""

import re

import numpy as np
import pytest

from dl_course import handwriting, widgets


def says(*probabilities):
    """A network that always says the same."""
    return lambda images: np.array([probabilities])


def says_where_the_ink_is(images):
    """A network of two classes: more ink above, more ink below."""
    assert images.shape == (1, 28, 28, 1)
    assert images.dtype == np.float32
    above = images[:, :14].sum() / images.sum()
    return np.array([[above, 1 - above]])


def pixels(canvas):
    return np.frombuffer(canvas.picture, np.uint8).reshape(28, 28)


def test_strokes_on_the_canvas_become_a_picture_and_probabilities():
    canvas = widgets.digit_canvas(says_where_the_ink_is, names=["above", "below"])
    assert not pixels(canvas).any()
    assert canvas.probabilities == []
    canvas.strokes = [[[40, 40], [120, 40]], [[80, 40], [80, 200]]]  # a T
    picture = handwriting.center(handwriting.rasterize(canvas.strokes))
    np.testing.assert_array_equal(pixels(canvas), np.rint(255 * picture))
    above, below = canvas.probabilities
    assert (above, below) == pytest.approx(says_where_the_ink_is(picture[None, :, :, None])[0])
    assert canvas.error == ""


def test_clearing_the_canvas_clears_the_answer():
    canvas = widgets.digit_canvas(says_where_the_ink_is, names=["above", "below"])
    canvas.strokes = handwriting.sample_strokes(7)
    assert len(canvas.probabilities) == 2
    canvas.strokes = []
    assert canvas.probabilities == []
    assert not pixels(canvas).any()


def test_what_goes_wrong_is_shown_and_goes_away():
    def fails(images):
        if images.sum() > 60:
            raise RuntimeError("too much ink")
        return np.array([[0.5, 0.5]])

    canvas = widgets.digit_canvas(fails, names=["a", "b"])
    canvas.strokes = [[[100, 100]]]  # a dot fills the box
    assert canvas.error == "RuntimeError: too much ink"
    assert canvas.probabilities == []
    canvas.strokes = [[[100, 20], [100, 250]]]
    assert canvas.error == ""
    assert canvas.probabilities == [0.5, 0.5]


@pytest.mark.parametrize(
    ("classify", "message"),
    [
        (says(0.5, 0.5), r"`classify\(images\)` must have shape \(1, 3\), .* Received: \(1, 2\)"),
        (
            lambda images: [1, 0, 0],
            r"shape \(1, 3\), one probability for each name. Received: \(3,\)",
        ),
        (says(-1.0, 4.5, 2.0), r"a softmax turns .* Received: \[-1. +4.5 +2. \]"),
        (says(0.5, 0.5, 0.5), "must be probabilities"),
        (says(np.nan, 0.5, 0.5), "must be probabilities"),
    ],
)
def test_what_a_network_must_say(classify, message):
    canvas = widgets.digit_canvas(classify, names="abc")
    canvas.strokes = handwriting.sample_strokes()
    assert re.search(message, canvas.error)
    assert canvas.probabilities == []
    assert not pixels(canvas).any()


def test_a_canvas_needs_a_function_and_names():
    with pytest.raises(TypeError, match="`classify` must be a function .* Received: str"):
        widgets.digit_canvas("model")
    with pytest.raises(ValueError, match=r"`names` must hold .* Received: \(\)"):
        widgets.digit_canvas(says(1), names=())


def test_the_paper_of_the_browser_is_that_of_rasterize():
    canvas = widgets.digit_canvas(says(1))
    assert (canvas.size, canvas.pen) == (handwriting.PAPER, handwriting.PEN)
    assert handwriting.rasterize([]).shape == (canvas.size, canvas.size)


def test_names_are_shown_as_text():
    assert widgets.digit_canvas(says(1)).names == list("0123456789")
    assert widgets.digit_canvas(says(1), names=range(2)).names == ["0", "1"]
