"""The same experiment with several seeds."""

import random

import keras
import numpy as np
import pytest
from tiny import compiled, quick_fit

from dl_course import training


def test_mean_and_standard_deviation_by_hand():
    result = training.over_seeds(lambda seed: [1.0, 2.0, 6.0][seed], seeds=3)
    assert result["values"] == [1, 2, 6]
    assert result["mean"] == 3
    assert result["std"] == pytest.approx(np.sqrt((4 + 1 + 9) / 2))


def test_seeds_are_set_before_each_run():
    def chance(seed):
        return [float(keras.random.uniform(())), random.random()]

    first, second = (training.over_seeds(chance, seeds=[7, 8, 7]) for _ in range(2))
    assert first["values"] == second["values"]
    assert first["values"][0] == first["values"][2] != first["values"][1]
    assert first["mean"].shape == (2,)


def test_one_seed_has_no_deviation_and_none_is_refused():
    assert training.over_seeds(float, seeds=[4])["std"] == 0
    with pytest.raises(ValueError, match="`seeds` must be at least 1. Received: 0"):
        training.over_seeds(float, seeds=0)
    with pytest.raises(ValueError, match=r"`seeds` must hold at least one seed. Received: \[\]"):
        training.over_seeds(float, seeds=[])


def test_bars_inside_appear_on_the_line_of_the_experiment(shown):
    training.over_seeds(lambda seed: quick_fit(compiled()).history["loss"][-1], seeds=[5, 6])
    assert shown[0] == "run 1 of 2, seed 5"
    assert any(text.startswith("run 2 of 2, seed 6 · epoch 2/2 ") for text in shown)
    assert shown[-1].startswith("2 runs in 0:0")


def test_an_experiment_leaves_one_line_in_a_log_file_or_none(capsys):
    training.over_seeds(lambda seed: quick_fit(compiled()).history["loss"][-1], seeds=2)
    assert len(capsys.readouterr().out.splitlines()) == 1
    training.over_seeds(lambda seed: quick_fit(compiled()) and 1.0, seeds=2, progress=False)
    assert capsys.readouterr().out == ""


def test_experiments_inside_experiments(shown):
    def inner(seed):
        return training.over_seeds(lambda _: quick_fit(compiled()).history["loss"][-1], 1)["mean"]

    training.over_seeds(inner, seeds=[3])
    assert any(text.startswith("run 1 of 1, seed 3 · run 1 of 1, seed 0 · epoch") for text in shown)


def test_experiments_inside_experiments_share_one_display(notebook):
    def inner(progress):
        return lambda seed: training.over_seeds(
            lambda _: quick_fit(compiled()).history["loss"][-1], 1, progress=progress
        )["mean"]

    training.over_seeds(inner(True), seeds=[3])
    assert len(notebook.displays) == 1
    notebook.displays.clear()
    training.over_seeds(inner(True), seeds=[3], progress=False)
    assert not notebook.displays


def test_a_failed_experiment_does_not_hide_later_lines(capsys):
    with pytest.raises(ZeroDivisionError):
        training.over_seeds(lambda seed: 1 / 0, seeds=2)
    quick_fit(compiled())
    assert capsys.readouterr().out.splitlines()[-1].startswith("2 epochs in")


def test_seeds_may_be_numpy_integers():
    assert training.over_seeds(lambda seed: seed, np.arange(2), progress=False)["values"] == [0, 1]


@pytest.mark.parametrize("bad", ["12", 2.0, [1.5], None])
def test_seeds_are_whole_numbers(bad):
    with pytest.raises(TypeError, match="^`seeds` must be .*whole number.*Received: "):
        training.over_seeds(float, bad, progress=False)
