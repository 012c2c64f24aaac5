"""The open exercise of notebook 06, answers written in another way, and what the answers mean."""

import re

import keras
import numpy as np
import pytest
from keras import layers

from dl_course import normalization
from dl_course.checks import normalization as check
from dl_course.checks._exercise import UNFINISHED
from dl_course.convolution import conv2d
from dl_course.neurons import dense, numerical_gradient

# Where a right answer can be found without the checker -------------------------------------------


def test_keras_counts_the_same_parameters():
    def block(layer):
        return [layer, layers.BatchNormalization(), layers.ReLU()]

    model = keras.Sequential(
        [
            layers.Input((28, 28, 1)),
            *block(layers.Conv2D(8, 3, use_bias=False)),
            layers.MaxPooling2D(),
            *block(layers.Conv2D(16, 3, use_bias=False)),
            layers.MaxPooling2D(),
            layers.Flatten(),
            *block(layers.Dense(32, use_bias=False)),
            layers.Dense(10),
        ]
    )
    kinds = (model.trainable_weights, model.non_trainable_weights)
    counts = [sum(int(np.prod(w.shape)) for w in weights) for weights in kinds]
    assert check.parameters_with_bn.verdict(counts).passed
    assert counts == [14_466, 112]


def test_a_moving_mean_settles():
    def moved(batches):
        return check.moving_average.reference(0.0, np.full(batches, 5.0), 0.99)

    batches = next(k for k in range(1000) if abs(moved(k) - 5) <= 0.05)
    assert check.batches_to_settle.verdict(batches).passed
    assert check.batches_to_settle.verdict(np.ceil(np.log(0.01) / np.log(0.99))).passed


def test_moving_average_equals_update_moving():
    def moving_average(start, values, momentum):
        for value in values:
            start = normalization.update_moving(start, value, momentum=momentum)
        return start

    assert check.moving_average.verdict(moving_average).passed


def test_gamma_gradient_by_loops():
    def gamma_gradient(x, grad_output, epsilon):
        result = np.zeros(x.shape[-1])
        for channel in range(len(result)):
            seen = x[..., channel]
            normalized = (seen - seen.mean()) / np.sqrt(seen.var() + epsilon)
            result[channel] = np.sum(grad_output[..., channel] * normalized)
        return result

    assert check.gamma_gradient.verdict(gamma_gradient).passed


def test_layer_norm_gradient_by_finite_differences():
    def layer_norm_gradient(x, gamma, grad_output, epsilon):
        def loss(values):
            out = normalization.layer_norm(values, gamma, 0 * gamma, epsilon=epsilon)
            return np.sum(grad_output * out)

        return numerical_gradient(loss, x)

    assert check.layer_norm_gradient.verdict(layer_norm_gradient).passed


def test_layer_norm_gradient_by_batch_norm_of_the_transposed():
    def layer_norm_gradient(x, gamma, grad_output, epsilon):
        ones, slopes = np.ones(len(x)), (grad_output * gamma).T
        return normalization.batch_norm_gradients(x.T, ones, slopes, epsilon=epsilon)[0].T

    assert check.layer_norm_gradient.verdict(layer_norm_gradient).passed


def test_keras_gives_the_forward_pass():
    def batch_norm_forward(x, gamma, beta, epsilon):
        layer = layers.BatchNormalization(epsilon=epsilon, dtype="float64")
        layer.build(x.shape)
        layer.gamma.assign(gamma)
        layer.beta.assign(beta)
        return keras.ops.convert_to_numpy(layer(x, training=True))

    assert check.batch_norm_forward.verdict(batch_norm_forward).passed


# Folding -----------------------------------------------------------------------------------------


def fold(weights, bias, gamma, beta, moving_mean, moving_variance, epsilon):
    scale = gamma / np.sqrt(moving_variance + epsilon)
    return weights * scale, bias * scale + beta - moving_mean * scale


def test_fold_batch_norm_passes_as_a_pair_of_any_kind():
    assert check.fold_batch_norm.verdict(fold).passed
    assert check.fold_batch_norm.verdict(lambda *given: list(fold(*given))).passed
    assert str(check.fold_batch_norm.verdict(fold)) == f"✅ {check.fold_batch_norm.praise}"


@pytest.mark.parametrize(
    ("layer", "shape", "kernel"), [(dense, (5, 3), (3, 4)), (conv2d, (2, 5, 6, 3), (3, 2, 3, 4))]
)
def test_the_folded_layer_is_the_two_layers(layer, shape, kernel):
    random = np.random.default_rng(0)
    x, weights = random.normal(size=shape), random.normal(size=kernel)
    bias, gamma, beta, mean = random.normal(size=(4, 4))
    statistics = mean, random.uniform(0, 3, 4)
    both = normalization.batch_norm_inference(layer(x, weights, bias), gamma, beta, *statistics)
    folded = [
        part.reference(weights, bias, gamma, beta, *statistics, 1e-3)
        for part in (check.folded_weights, check.folded_bias)
    ]
    np.testing.assert_allclose(layer(x, *folded), both, rtol=0, atol=1e-12)


@pytest.mark.parametrize("name", ["weights", "bias"])
def test_each_mistake_in_a_part_is_told_with_its_name(name):
    part = getattr(check, f"folded_{name}")
    for wrong, hint in part.mistakes:

        def answer(*given, wrong=wrong):
            right = fold(*given)
            return (wrong(*given), right[1]) if name == "weights" else (right[0], wrong(*given))

        assert check.fold_batch_norm.verdict(answer).message == f"The {name}: {hint}"


@pytest.mark.parametrize(
    ("answer", "word"),
    [
        (lambda *given: None, "Not attempted yet"),
        (lambda *given: (..., ...), "Not finished yet"),
        (lambda *given: (fold(*given)[0], None), "Not finished yet"),
        (lambda *given: fold(*given)[0], "Two arrays should come back"),
        (lambda *given: (*fold(*given), 1), "Two arrays should come back, .* is a tuple"),
        (lambda *given: fold(*given)[::-1], "The weights: The shape is"),
        (lambda *given: (fold(*given)[0], 1.0), "The bias: An array of shape"),
        (lambda *given: 1 / 0, "^❌ Your code raised ZeroDivisionError"),
        (lambda weights, bias: (weights, bias), "^❌ Your function must take the arguments"),
        (lambda *given: np.array(["a", "b"]), "Two arrays should come back"),
        ((np.ones((2, 3)), np.ones(3)), "A function is wanted, and this is a tuple"),
        (..., UNFINISHED),
    ],
)
def test_other_answers_get_their_hint(answer, word):
    verdict = str(check.fold_batch_norm.verdict(answer))
    assert verdict.startswith(("❌", "○"))
    assert re.search(word, verdict)


def test_folding_in_place_is_caught():
    def fold_in_place(weights, bias, gamma, beta, moving_mean, moving_variance, epsilon):
        weights *= gamma / np.sqrt(moving_variance + epsilon)
        return weights, bias

    assert "changes its input" in check.fold_batch_norm.verdict(fold_in_place).message
