"""The exercises of notebook 04, pooling and the shape of a convnet."""

from dl_course.checks._progress import measured, predict, progress
from dl_course.checks.pooling.maps import (
    average_pool_gradient,
    overlapping_max_pool,
    pooled_widths,
)
from dl_course.checks.pooling.networks import (
    frugal_network,
    parameters_in_colour,
    separable_multiply_adds,
    small_kernels,
)

__all__ = [
    "average_pool_gradient",
    "frugal_network",
    "measured",
    "overlapping_max_pool",
    "parameters_in_colour",
    "pooled_widths",
    "predict",
    "progress",
    "separable_multiply_adds",
    "small_kernels",
]
