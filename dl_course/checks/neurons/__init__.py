"""The exercises of notebook 01, neurons and gradient descent."""

from dl_course.checks._progress import measured, predict, progress
from dl_course.checks.neurons.descent import (
    absolute_error_gradient,
    fourth_weight,
    momentum_descent,
)
from dl_course.checks.neurons.network import (
    count_parameters,
    leaky_relu,
    softmax_with_temperature,
    xor_network,
)

__all__ = [
    "absolute_error_gradient",
    "count_parameters",
    "fourth_weight",
    "leaky_relu",
    "measured",
    "momentum_descent",
    "predict",
    "progress",
    "softmax_with_temperature",
    "xor_network",
]
