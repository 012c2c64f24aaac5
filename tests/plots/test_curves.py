"""Curves go through the numbers they were given."""

import numpy as np
import pytest

from dl_course import plots


def test_function_curves():
    x = np.linspace(-1, 1, 5)
    ax = plots.function_curves({"square": np.square, "double": lambda v: 2 * v}, x)
    curves = {line.get_label(): line for line in ax.lines if not line.get_label().startswith("_")}
    np.testing.assert_array_equal(curves["square"].get_ydata(), x**2)
    np.testing.assert_array_equal(curves["double"].get_ydata(), 2 * x)
    assert curves["square"].get_linestyle() != curves["double"].get_linestyle()
    assert ax.get_xlabel() == "x"


@pytest.mark.parametrize("draw", [plots.function_curves, plots.loss_curves])
def test_six_curves_differ_in_colour_and_in_dashes(draw):
    names = [str(n) for n in range(7)]
    if draw is plots.function_curves:
        ax = draw(dict.fromkeys(names, np.sin), np.arange(3))
    else:
        ax = draw(dict.fromkeys(names, [1, 2]))
    curves = [line for line in ax.lines if line.get_label() in names]
    for look in (lambda line: line.get_color(), lambda line: str(line._dash_pattern)):
        seen = [look(line) for line in curves]
        assert len(set(seen[:6])) == 6
        assert seen[6] == seen[0]  # after six they begin again


def test_loss_curves_count_epochs_from_one():
    ax = plots.loss_curves({"loss": [3.0, 2.0], "val_loss": [3.5, 3.0]}, log=True)
    assert ax.lines[0].get_xdata().tolist() == [1, 2]
    assert [line.get_label() for line in ax.lines] == ["loss", "val_loss"]
    assert (ax.get_xlabel(), ax.get_ylabel(), ax.get_yscale()) == ("epoch", "loss", "log")


def test_training_curves_put_losses_left_and_accuracies_right():
    history = {"loss": [2, 1], "val_loss": [3, 2], "accuracy": [0.5, 0.7], "seconds": [9, 9]}
    left, right = plots.training_curves(history, log=True)
    assert [line.get_label() for line in left.lines] == ["training", "validation"]
    assert left.lines[1].get_xydata().tolist() == [[1, 3], [2, 2]]
    assert [line.get_ydata().tolist() for line in right.lines] == [[0.5, 0.7]]
    assert (left.get_yscale(), right.get_yscale()) == ("log", "linear")


def test_training_curves_take_what_fit_returns():
    class History:
        history = {"loss": [2.0, 1.0]}

    left, right = plots.training_curves(History())
    assert left.lines[0].get_xydata().tolist() == [[1, 2], [2, 1]]
    assert not right.lines


def test_training_curves_need_a_loss():
    with pytest.raises(ValueError, match=r"`history`.*Received: \['mae'\]"):
        plots.training_curves({"mae": [1]})


def test_seed_curves_draw_the_mean_in_a_band_of_one_standard_deviation():
    runs = {"a": [[1.0, 2.0, 3.0], [3.0, 2.0, 7.0]], "b": [[0, 1, 2]]}
    ax = plots.seed_curves([1, 10, 100], runs, markers=True)
    assert [line.get_ydata().tolist() for line in ax.lines] == [[2, 2, 5], [0, 1, 2]]
    band = ax.collections[0].get_paths()[0].vertices[:, 1]
    assert (band.min(), band.max()) == pytest.approx((2 - 2**0.5, 5 + 8**0.5))
    assert len({line.get_marker() for line in ax.lines}) == 2


@pytest.mark.parametrize("numbers", [[[1, 2]], [1, 2, 3]])
def test_seed_curves_refuse_what_does_not_fit(numbers):
    with pytest.raises(ValueError, match=r"`runs\['a'\]` must have shape \(seeds, 3\)"):
        plots.seed_curves([1, 2, 3], {"a": numbers})


def test_function_slopes_draws_each_function_above_its_slope():
    x = np.linspace(-2, 2, 41)
    pairs = {"square": (np.square, lambda v: 2 * v), "line": (lambda v: v, np.ones_like)}
    axes = plots.function_slopes(pairs, x, xlabel="z")
    assert [ax.get_title() for ax in axes[0]] == ["square", "line"]
    assert [ax.get_xlabel() for ax in axes[1]] == ["z", "z"]
    np.testing.assert_array_equal(axes[0, 0].lines[-1].get_ydata(), x**2)
    np.testing.assert_array_equal(axes[1, 0].lines[-1].get_ydata(), 2 * x)
    assert axes[1, 0].get_ylim() == axes[1, 1].get_ylim()  # one scale in a row


def test_function_slopes_leaves_a_gap_at_a_jump():
    x = np.linspace(-1, 1, 40)
    axes = plots.function_slopes({"|x|": (np.abs, np.sign)}, x)
    assert np.isnan(axes[1, 0].lines[-1].get_ydata()).sum() == 1
    assert not np.isnan(axes[0, 0].lines[-1].get_ydata()).any()


def test_descent_path_lies_on_the_curve():
    ax = plots.descent_path(np.square, [2.0, 1.0, 0.5], np.linspace(-2, 2, 11), label="down")
    x, y = ax.lines[1].get_data()
    np.testing.assert_array_equal(y, x**2)
    assert ax.lines[1].get_label() == "down"
    assert ax.lines[2].get_xdata() == 2.0  # the start is marked
