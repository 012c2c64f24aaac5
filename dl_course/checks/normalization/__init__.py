"""The exercises of notebook 06, batch normalisation."""

from dl_course.checks._progress import measured, predict, progress
from dl_course.checks.normalization.inference import (
    batch_norm_predict,
    batches_to_settle,
    fold_batch_norm,
    moving_averages,
    parameters_with_bn,
)
from dl_course.checks.normalization.training import (
    batch_norm_forward,
    gamma_gradient,
    rms_norm_gradient,
)

__all__ = [
    "batch_norm_forward",
    "batch_norm_predict",
    "batches_to_settle",
    "fold_batch_norm",
    "gamma_gradient",
    "measured",
    "moving_averages",
    "parameters_with_bn",
    "predict",
    "progress",
    "rms_norm_gradient",
]
