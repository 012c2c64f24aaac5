"""The table of layers against Keras' own counts; feature maps and Grad-CAM by hand."""

import keras
import numpy as np
import pytest
from keras import layers, ops
from tiny import color_data, tiny_base

from dl_course import models

BUILDERS = [models.lenet, models.wide_lenet, models.softmax_regression, models.deep_mnist]


@pytest.mark.parametrize("build", BUILDERS)
def test_the_table_adds_up_to_keras_count(build):
    model = build()
    assert sum(row["parameters"] for row in models.layer_table(model)) == model.count_params()


def test_strides_count_in_the_work():
    model = keras.Sequential(
        [layers.Input((9, 9, 2)), layers.Conv2D(3, 3, strides=2, use_bias=False)]
    )
    assert models.layer_table(model)[1]["multiply_adds"] == 4 * 4 * 3 * 3 * 2 * 3


def test_a_depthwise_convolution_has_one_kernel_a_channel():
    model = keras.Sequential([layers.Input((8, 8, 5)), layers.DepthwiseConv2D(3, use_bias=False)])
    row = models.layer_table(model)[1]
    assert (row["parameters"], row["multiply_adds"]) == (3 * 3 * 5, 6 * 6 * 3 * 3 * 5)


def test_a_dense_layer_works_at_every_place():
    model = keras.Sequential([layers.Input((7, 3)), layers.Dense(4)])
    assert models.layer_table(model)[1]["multiply_adds"] == 7 * 3 * 4


def test_a_model_that_is_not_built():
    with pytest.raises(ValueError, match="`model` must be built: .*Received: "):
        models.layer_table(keras.Sequential([layers.Dense(3)]))


def test_feature_maps_average_to_the_features():
    base, images = tiny_base(), color_data().images
    maps = ops.convert_to_numpy(models.feature_maps(base)(images))
    assert maps.shape == (18, 10, 10, 8)
    np.testing.assert_allclose(
        maps.mean(axis=(1, 2)), ops.convert_to_numpy(base(images)), atol=1e-6
    )
    with pytest.raises(ValueError, match=r"`base` must be .* GlobalAveragePooling2D"):
        models.feature_maps(keras.Sequential([layers.Input((4,)), layers.Dense(2)]))


# Grad-CAM ----------------------------------------------------------------------------------------


def test_grad_cam_is_the_slope_of_the_logit_times_the_maps():
    base, data = tiny_base(), color_data()
    model = models.transfer_classifier(base, 3)
    heats = models.grad_cam(model, data.images, data.labels)
    maps = ops.convert_to_numpy(models.feature_maps(base)(data.images)).astype(float)
    kernel, _ = model.layers[-1].get_weights()

    def logits(maps):
        return maps.mean(axis=(1, 2)) @ kernel

    n, h, w, d = maps.shape
    slopes = np.zeros((n, d))
    for channel in range(d):  # finite differences; a mean is linear, so any place will do
        moved = maps.copy()
        moved[:, 2, 3, channel] += 1
        slopes[:, channel] = (logits(moved) - logits(maps))[np.arange(n), data.labels]
    wanted = np.maximum(np.einsum("nhwd,nd->nhw", maps, slopes * h * w), 0)
    np.testing.assert_allclose(heats, wanted, atol=1e-5)
    assert heats.max() > 0


def test_grad_cam_finds_the_place_that_speaks_for_a_class():
    base = tiny_base()
    kernel = np.zeros((3, 3, 3, 8), "float32")
    kernel[1, 1, 0, 0] = 1  # the first map sees red
    base.layers[0].set_weights([kernel])
    model = models.transfer_classifier(base, 2)
    weights = np.zeros((8, 2), "float32")
    weights[0, 1] = 1
    model.layers[-1].set_weights([weights, np.zeros(2)])
    image = np.zeros((1, 12, 12, 3), "float32")
    image[0, 3, 7, 0] = 1
    heat = models.grad_cam(model, image, [1])[0]
    assert np.unravel_index(heat.argmax(), heat.shape) == (2, 6)  # valid convolution: one less
    assert np.count_nonzero(heat) == 1


def test_grad_cam_refuses_what_it_cannot_explain():
    model = models.transfer_classifier(tiny_base(), 3)
    with pytest.raises(ValueError, match=r"`labels` must have shape \(2,\). Received: \(1,\)"):
        models.grad_cam(model, np.zeros((2, 12, 12, 3)), [0])
    with pytest.raises(ValueError, match="`labels` must be from 0 to 2. Received: -1 to 0"):
        models.grad_cam(model, np.zeros((2, 12, 12, 3)), [0, -1])
    for other in (models.lenet(), keras.Sequential([layers.Input((4,)), layers.Dense(2)])):
        with pytest.raises(ValueError, match="`model` must be a transfer_classifier"):
            models.grad_cam(other, np.zeros((1, 28, 28, 1)), [0])
