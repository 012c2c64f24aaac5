"""Transfer learning: bases that stay as they are, and a head on them."""

import hashlib

import keras
import numpy as np
import pytest
from keras import layers, ops
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from support import ROOT
from tiny import color_data, tiny_base

from dl_course import datasets, models
from dl_course.models import _weights


def weights_of(base, kind):
    found = [layer.get_weights() for layer in base.layers if isinstance(layer, kind)]
    return [weight for weights in found for weight in weights]


# Bases -------------------------------------------------------------------------------------------


@pytest.fixture
def no_weights(monkeypatch):
    monkeypatch.setattr(_weights, "fetch_mobilenet", lambda **_: None)


def test_without_weights_a_small_network_takes_the_place(no_weights, capsys):
    base = models.pretrained_features(image_size=128)
    assert "could not be had" in capsys.readouterr().out
    assert base.name == "patch_network"
    assert (base.input_shape, base.output_shape) == ((None, 128, 128, 3), (None, 96))
    assert not base.trainable_weights


def test_weights_that_were_found_are_loaded(tmp_path, monkeypatch, capsys):
    keras.utils.set_random_seed(0)
    other = keras.applications.MobileNet(
        alpha=0.25, include_top=False, weights=None, input_shape=(128, 128, 3)
    )
    path = tmp_path / "some.weights.h5"
    other.save_weights(path)
    monkeypatch.setattr(_weights, "fetch_mobilenet", lambda **_: (path, "from a test"))
    base = models.pretrained_features(image_size=128)
    assert capsys.readouterr().out == "MobileNet with ImageNet weights: from a test.\n"
    assert base.name == "mobilenet"
    assert not base.trainable
    images = np.random.default_rng(0).random((2, 128, 128, 3)).astype("float32")
    wanted = ops.convert_to_numpy(other(2 * images - 1)).mean(axis=(1, 2))
    np.testing.assert_allclose(ops.convert_to_numpy(base(images)), wanted, atol=1e-5)


def test_random_weights_can_be_trained():
    base = models.pretrained_features(image_size=128, pretrained=False)
    assert base.name == "mobilenet"
    assert len(base.trainable_weights) > 50


@pytest.mark.parametrize(
    ("options", "error", "words"),
    [
        ({"alpha": 0.3}, ValueError, "`alpha` must be one of 0.25, 0.5, 0.75, 1.0. Received: 0.3$"),
        ({"alpha": float("nan")}, ValueError, "`alpha` must be .*Received: nan$"),
        ({"alpha": "0.25"}, TypeError, "`alpha` must be .*Received: '0.25'$"),
        ({"alpha": True}, TypeError, "`alpha` must be .*Received: True$"),
        ({"image_size": 96}, ValueError, "`image_size` .*128, 160, 192, 224. Received: 96$"),
        ({"image_size": 224.0}, TypeError, "`image_size` must be .*Received: 224.0$"),
        ({"image_size": (224, 224)}, TypeError, r"`image_size` .*Received: \(224, 224\)$"),
    ],
)
def test_sizes_and_widths_without_weights_are_refused(options, error, words):
    with pytest.raises(error, match=words):
        models.pretrained_features(pretrained=False, **options)


def test_a_whole_number_is_a_width_too():
    base = models.pretrained_features(image_size=np.int64(128), alpha=1, pretrained=False)
    assert base.output_shape == (None, 1024)


def test_the_patch_network_tells_textures_apart_that_it_has_not_seen():
    data = datasets.load_patches(("brick", "grass", "gravel"), per_class=10, image_size=96)
    features = models.patch_network(96).predict(data.images, verbose=0)
    head = make_pipeline(StandardScaler(), LogisticRegression(C=0.1, max_iter=2000))
    assert cross_val_score(head, features, data.labels, cv=10).mean() > 0.85


def test_the_patch_network_can_start_anew():
    assert not models.patch_network(96).trainable_weights
    assert len(models.patch_network(96, pretrained=False).trainable_weights) == 12


def test_a_frozen_base_stays_in_inference_mode():
    base, data = tiny_base(), color_data()
    model = models.transfer_classifier(base, 3, dropout=0)
    alone = ops.convert_to_numpy(base(data.images, training=False))
    kernel, bias = model.layers[-1].get_weights()
    np.testing.assert_allclose(
        ops.convert_to_numpy(model(data.images, training=True)), alone @ kernel + bias, atol=1e-5
    )


def test_an_unfrozen_base_keeps_its_statistics_while_its_batch_norms_are_frozen():
    """What Keras' guide says of `base(x, training=False)` doesn't hold in a functional model."""
    base, data = tiny_base(), color_data()
    model = models.transfer_classifier(base, 3, dropout=0)
    norms = weights_of(base, layers.BatchNormalization)
    kernel = base.layers[0].get_weights()[0]
    base.trainable = True
    for layer in models.batch_norms(base):
        layer.trainable = False
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    model.compile(keras.optimizers.Adam(0.01), loss)
    model.fit(data.images, data.labels, epochs=2, verbose=0)
    assert not np.array_equal(kernel, base.layers[0].get_weights()[0])
    assert all(map(np.array_equal, norms, weights_of(base, layers.BatchNormalization)))
    in_training, at_inference = (
        ops.convert_to_numpy(model(data.images, training=mode)) for mode in (True, False)
    )
    np.testing.assert_allclose(in_training, at_inference, atol=1e-5)


def test_batch_norms_are_found_at_any_depth():
    inner = keras.Sequential([layers.Input((4,)), layers.BatchNormalization(name="inner")])
    outer = keras.Sequential([inner, layers.Dense(3), layers.BatchNormalization(name="outer")])
    assert [layer.name for layer in models.batch_norms(outer)] == ["inner", "outer"]


def test_an_unfrozen_base_is_trained_as_usual():
    base = tiny_base(frozen=False)
    model = models.transfer_classifier(base, 3)
    before = weights_of(base, layers.BatchNormalization)[2].copy()
    model(color_data().images, training=True)
    assert not np.array_equal(before, weights_of(base, layers.BatchNormalization)[2])


def test_a_base_without_features_or_one_class_is_refused():
    maps = keras.Sequential([layers.Input((8, 8, 3)), layers.Conv2D(4, 3)])
    with pytest.raises(ValueError, match=r"`base` must give features .* Received: output shape"):
        models.transfer_classifier(maps, 2)
    with pytest.raises(ValueError, match="`classes` must be at least 2. Received: 1"):
        models.transfer_classifier(tiny_base(), 1)
    with pytest.raises(TypeError, match="`classes` must be a whole number. Received: 2.5"):
        models.transfer_classifier(tiny_base(), 2.5)


# The weights that come with the course -----------------------------------------------------------


def test_the_weights_are_the_ones_their_page_describes():
    content = (ROOT / "data" / "patch_network.npz").read_bytes()
    page = (ROOT / "data" / "README.md").read_text(encoding="utf-8")
    assert hashlib.sha256(content).hexdigest() in page
    assert f"{len(content):,} bytes" in page
