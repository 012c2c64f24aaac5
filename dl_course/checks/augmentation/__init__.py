"""The exercises of notebook 07, data augmentation."""

from dl_course.checks._progress import measured, predict, progress
from dl_course.checks.augmentation.images import (
    AUGMENTATIONS,
    flip_some,
    keeps_label,
    translate,
)
from dl_course.checks.augmentation.randomness import prepare, salt_and_pepper
from dl_course.checks.augmentation.training import average_views, mixup

__all__ = [
    "AUGMENTATIONS",
    "average_views",
    "flip_some",
    "keeps_label",
    "measured",
    "mixup",
    "predict",
    "prepare",
    "progress",
    "salt_and_pepper",
    "translate",
]
