"""The exercises of notebook 01, neurons and gradient descent."""

from dl_course.checks._progress import measured, predict, progress
from dl_course.checks.neurons.activations import leaky_relu, softmax_with_temperature
from dl_course.checks.neurons.descent import (
    absolute_error_gradient,
    fewest_steps,
    fourth_weight,
    momentum_descent,
)
from dl_course.checks.neurons.training import (
    keras_gradient,
    keras_neuron,
    train_one_by_one,
    weight_length,
)

__all__ = [
    "absolute_error_gradient",
    "fewest_steps",
    "fourth_weight",
    "keras_gradient",
    "keras_neuron",
    "leaky_relu",
    "measured",
    "momentum_descent",
    "predict",
    "progress",
    "softmax_with_temperature",
    "train_one_by_one",
    "weight_length",
]
