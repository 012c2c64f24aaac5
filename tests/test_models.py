"""Models: shapes and parameters by hand, and the table of layers against Keras' own counts."""

import keras
import numpy as np
import pytest

from dl_course import convolution, models

BUILDERS = [models.lenet, models.lecture_cnn]


@pytest.mark.parametrize("build", BUILDERS)
def test_models_are_uncompiled_and_give_logits(build):
    model = build()
    assert not model.compiled
    assert model(np.zeros((2, 28, 28, 1), "float32")).shape == (2, 10)


@pytest.mark.parametrize("build", BUILDERS)
def test_other_shapes_and_classes(build):
    assert build((32, 32, 3), classes=4).output_shape == (None, 4)


def test_parameters_of_the_lectures_network_by_hand():
    table = models.layer_table(models.lecture_cnn())
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


@pytest.mark.parametrize("build", BUILDERS)
def test_the_table_adds_up_to_keras_count(build):
    model = build()
    assert sum(row["parameters"] for row in models.layer_table(model)) == model.count_params()


def test_strides_count_in_the_work():
    model = keras.Sequential(
        [keras.layers.Input((9, 9, 2)), keras.layers.Conv2D(3, 3, strides=2, use_bias=False)]
    )
    assert models.layer_table(model)[1]["multiply_adds"] == 4 * 4 * 3 * 3 * 2 * 3


def test_a_model_that_is_not_built():
    with pytest.raises(ValueError, match="`model` must be built: .*Received: "):
        models.layer_table(keras.Sequential([keras.layers.Dense(3)]))
