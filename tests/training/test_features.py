"""Features that are computed once."""

import keras
import numpy as np
import pytest
from keras import layers, ops
from tiny import color_data, tiny_base

from dl_course import models, training


def test_features_are_those_of_the_base_and_the_bar_leaves_one_line(capsys):
    base, data = tiny_base(), color_data()
    features = training.extract_features(base, data.images, batch_size=4)
    np.testing.assert_allclose(features, ops.convert_to_numpy(base(data.images)), atol=1e-6)
    assert capsys.readouterr().out == "predicted 5 steps in 0:00\n"


def test_features_have_32_bits_where_the_base_computes_with_16():
    keras.config.set_dtype_policy("mixed_bfloat16")
    try:
        base, data = tiny_base(), color_data()
        assert training.extract_features(base, data.images, progress=False).dtype == np.float32
    finally:
        keras.config.set_dtype_policy("float32")


@pytest.mark.parametrize("shape", [(2, 10, 10, 3), (12, 12, 3), (0, 12, 12, 3)])
def test_images_of_another_size_are_refused(shape):
    with pytest.raises(ValueError, match=r"`images` must have shape \(n, 12, 12, 3\).* Received: "):
        training.extract_features(tiny_base(), np.zeros(shape))


def test_a_base_for_images_of_any_size_takes_any():
    base = keras.Sequential([layers.Input((None, None, 3)), layers.GlobalAveragePooling2D()])
    features = training.extract_features(base, np.ones((2, 5, 7, 3)), progress=False)
    np.testing.assert_array_equal(features, np.ones((2, 3)))
    with pytest.raises(ValueError, match=r"`images` must have shape \(n, None, None, 3\)"):
        training.extract_features(base, np.ones((2, 5, 7, 1)), progress=False)


def test_a_head_trained_on_features_is_the_head_of_the_whole_model():
    """The two stages of notebook 08: base and head share what the first stage has learned."""
    base, data = tiny_base(), color_data()
    before = base.get_weights()
    model = models.transfer_classifier(base, 3)
    head = keras.Sequential(model.layers[2:])
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    head.compile(keras.optimizers.Adam(0.1), loss, metrics=["accuracy"])
    features = training.extract_features(base, data.images, progress=False)
    head.fit(features, data.labels, epochs=40, verbose=0)
    assert all(map(np.array_equal, before, base.get_weights()))
    model.compile(loss=loss, metrics=["accuracy"])
    assert model.evaluate(data.images, data.labels, verbose=0)[1] > 0.9
