"""Transfer learning: bases that stay as they are, two stages, and a classifier from a folder."""

import hashlib
import os
import shutil

import keras
import numpy as np
import pytest
from keras import layers, ops
from PIL import Image
from support import ROOT

from dl_course import datasets, models, training
from dl_course.training import _folder

COLORS = {"red": (200, 40, 40), "green": (40, 200, 40), "blue": (40, 40, 200)}


def tiny_base(size=12, *, frozen=True):
    """Eight maps of colours, batch normalisation in between, and means."""
    keras.utils.set_random_seed(1)
    base = keras.Sequential(
        [
            layers.Input((size, size, 3)),
            layers.Conv2D(8, 3, use_bias=False),
            layers.BatchNormalization(),
            layers.ReLU(),
            layers.GlobalAveragePooling2D(),
        ],
        name="tiny",
    )
    base.trainable = not frozen
    return base


def color_data(per_class=6, size=12, seed=0):
    """Noisy pictures in one of three colours."""
    random = np.random.default_rng(seed)
    labels = np.arange(3).repeat(per_class)
    plain = np.array(list(COLORS.values()))[labels] / 255
    images = plain[:, None, None] + random.normal(0, 0.15, (len(labels), size, size, 3))
    images = np.clip(images, 0, 1).astype("float32")
    return datasets.Dataset(images, labels, tuple(COLORS), "colours")


def write_pictures(folder, counts, *, size=20, seed=0):
    """A folder of noisy pictures: name of the class → how many; the names start with their colour."""
    random = np.random.default_rng(seed)
    for name, count in counts.items():
        color = COLORS[name.split()[0]]
        (folder / name).mkdir(parents=True)
        for number in range(count):
            pixels = np.array(color) + random.normal(0, 30, (size, size, 3))
            image = Image.fromarray(pixels.clip(0, 255).astype("uint8"))
            image.save(folder / name / f"{number}.png")
    return folder


def weights_of(base, kind):
    found = [layer.get_weights() for layer in base.layers if isinstance(layer, kind)]
    return [weight for weights in found for weight in weights]


# Bases -------------------------------------------------------------------------------------------


@pytest.fixture
def no_weights(monkeypatch):
    monkeypatch.setattr(datasets, "fetch_mobilenet", lambda **_: None)


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
    monkeypatch.setattr(datasets, "fetch_mobilenet", lambda **_: (path, "from a test"))
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


@pytest.mark.parametrize(("name", "value"), [("image_size", 200), ("alpha", 0.3)])
def test_sizes_and_widths_without_weights_are_refused(name, value):
    with pytest.raises(ValueError, match=rf"`{name}` must be one of .* Received: {value}"):
        models.pretrained_features(**{name: value})


def test_the_patch_network_tells_textures_apart_that_it_has_not_seen():
    data = datasets.load_patches(("brick", "grass", "gravel"), per_class=10, image_size=96)
    features = training.extract_features(models.patch_network(96), data.images, progress=False)
    shares = _folder.cross_validate(features, data.labels, 3)
    assert (shares.argmax(axis=1) == data.labels).mean() > 0.85
    random = models.patch_network(96, pretrained=False)
    assert len(random.trainable_weights) == 12


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
    with pytest.raises(ValueError, match=r"`classes` .* Received: 1"):
        models.transfer_classifier(tiny_base(), 1)


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
    with pytest.raises(ValueError, match="`model` must be a transfer_classifier"):
        models.grad_cam(models.lenet(), np.zeros((1, 28, 28, 1)), [0])


# Features ----------------------------------------------------------------------------------------


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


def test_a_head_trained_on_features_is_the_head_of_the_whole_model():
    """The two stages of notebook 07: base and head share what the first stage has learned."""
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


# A folder of pictures ----------------------------------------------------------------------------


def test_a_folder_becomes_a_classifier(tmp_path, capsys):
    folder = write_pictures(tmp_path / "colours", {"red": 6, "green": 6, "blue": 6})
    found = training.classify_folder(folder, base=tiny_base())
    looked, summary = capsys.readouterr().out.splitlines()
    assert looked.startswith("predicted 1 step in ")
    assert summary.startswith("18 of 18 left-out pictures right: 100 % · between 82 and 100 %")
    assert found.class_names == ("blue", "green", "red")
    assert found.accuracy == 1
    assert found.interval[0] < 0.85
    assert found.interval[1] == 1
    assert found.per_class == {"blue": (6, 6), "green": (6, 6), "red": (6, 6)}
    assert found.largest_class == pytest.approx(1 / 3)
    assert len(found.mistakes) == 0
    assert found.show_mistakes() is None
    assert "No mistakes" in capsys.readouterr().out
    assert "18 of 18" in repr(found)


def test_the_model_is_the_regression_on_all_pictures(tmp_path):
    for counts in ({"red": 5, "green": 4}, {"red": 5, "green": 4, "blue": 6}):
        folder = write_pictures(tmp_path / str(len(counts)), counts)
        found = training.classify_folder(folder, base=tiny_base(), progress=False)
        wanted = _folder._learn(found.features, found.data.labels).predict_proba(found.features)
        shares = found.model.predict(found.data.images, verbose=0)
        np.testing.assert_allclose(shares, wanted, atol=1e-4)


def test_a_picture_is_classified_from_a_file_and_from_an_array(tmp_path):
    folder = write_pictures(tmp_path / "colours", {"red": 5, "green": 5})
    found = training.classify_folder(folder, base=tiny_base(), progress=False)
    answer = found.classify(folder / "red" / "0.png")
    assert next(iter(answer)) == "red"
    assert sum(answer.values()) == pytest.approx(1, abs=1e-5)
    assert found.classify(str(folder / "red" / "0.png")) == answer
    place = int(np.flatnonzero(found.data.labels == found.class_names.index("red"))[0])
    assert found.classify(found.data.images[place])["red"] > 0.5
    with pytest.raises(ValueError, match=r"`picture` must be a path, or .* Received: \(5, 5, 3\)"):
        found.classify(np.zeros((5, 5, 3)))


def test_labels_at_random_are_not_called_learned(tmp_path):
    """Cross-validation is honest: what can't be known is right as often as by guessing."""
    random = np.random.default_rng(0)
    features, labels = random.normal(size=(120, 40)), random.integers(0, 2, 120)
    shares = _folder.cross_validate(features, labels, 2)
    assert abs((shares.argmax(axis=1) == labels).mean() - 0.5) < 0.15
    trained = _folder._learn(features, labels).predict(features)
    assert (trained == labels).mean() > 0.65  # on what it has seen, it looks much better


def test_many_pictures_are_left_out_a_tenth_at_a_time(monkeypatch):
    monkeypatch.setattr(_folder, "ONE_BY_ONE", 20)
    calls, learn = [], _folder._learn
    monkeypatch.setattr(_folder, "_learn", lambda x, y: calls.append(len(x)) or learn(x, y))
    data = color_data(per_class=10)
    shares = _folder.cross_validate(data.images.mean(axis=(1, 2)), data.labels, 3)
    assert calls == [27] * 10
    assert (shares.argmax(axis=1) == data.labels).mean() > 0.9
    again = _folder.cross_validate(data.images.mean(axis=(1, 2)), data.labels, 3)
    np.testing.assert_array_equal(shares, again)


def test_classes_of_very_unequal_size_have_the_same_say(tmp_path, capsys):
    folder = write_pictures(tmp_path / "colours", {"red": 40, "green": 2})
    found = training.classify_folder(folder, base=tiny_base())
    assert found.per_class["green"][1] == 2
    assert found.classify(folder / "green" / "0.png")["green"] > 0.5
    assert "always the largest class: 95 %" in capsys.readouterr().out


def test_names_with_spaces_and_accents(tmp_path):
    folder = write_pictures(tmp_path / "mes élèves", {"red très vif": 3, "green pâle": 3})
    found = training.classify_folder(folder, base=tiny_base(), progress=False)
    assert found.class_names == ("green pâle", "red très vif")
    found.save(tmp_path / "à moi.keras")
    assert training.load_classifier(tmp_path / "à moi.keras").class_names == found.class_names


def test_unreadable_pictures_are_skipped_and_said(tmp_path, capsys):
    folder = write_pictures(tmp_path / "colours", {"red": 3, "green": 3})
    (folder / "red" / "broken.jpg").write_bytes(b"no picture")
    found = training.classify_folder(folder, base=tiny_base())
    assert len(found.data) == 6
    assert "Skipped 1 file, no usable picture: red/broken.jpg." in capsys.readouterr().out


def test_one_class_is_refused(tmp_path):
    with pytest.raises(ValueError, match="two or more classes; there is only 'red'"):
        training.classify_folder(write_pictures(tmp_path / "one", {"red": 3}), base=tiny_base())


def test_two_pictures_give_a_classifier_without_an_accuracy(tmp_path, capsys):
    folder = write_pictures(tmp_path / "two", {"red": 1, "green": 1})
    found = training.classify_folder(folder, base=tiny_base())
    assert found.accuracy is None
    assert found.interval is None
    assert "accuracy unknown" in capsys.readouterr().out
    assert next(iter(found.classify(folder / "red" / "0.png"))) == "red"


def test_a_class_with_one_picture_is_not_measured(tmp_path, capsys):
    folder = write_pictures(tmp_path / "three", {"red": 4, "green": 4, "blue": 1})
    found = training.classify_folder(folder, base=tiny_base())
    assert found.per_class == {"blue": (0, 0), "green": (4, 4), "red": (4, 4)}
    assert "not measured, having one picture only: blue" in capsys.readouterr().out
    assert len(found.mistakes) == 0


def test_mistakes_are_shown_the_surest_first(tmp_path):
    folder = write_pictures(tmp_path / "colours", {"red": 8, "green": 8})
    for number in (0, 1):
        shutil.move(folder / "red" / f"{number}.png", folder / "green" / f"red{number}.png")
    found = training.classify_folder(folder, base=tiny_base(), progress=False)
    assert len(found.mistakes) >= 2
    sure = found.probabilities.max(axis=1)[found.mistakes]
    assert np.all(np.diff(sure) <= 0)
    assert found.show_mistakes(2) is not None


# Saving ------------------------------------------------------------------------------------------


def test_a_saved_classifier_answers_the_same_with_and_without_the_course(tmp_path):
    folder = write_pictures(tmp_path / "colours", {"red": 4, "green": 4})
    found = training.classify_folder(folder, base=tiny_base(), progress=False)
    found.save(tmp_path / "colours.keras")
    loaded = training.load_classifier(tmp_path / "colours.keras")
    picture = folder / "red" / "0.png"
    assert loaded.classify(picture) == pytest.approx(found.classify(picture), abs=1e-6)
    plain = keras.models.load_model(tmp_path / "colours.keras")
    images = found.data.images
    np.testing.assert_allclose(
        plain.predict(images, verbose=0), found.model.predict(images, verbose=0), atol=1e-6
    )
    loaded.save(tmp_path / "again.keras")
    assert training.load_classifier(tmp_path / "again.keras").class_names == ("green", "red")
    assert sorted(os.listdir(tmp_path)) == ["again.keras", "colours", "colours.keras"]


def test_saving_overwrites_nothing(tmp_path):
    found = training.PictureClassifier(models.lenet(), tuple("0123456789"))
    (tmp_path / "mine.keras").write_text("precious")
    with pytest.raises(FileExistsError, match=r"`path` must be new.* Received: 'mine.keras'"):
        found.save(tmp_path / "mine.keras")
    assert (tmp_path / "mine.keras").read_text() == "precious"
    with pytest.raises(ValueError, match=r"`path` must end in .keras. Received: 'mine.h5'"):
        found.save(tmp_path / "mine.h5")


def test_other_files_are_no_classifiers(tmp_path):
    with pytest.raises(ValueError, match=r"Received: 'none.keras', no such file"):
        training.load_classifier(tmp_path / "none.keras")
    models.lenet().save(tmp_path / "plain.keras")
    with pytest.raises(ValueError, match="`save` has written. Received: 'plain.keras'"):
        training.load_classifier(tmp_path / "plain.keras")
    (tmp_path / "text.keras").write_text("text")
    with pytest.raises(ValueError, match="`save` has written. Received: 'text.keras'"):
        training.load_classifier(tmp_path / "text.keras")


# The weights that come with the course -----------------------------------------------------------


def test_the_weights_are_the_ones_their_page_describes():
    content = (ROOT / "data" / "patch_network.npz").read_bytes()
    page = (ROOT / "data" / "README.md").read_text(encoding="utf-8")
    assert hashlib.sha256(content).hexdigest() in page
    assert f"{len(content):,} bytes" in page
