"""The checkers of notebook 01: different right answers pass, typical mistakes are told apart."""

import re

import keras
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


class _Leaky:
    def __call__(self, x, slope):
        return np.maximum(x, slope * x)


def _leaky_loop(x, slope):
    flat = [value if value > 0 else slope * value for value in x.reshape(-1)]
    return np.reshape(flat, x.shape)


def _leaky_in_place(x, slope):
    x = x.copy()
    x[x < 0] *= slope
    return x


@pytest.mark.parametrize(
    "answer",
    [
        lambda x, slope: np.maximum(x, 0) + slope * np.minimum(x, 0),
        lambda x, slope: np.where(x < 0, slope * x, x).astype("float32"),
        lambda x, slope: np.where(x < 0, slope * x, x).tolist(),
        lambda values, alpha=0.1, *rest: values * ((values > 0) + alpha * (values <= 0)),
        lambda x, slope: keras.ops.leaky_relu(x, slope),
        lambda x, slope: keras.layers.LeakyReLU(negative_slope=slope)(x),
        _Leaky(),
        _leaky_loop,
        _leaky_in_place,
    ],
)
def test_leaky_relu_can_be_written_in_many_ways(answer):
    for seed in range(20):
        assert neurons.leaky_relu.find_fault(answer, seed) is None


@pytest.mark.parametrize(
    ("answer", "word"),
    [
        (lambda x, slope: np.where(x > 0, x, 0.1 * x), "wrong; the one at"),
        (lambda x, slope: np.where(x > 0, x, slope * x).astype(int), "digits"),
        (lambda x, slope: np.where(x > 0.5, x, slope * x), "Right for the first cases only"),
        (
            lambda x, slope: np.where(x > 0, x, slope * x)[:2],
            "Right for the first|The shape|off by",
        ),
        (lambda x, slope: np.where(x > 0, x, x - slope), "wrong; the one at"),
        (lambda x, slope: np.where(x > 0, x, x / slope), "wrong; the one at"),
        (lambda x, slope: np.where(x > 0, x, slope * x) * 2, "2 times"),
        (lambda x, slope: np.where(x > 0, x, slope * x).mean(), "too much summed"),
        (lambda x, slope: print(np.where(x > 0, x, slope * x)), "It prints its result"),
        (lambda x, *, slope: x, "`slope` by name only"),
        (
            lambda x, slope: {
                5: np.array([-0.2, -0.05, 0, 1, 3]),
                4: np.array([[-0.04, 2], [5, -0.01]]),
            }.get(x.size, x),
            "Right for the first cases only",
        ),
    ],
)
def test_leaky_relu_that_is_wrong_gets_a_hint(answer, word):
    for seed in range(20):
        assert re.search(word, neurons.leaky_relu.find_fault(answer, seed))


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
        ({"w1": ...}, "Not attempted"),
        ({"b1": np.array(["a", "b"])}, "`b1` must hold numbers"),
        ({"w3": np.zeros(1)}, "entries w1, b1, w2, b2"),
    ],
)
def test_xor_tells_mistakes_apart(change, word):
    verdict = neurons.xor_network.verdict({**OR_AND, **change})
    assert not verdict.passed
    assert word in verdict.message
