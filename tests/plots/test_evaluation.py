"""Predictions are drawn beside what is true."""

import numpy as np
import pytest
from matplotlib.colors import to_rgb

from dl_course import plots

BLUE, GREEN = to_rgb(plots.COLORS[0]), to_rgb(plots.COLORS[2])


def colors(ax):
    return [bar.get_facecolor()[:3] for bar in ax.patches]


def test_probability_bars(written):
    ax = plots.probability_bars([0.82, 0.15, 0.03], ["cat", "dog", "hat"], correct=1)
    assert [bar.get_width() for bar in ax.patches] == [0.82, 0.15, 0.03]
    assert written(ax) == ["82 %", "15 %", "3 %"]
    assert [label.get_text() for label in ax.get_yticklabels()] == ["cat", "dog", "hat"]
    assert colors(ax) == [BLUE, GREEN, BLUE]


def test_probability_bars_of_an_unknown_class_have_one_colour():
    assert colors(plots.probability_bars([0.9, 0.1], "ab")) == [BLUE, BLUE]


@pytest.mark.parametrize(
    ("probabilities", "correct", "message"),
    [
        ([[0.9, 0.1]], 0, r"`probabilities` must have shape \(2,\).*Received: \(1, 2\)"),
        ([0.8, 0.1, 0.1], 0, r"`probabilities` must have shape \(2,\).*Received: \(3,\)"),
        ([0.9, 0.1], 2, "`correct` must be from 0 to 1. Received: 2"),
        ([0.9, 0.1], -1, "`correct` must be from 0 to 1. Received: -1"),
    ],
)
def test_probability_bars_refuse_what_does_not_fit(probabilities, correct, message):
    with pytest.raises(ValueError, match=message):
        plots.probability_bars(probabilities, "ab", correct=correct)


def test_probability_bars_want_the_number_of_the_correct_class():
    with pytest.raises(TypeError, match="`correct` must be a whole number. Received: 'a'"):
        plots.probability_bars([0.9, 0.1], "ab", correct="a")


def test_predictions_pair_images_with_bars():
    images = np.random.default_rng(0).random((3, 6, 6, 1))
    axes = plots.predictions(
        images, [[0.9, 0.1], [0.2, 0.8], [0.5, 0.5]], [0, 0, 1], "ab", columns=2
    )
    assert axes.shape == (3, 2)
    grid = axes[0, 0].get_subplotspec().get_gridspec()
    assert (grid.nrows, grid.ncols) == (2, 4)  # two pairs of image and bars in a row
    assert [pair[0].get_title() for pair in axes] == [
        "true class: a",
        "true class: a",
        "true class: b",
    ]
    assert [bar.get_width() for bar in axes[1, 1].patches] == [0.2, 0.8]
    assert [colors(pair[1]) for pair in axes] == [[GREEN, BLUE], [GREEN, BLUE], [BLUE, GREEN]]
    drawn = np.asarray(axes[2, 0].images[0].get_array())
    np.testing.assert_array_equal(drawn, images[2, :, :, 0])


@pytest.mark.parametrize(
    ("images", "probabilities", "labels", "message"),
    [
        ((2, 4, 4, 1), [[1, 0]], [0, 1], r"`probabilities` .*\(2, 2\).*Received: \(1, 2\)"),
        ((2, 4, 4, 1), [[1, 0], [0, 1]], [0], r"`labels` .*\(2,\). Received: \(1,\)"),
        ((2, 4, 4, 1), [[1, 0], [0, 1]], [0, 2], "`labels` must be from 0 to 1. Received: 0 to 2"),
        ((0, 4, 4, 1), np.zeros((0, 2)), [], r"`images` .*Received: \(0, 4, 4, 1\)"),
    ],
)
def test_predictions_refuse_unequal_numbers(images, probabilities, labels, message):
    with pytest.raises(ValueError, match=message):
        plots.predictions(np.zeros(images), probabilities, labels, "ab")


def test_a_drawn_digit_is_shown_as_drawn_as_seen_and_as_predicted(written):
    drawing, picture = np.eye(280), np.full((28, 28), 0.25)
    axes = plots.drawn_digit(drawing, picture, [0.2, 0.7, 0.1], "abc", correct=1)
    assert axes.shape == (3,)
    for ax, image in zip(axes, [drawing, picture], strict=False):
        np.testing.assert_array_equal(ax.images[0].get_array(), image)
        assert ax.images[0].get_clim() == (0, 1)  # a pale picture is drawn pale
    assert written(axes[2]) == ["20 %", "70 %", "10 %"]
    assert colors(axes[2]) == [BLUE, GREEN, BLUE]
    titles = ["your drawing", "what the network sees", "predicted probabilities"]
    assert [ax.get_title() for ax in axes] == titles


@pytest.mark.parametrize(
    ("drawing", "picture", "probabilities", "message"),
    [
        ((280,), (28, 28), [1, 0], r"`drawing` must have shape \(h, w\).*Received: \(280,\)"),
        ((280, 280), (1, 28, 28, 1), [1, 0], "`picture` must have shape .*Received: "),
        ((280, 280), (28, 28), [[1, 0]], r"`probabilities` .*Received: \(1, 2\)"),
    ],
)
def test_a_drawn_digit_refuses_other_shapes(drawing, picture, probabilities, message):
    with pytest.raises(ValueError, match=message):
        plots.drawn_digit(np.zeros(drawing), np.zeros(picture), probabilities, "ab")


def test_confusion_colours_mistakes_and_greys_correct_predictions():
    ax = plots.confusion([[50, 3], [0, 40]], ["cat", "dog"])
    assert [text.get_text() for text in ax.texts] == ["50", "3", "·", "40"]
    assert np.asarray(ax.images[0].get_array()).tolist() == [[0, 3], [0, 0]]
    assert len(ax.patches) == 2
    assert [label.get_text() for label in ax.get_yticklabels()] == ["cat", "dog"]
    for axis in (ax.xaxis, ax.yaxis):
        assert [label.get_text() for label in axis.get_ticklabels()] == ["cat", "dog"]
    assert (ax.get_xlabel(), ax.get_ylabel()) == ("predicted class", "true class")


@pytest.mark.parametrize("names", ["ab", ["daisy", "sunflowers"], ["a", "a rather long name"]])
def test_names_on_a_confusion_matrix_can_be_read(names):
    ax = plots.confusion([[1, 2], [3, 4]], names)
    ax.figure.canvas.draw()
    labels = ax.get_xticklabels()
    ends = [label.get_window_extent().x1 for label in labels]
    if labels[0].get_rotation():  # slanted, each ends below its own column
        assert ends[0] < ax.transData.transform((0.5, 0))[0] < ends[1]
    else:
        assert ends[0] < labels[1].get_window_extent().x0
    assert ax.get_window_extent().width > 40 * 2  # the names leave room for the table


def test_confusion_refuses_other_shapes():
    with pytest.raises(ValueError, match=r"`counts`.*Received: \(2, 2\)"):
        plots.confusion([[1, 2], [3, 4]], ["a", "b", "c"])


def test_bars_of_the_same_name_stay_apart():
    ax = plots.probability_bars([0.5, 0.3, 0.2], ["cat", "cat", "dog"])
    assert [label.get_text() for label in ax.get_yticklabels()] == ["cat", "cat", "dog"]
    assert len({bar.get_y() for bar in ax.patches}) == 3
