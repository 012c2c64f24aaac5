"""The checkers of notebook 01: different right answers pass, typical mistakes are told apart."""

import numpy as np
import pytest

from dl_course.checks import neurons

OR_AND = {
    "w1": np.array([[1.0, 1.0], [1.0, 1.0]]),
    "b1": np.array([-0.5, -1.5]),
    "w2": np.array([[1.0], [-1.0]]),
    "b2": np.array([-0.5]),
}


@pytest.mark.parametrize("answer", [2.0384, 2.038, np.float64(2.0384), np.array(2.0384)])
def test_fourth_weight_accepts_a_sensible_rounding(answer):
    assert neurons.fourth_weight.verdict(answer).passed


def test_an_if_on_an_array_is_explained():
    def leaky_relu(x, slope):
        return x if x > 0 else slope * x

    assert "`np.where` chooses for each element" in neurons.leaky_relu.verdict(leaky_relu).message


def test_leaky_relu_can_be_written_another_way():
    def leaky_relu(x, slope):
        return np.maximum(x, 0) + slope * np.minimum(x, 0)

    assert neurons.leaky_relu.verdict(leaky_relu).passed


@pytest.mark.parametrize(
    "network",
    [
        OR_AND,
        {name: value.tolist() for name, value in OR_AND.items()},
        {  # NAND and OR, then AND
            "w1": np.array([[-1, 1], [-1, 1]]),
            "b1": np.array([1.5, -0.5]),
            "w2": np.array([[1], [1]]),
            "b2": np.array([-1.5]),
        },
    ],
)
def test_xor_accepts_different_networks(network):
    assert neurons.xor_network.verdict(network).passed


@pytest.mark.parametrize(
    ("change", "word"),
    [
        ({"w2": np.array([[-1.0], [1.0]]), "b2": np.array([0.5])}, "opposite"),
        ({"b1": np.array([-0.5, -0.5])}, "Look at w1 and b1"),
        ({"b2": np.array([5.0])}, "Wrong for (0, 0), (1, 1). The hidden neurons are fine"),
        ({"w2": np.array([[1.0, -1.0]])}, "`w2` has shape (1, 2)"),
        ({"w1": ...}, "Not finished"),
        ({"b1": np.array(["a", "b"])}, "`b1` must hold numbers"),
        ({"w3": np.zeros(1)}, "entries w1, b1, w2, b2"),
    ],
)
def test_xor_tells_mistakes_apart(change, word):
    verdict = neurons.xor_network.verdict({**OR_AND, **change})
    assert not verdict.passed
    assert word in verdict.message
