"""Keras models and layers, uncompiled, and what a model looks like from outside."""

from dl_course.models.classifiers import deep_mnist, lenet, softmax_regression, wide_lenet
from dl_course.models.inspect import feature_maps, grad_cam, layer_table
from dl_course.models.layers import RandomAffine, augmenter
from dl_course.models.transfer import (
    batch_norms,
    patch_network,
    pretrained_features,
    transfer_classifier,
)

__all__ = [
    "RandomAffine",
    "augmenter",
    "batch_norms",
    "deep_mnist",
    "feature_maps",
    "grad_cam",
    "layer_table",
    "lenet",
    "patch_network",
    "pretrained_features",
    "softmax_regression",
    "transfer_classifier",
    "wide_lenet",
]
