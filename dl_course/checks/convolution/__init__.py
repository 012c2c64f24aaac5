"""The exercises of notebook 03, convolution, padding and stride."""

from dl_course.checks._progress import measured, predict, progress
from dl_course.checks.convolution.kernels import (
    find_kernel,
    horizontal_edges_only,
    kernel_errors,
    translation_kernel,
)
from dl_course.checks.convolution.layers import (
    convolution_parameters,
    edge_layer,
    stack_sizes,
    strided_model,
)
from dl_course.checks.convolution.windows import (
    dilated,
    filter_maps,
    kernel_gradient,
    output_sizes,
    pad,
)

__all__ = [
    "convolution_parameters",
    "dilated",
    "edge_layer",
    "filter_maps",
    "find_kernel",
    "horizontal_edges_only",
    "kernel_errors",
    "kernel_gradient",
    "measured",
    "output_sizes",
    "pad",
    "predict",
    "progress",
    "stack_sizes",
    "strided_model",
    "translation_kernel",
]
