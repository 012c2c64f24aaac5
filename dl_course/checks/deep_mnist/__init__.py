"""The exercises of notebook 05, Deep MNIST."""

from dl_course.checks._progress import measured, predict, progress
from dl_course.checks.deep_mnist.networks import (
    colour_parameters,
    dropout,
    mislabelled,
    small_network,
)
from dl_course.checks.deep_mnist.rates import pick_rate, range_test_rate
from dl_course.checks.deep_mnist.recipe import kept_epoch, smooth_targets

__all__ = [
    "colour_parameters",
    "dropout",
    "kept_epoch",
    "measured",
    "mislabelled",
    "pick_rate",
    "predict",
    "progress",
    "range_test_rate",
    "small_network",
    "smooth_targets",
]
