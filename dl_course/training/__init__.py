"""Beside Keras' own `fit`: a progress bar, several seeds, cached features, a classifier from a folder."""

from dl_course.training.callbacks import ProgressBar
from dl_course.training.experiments import over_seeds
from dl_course.training.features import extract_features
from dl_course.training.folders import (
    FolderClassifier,
    PictureClassifier,
    classify_folder,
    load_classifier,
)

__all__ = [
    "FolderClassifier",
    "PictureClassifier",
    "ProgressBar",
    "classify_folder",
    "extract_features",
    "load_classifier",
    "over_seeds",
]
