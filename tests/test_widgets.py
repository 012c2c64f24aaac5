"""Widgets: what they show is what the function below says; a still picture is always there."""

import re
import sys

import matplotlib.pyplot as plt
import numpy as np
import pytest

from dl_course import convolution, drawings, widgets

IMAGE = np.array(
    [[0, 1, 0, 1, 1], [1, 1, 0, 1, 0], [1, 0, 1, 0, 1], [1, 1, 0, 1, 0], [0, 0, 1, 1, 0]]
)
CROSS = np.array([[1, 0, 1], [0, 1, 0], [1, 0, 1]])


def sum_in(html):
    return float(re.search(r"= <b>(-?[\d.]+)</b>", html)[1])


@pytest.mark.parametrize(("stride", "padding"), [(1, 0), (2, 0), (1, 1), (2, 1)])
def test_every_step_shows_the_sum_that_correlate_computes(stride, padding):
    expected = convolution.correlate(IMAGE, CROSS, stride=stride, padding=padding).ravel()
    for step, value in enumerate(expected):
        html = widgets.step_html(IMAGE, CROSS, step, stride=stride, padding=padding)
        assert sum_in(html) == value


def test_a_step_marks_the_window_and_hides_what_is_to_come():
    html = widgets.step_html(IMAGE, CROSS, 1)
    assert "1·1 + 0·0 + 1·1" in html
    marked = re.findall(r"background:#fbe0c8[^>]*>([^<]*)<", html)
    assert len(marked) == 9 + 9 + 1  # the window, the kernel, the new output
    assert html.count("></td>") == 7  # outputs not yet computed


@pytest.mark.parametrize("step", [-1, 9])
def test_a_step_that_does_not_exist(step):
    with pytest.raises(ValueError, match=rf"`step` must be from 0 to 8. Received: {step}"):
        widgets.step_html(IMAGE, CROSS, step)


def test_moving_the_slider_moves_the_window():
    box = widgets.convolution_stepper(IMAGE, CROSS)
    controls, picture = box.children
    play, slider, speed = controls.children
    assert sum_in(picture.value) == 3
    assert slider.max == play.max == 8
    slider.value = 4
    assert sum_in(picture.value) == 5
    speed.value = 250
    assert play.interval == 250


def test_without_ipywidgets_it_says_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "ipywidgets", None)
    with pytest.raises(ImportError, match="pip install ipywidgets"):
        widgets.convolution_stepper(IMAGE, CROSS)


# Digits drawn by hand -----------------------------------------------------------------------------


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
    picture = drawings.center(drawings.rasterize(canvas.strokes))
    np.testing.assert_array_equal(pixels(canvas), np.rint(255 * picture))
    above, below = canvas.probabilities
    assert (above, below) == pytest.approx(says_where_the_ink_is(picture[None, :, :, None])[0])
    assert canvas.error == ""


def test_clearing_the_canvas_clears_the_answer():
    canvas = widgets.digit_canvas(says_where_the_ink_is, names=["above", "below"])
    canvas.strokes = widgets.sample_strokes(7)
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
        (says(0.5, 0.5), r"`classify` must return shape \(1, 3\). Received: shape \(1, 2\)"),
        (lambda images: [1, 0, 0], r"shape \(1, 3\). Received: shape \(3,\)"),
        (says(-1.0, 4.5, 2.0), r"a softmax makes .* Received: \[-1. +4.5 +2. \]"),
        (says(0.5, 0.5, 0.5), "must return probabilities"),
        (says(np.nan, 0.5, 0.5), "must return probabilities"),
    ],
)
def test_what_a_network_must_say(classify, message):
    canvas = widgets.digit_canvas(classify, names="abc")
    canvas.strokes = widgets.sample_strokes()
    assert re.search(message, canvas.error)
    with pytest.raises(ValueError, match=message):
        widgets.digit_still(widgets.sample_strokes(), classify, names="abc")


def test_a_canvas_needs_a_function_and_names():
    with pytest.raises(TypeError, match="`classify` must be a function .* Received: str"):
        widgets.digit_canvas("model")
    with pytest.raises(TypeError, match="`classify` must be a function .* Received: str"):
        widgets.digit_still([], "model")
    with pytest.raises(ValueError, match=r"`names` must hold .* Received: \(\)"):
        widgets.digit_canvas(says(1), names=())


def test_the_still_shows_drawing_picture_and_bars():
    strokes = widgets.sample_strokes()
    axes = widgets.digit_still(strokes, says(0.2, 0.7, 0.1), names="abc", right=1)
    drawing, picture = (ax.images[0].get_array() for ax in axes[:2])
    np.testing.assert_array_equal(drawing, drawings.rasterize(strokes))
    np.testing.assert_array_equal(picture, drawings.center(drawing))
    assert [bar.get_width() for bar in axes[2].patches] == [0.2, 0.7, 0.1]
    plt.close("all")


def test_a_sample_is_in_the_middle_of_the_paper():
    places = np.concatenate(widgets.sample_strokes())
    assert np.ptp(places, axis=0).max() == pytest.approx(200)
    np.testing.assert_allclose((places.min(axis=0) + places.max(axis=0)) / 2, 140)
    assert len(widgets.sample_strokes(7, "crossed")) == 2


# You against the network --------------------------------------------------------------------------

HARD = np.random.default_rng(0).random((4, 28, 28, 1))
LABELS = np.array([3, 5, 8, 1])
SAID = np.eye(10)[[3, 6, 3, 7]]


def test_a_game_from_the_first_answer_to_the_score():
    game = widgets.human_against_network(HARD, LABELS, SAID)
    for digit in (3, 5, 0):
        game.answer(digit)
        assert game.result is None
    game.answer(-1)
    rows = game.result.pop("rows")
    assert game.result == {"human": 2, "network": 1, "seconds": 0}
    assert rows[1] == {"label": 5, "human": 5, "network": 6}
    assert [row["human"] for row in rows] == [3, 5, 0, -1]
    with pytest.raises(ValueError, match="All 4 pictures have an answer. Received: 2"):
        game.answer(2)


def test_a_game_tells_the_browser_pictures_and_no_labels():
    game = widgets.human_against_network(HARD, LABELS, SAID, count=2, seconds=1.5)
    assert game.count == 2
    assert game.limit == 1.5
    shown = np.frombuffer(game.pictures, np.uint8).reshape(2, 28, 28)
    np.testing.assert_array_equal(shown, np.rint(255 * HARD[:2, :, :, 0]))
    sent = {name for name in game.keys if not name.startswith("_")}  # what is synchronized
    assert sent - {"layout", "tabbable", "tooltip"} == {
        *("pictures", "count", "limit", "answers", "seconds", "result")
    }


def test_a_game_can_be_played_again():
    game = widgets.human_against_network(HARD[:1, :, :, 0], LABELS[:1], SAID[:1])
    game.answer(4)
    assert game.result["human"] == 0
    game.set_state({"answers": [], "result": None, "seconds": 0.0})  # as the browser does
    game.set_state({"answers": [3], "seconds": 1.25})
    assert (game.result["human"], game.result["seconds"]) == (1, 1.25)


@pytest.mark.parametrize(
    ("change", "error", "message"),
    [
        ({"images": HARD[:, :20]}, ValueError, r"`images` must .* Received: \(4, 20, 28, 1\)"),
        ({"images": HARD[:0]}, ValueError, r"`images` must .* Received: \(0, 28, 28, 1\)"),
        ({"labels": LABELS[:3]}, ValueError, r"`labels` must have shape \(4,\). Received: \(3,\)"),
        ({"probabilities": LABELS}, ValueError, r"`probabilities` must .* Received: \(4,\)"),
        ({"count": 0}, ValueError, "`count` must be positive. Received: 0"),
        ({"count": 2.5}, TypeError, "`count` must be an integer. Received: 2.5"),
        ({"seconds": 0}, ValueError, "`seconds` must be positive, or None. Received: 0"),
    ],
)
def test_no_game(change, error, message):
    arguments = {"images": HARD, "labels": LABELS, "probabilities": SAID, **change}
    with pytest.raises(error, match=message):
        widgets.human_against_network(**arguments)


# Both ---------------------------------------------------------------------------------------------


def test_saved_outputs_stay_the_same():
    """A notebook's test compares the text beside a widget: no address, no identifier in it."""
    assert repr(widgets.digit_canvas(says(1))) == "A canvas to draw a digit on"
    assert repr(widgets.human_against_network(HARD, LABELS, SAID)) == "A game of 4 pictures"


def test_browsers_are_given_all_they_need():
    canvas = widgets.digit_canvas(says(1))
    game = widgets.human_against_network(HARD, LABELS, SAID)
    for text in (canvas._esm, canvas._css, game._esm, game._css):
        assert not re.search(r"import |https?:(?!//www.w3.org/2000/svg)", text)  # fetches nothing


def test_without_anywidget_it_says_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "anywidget", None)
    with pytest.raises(ImportError, match="pip install anywidget"):
        widgets.digit_canvas(says(1))
    with pytest.raises(ImportError, match="pip install anywidget"):
        widgets.human_against_network(HARD, LABELS, SAID)
