"""The exercises of notebook 02, networks and backpropagation."""

from dl_course.checks._progress import measured, predict, progress
from dl_course.checks.networks.by_hand import (
    count_parameters,
    divide,
    relu_layer_backward,
    xor_network,
)
from dl_course.checks.networks.in_keras import digit_classifier, keras_gradients
from dl_course.checks.networks.training import dead_units, ring_accuracy, train_on_batches

__all__ = [
    "count_parameters",
    "dead_units",
    "digit_classifier",
    "divide",
    "keras_gradients",
    "measured",
    "predict",
    "progress",
    "relu_layer_backward",
    "ring_accuracy",
    "train_on_batches",
    "xor_network",
]
