"""Classifiers: shapes, parameters and work by hand."""

import numpy as np
import pytest

from dl_course import convolution, models

BUILDERS = [models.lenet, models.wide_lenet, models.softmax_regression, models.deep_mnist]


@pytest.mark.parametrize("build", BUILDERS)
def test_models_are_uncompiled_and_give_logits(build):
    model = build()
    assert not model.compiled
    assert model(np.zeros((2, 28, 28, 1), "float32")).shape == (2, 10)


@pytest.mark.parametrize("build", BUILDERS)
def test_other_shapes_and_classes(build):
    assert build((32, 32, 3), classes=4).output_shape == (None, 4)


def test_parameters_of_the_lectures_network_by_hand():
    table = models.layer_table(models.wide_lenet())
    assert [row["parameters"] for row in table if row["parameters"]] == [
        (5 * 5 * 1 + 1) * 32,
        (5 * 5 * 32 + 1) * 64,
        (7 * 7 * 64 + 1) * 1024,
        (1024 + 1) * 10,
    ]


def test_shapes_and_work_of_lenet_by_hand():
    table = models.layer_table(models.lenet())
    assert [row["shape"] for row in table[:6]] == [
        (28, 28, 1),
        (28, 28, 6),
        (14, 14, 6),
        (10, 10, 16),
        (5, 5, 16),
        (400,),
    ]
    assert convolution.output_size(14, 5) == 10
    work = [row["multiply_adds"] for row in table]
    assert work[1] == 28 * 28 * 6 * 5 * 5
    assert work[3] == 10 * 10 * 16 * 5 * 5 * 6
    assert work[6] == 400 * 120
    assert work[2] == 0


def test_parameters_of_deep_mnist_by_hand():
    table = models.layer_table(models.deep_mnist())
    kernels = [5 * 5 * 16, 3 * 3 * 16 * 32, 3 * 3 * 32 * 64, 3 * 3 * 64 * 128]
    norms = [4 * channels for channels in (16, 32, 64, 128)]  # gamma, beta and two moving averages
    expected = [number for pair in zip(kernels, norms, strict=True) for number in pair]
    expected.append((2 * 2 * 128 + 1) * 10)
    assert [row["parameters"] for row in table if row["parameters"]] == expected


def test_width_of_deep_mnist_is_that_of_its_first_layer():
    shapes = [row["shape"] for row in models.layer_table(models.deep_mnist(width=3))]
    assert shapes[1] == (24, 24, 3)
    assert (2, 2, 24) in shapes


def test_images_too_small_for_deep_mnist():
    assert models.deep_mnist((24, 24, 3)).output_shape == (None, 10)
    with pytest.raises(ValueError, match=r"`input_shape`.*Received: \(23, 40, 1\)"):
        models.deep_mnist((23, 40, 1))
