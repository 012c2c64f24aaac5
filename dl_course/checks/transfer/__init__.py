"""The exercises of notebook 08, transfer learning."""

from dl_course.checks._progress import measured, predict, progress
from dl_course.checks.transfer.base import unfreeze_top, weights_to_train
from dl_course.checks.transfer.head import activation_map, fold_standardizing, pictures_needed
from dl_course.checks.transfer.neighbours import (
    leave_burst_out,
    leave_one_out,
    nearest_by_angle,
)

__all__ = [
    "activation_map",
    "fold_standardizing",
    "leave_burst_out",
    "leave_one_out",
    "measured",
    "nearest_by_angle",
    "pictures_needed",
    "predict",
    "progress",
    "unfreeze_top",
    "weights_to_train",
]
