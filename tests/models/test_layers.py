"""Random transformations: in range, as SciPy interpolates, the same when compiled."""

import keras
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from keras import ops
from scipy import ndimage

from dl_course import models
from dl_course.models.layers import _interpolate


def spot(size=21):
    """A bright pixel to the right of the middle, which is at 10."""
    image = np.zeros((1, size, size, 1), np.float32)
    image[0, 10, 16] = 1
    return image


def centre_of_mass(images):
    """Row and column, `(n, 2)`."""
    places = np.stack(np.indices(images.shape[1:3]), axis=-1)
    weights = images[..., 0] / images[..., 0].sum((1, 2))[:, None, None]
    return np.einsum("nhw,hwc->nc", weights, places)


def test_images_stay_as_they_are_outside_training():
    layer = models.RandomAffine(rotation=90, shift=5, scale=0.5, shear=1, seed=0)
    np.testing.assert_array_equal(ops.convert_to_numpy(layer(spot())), spot())


def test_without_ranges_training_changes_nothing():
    images = np.random.default_rng(0).random((3, 8, 9, 2)).astype(np.float32)
    result = models.RandomAffine(seed=0)(images, training=True)
    np.testing.assert_allclose(ops.convert_to_numpy(result), images, atol=1e-6)


def test_turning_keeps_the_distance_from_the_middle_and_stays_in_range():
    layer = models.RandomAffine(rotation=40, seed=1)
    turned = ops.convert_to_numpy(layer(np.repeat(spot(), 200, axis=0), training=True))
    row, column = (centre_of_mass(turned) - 10).T
    np.testing.assert_allclose(np.hypot(row, column), 6, atol=0.35)
    angles = np.degrees(np.arctan2(row, column))
    assert angles.min() < -35
    assert angles.max() > 35
    assert np.abs(angles).max() < 43


def test_shifts_go_both_ways_up_to_the_limit():
    layer = models.RandomAffine(shift=3, seed=2)
    moved = centre_of_mass(
        ops.convert_to_numpy(layer(np.repeat(spot(), 200, axis=0), training=True))
    )
    offsets = moved - [10, 16]
    assert np.abs(offsets).max() < 3.05
    assert (offsets.min(0) < -2.5).all()
    assert (offsets.max(0) > 2.5).all()


def test_scale_moves_the_spot_out_and_in_and_shear_moves_rows_alone():
    many = np.repeat(spot(), 200, axis=0)
    scaled = centre_of_mass(
        ops.convert_to_numpy(models.RandomAffine(scale=0.2, seed=3)(many, training=True))
    )
    assert scaled[:, 1].min() < 15.4
    assert scaled[:, 1].max() > 16.9
    np.testing.assert_allclose(scaled[:, 0], 10, atol=1e-3)
    high = np.roll(many, (-6, -6), axis=(1, 2))  # above the middle: row 4, column 10
    sheared = centre_of_mass(
        ops.convert_to_numpy(models.RandomAffine(shear=0.5, seed=3)(high, training=True))
    )
    np.testing.assert_allclose(sheared[:, 0], 4, atol=1e-3)
    assert sheared[:, 1].min() < 8
    assert sheared[:, 1].max() > 12


@pytest.mark.parametrize(
    ("fill_mode", "in_scipy"),
    [
        ("constant", "grid-constant"),
        ("nearest", "nearest"),
        ("reflect", "reflect"),
        ("wrap", "grid-wrap"),
    ],
)
@given(seed=st.integers(0, 2**32 - 1), height=st.integers(1, 9), width=st.integers(1, 9))
def test_values_between_pixels_are_those_of_scipy(fill_mode, in_scipy, seed, height, width):
    """Also far outside the images, several times their size away."""
    rng = np.random.default_rng(seed)
    images = rng.random((3, height, width, 2)).astype("float32")
    x, y = rng.uniform(-30, 30, (2, 3, 4, 5)).astype("float32")
    x[0], y[0] = np.round(x[0]), np.round(y[0])  # on the pixels, too
    got = _interpolate(*map(ops.convert_to_tensor, (images, x, y)), fill_mode)
    expected = [
        [ndimage.map_coordinates(i[..., c], [r, q], order=1, mode=in_scipy) for c in range(2)]
        for i, q, r in zip(images.astype(float), x, y, strict=True)
    ]
    np.testing.assert_allclose(ops.convert_to_numpy(got), np.moveaxis(expected, 1, -1), atol=2e-5)


class Turned(keras.layers.Layer):
    """Looks up fixed places; XLA draws other random numbers, so chance can't be compared."""

    def __init__(self, fill_mode):
        super().__init__()
        self.fill_mode = fill_mode

    def call(self, images):
        row, column = ops.meshgrid(ops.arange(9.0), ops.arange(12.0), indexing="ij")
        x, y = (
            ops.repeat(places[None], ops.shape(images)[0], axis=0)
            for places in (0.8 * column - 0.6 * row + 5, 0.6 * column + 0.8 * row - 4)
        )
        return _interpolate(images, x, y, self.fill_mode)


compiles = pytest.mark.skipif(
    keras.backend.backend() == "torch", reason="TensorFlow and JAX compile with XLA"
)


@compiles
@pytest.mark.parametrize("fill_mode", ["constant", "nearest", "reflect", "wrap"])
def test_looking_up_is_the_same_when_compiled_with_xla(fill_mode):
    images = np.random.default_rng(0).random((4, 9, 12, 1)).astype(np.float32)
    model = keras.Sequential([keras.layers.Input((9, 12, 1)), Turned(fill_mode)])
    results = []
    for jit_compile in (False, True):
        model.compile(jit_compile=jit_compile)
        results.append(model.predict(images, verbose=0))
    np.testing.assert_allclose(*results, atol=1e-5)
    assert np.abs(results[0] - images).max() > 0.1


@compiles
def test_random_transformations_compile_with_xla():
    """As Keras does on a GPU, where TensorFlow's own kernel would stop the training."""
    layer = models.RandomAffine(rotation=20, shift=2, scale=0.2, shear=0.2, flip="horizontal")
    head = [keras.layers.Flatten(), keras.layers.Dense(1)]
    model = keras.Sequential([keras.layers.Input((9, 12, 1)), layer, *head])
    model.compile("sgd", "mse", jit_compile=True)
    assert model.jit_compile is True
    assert np.isfinite(model.train_on_batch(np.ones((8, 9, 12, 1)), np.zeros((8, 1))))


def test_sixteen_bits_move_an_image_as_exactly_as_thirty_two():
    image = np.zeros((1, 64, 300, 1), np.float32)
    image[0, 32, 290] = 1
    places = []
    for dtype in ("float32", "mixed_bfloat16"):
        layer = models.RandomAffine(shift=5, seed=4, dtype=dtype)
        moved = ops.convert_to_numpy(ops.cast(layer(image, training=True), "float32"))
        places.append(centre_of_mass(moved))
    np.testing.assert_allclose(*places, atol=0.02)


def test_every_image_has_its_own_chance_and_the_seed_decides_it():
    many = np.repeat(spot(), 5, axis=0)
    first, again = (
        ops.convert_to_numpy(models.RandomAffine(rotation=30, seed=4)(many, training=True))
        for _ in range(2)
    )
    np.testing.assert_array_equal(first, again)
    assert len(np.unique(first.reshape(5, -1), axis=0)) == 5


def test_the_layer_can_be_saved_in_a_model(tmp_path):
    layer = models.RandomAffine(rotation=5, shift=1, scale=0.1, shear=0.2, flip="vertical")
    keras.Sequential([keras.layers.Input((8, 8, 1)), layer]).save(tmp_path / "model.keras")
    loaded = keras.models.load_model(tmp_path / "model.keras").layers[0]
    assert loaded.get_config() == layer.get_config()


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("flip", "sideways"),
        ("rotation", -1),
        ("shift", -0.5),
        ("scale", 1),
        ("shear", float("nan")),
        ("fill_mode", "mirror"),
    ],
)
def test_ranges_that_make_no_sense(name, value):
    with pytest.raises(ValueError, match=rf"`{name}` must be .* Received: {value!r}"):
        models.RandomAffine(**{name: value})


def test_an_amount_that_is_no_number():
    with pytest.raises(TypeError, match="`rotation` must be a number. Received: '15'"):
        models.augmenter(rotation="15")


def test_an_augmenter_does_what_is_asked_for_and_only_in_training():
    images = np.random.default_rng(0).random((8, 9, 9, 1)).astype(np.float32)
    pipeline = models.augmenter(flip="horizontal", rotation=20, noise=0.1, seed=0)
    names = [type(layer).__name__ for layer in pipeline.layers]
    assert names == ["RandomAffine", "GaussianNoise"]
    np.testing.assert_array_equal(ops.convert_to_numpy(pipeline(images)), images)
    changed = ops.convert_to_numpy(pipeline(images, training=True))
    assert changed.shape == images.shape
    assert (np.abs(changed - images).max(axis=(1, 2, 3)) > 0.05).all()


def test_an_augmenter_that_only_flips():
    images = np.random.default_rng(0).random((40, 3, 5, 2)).astype(np.float32)
    flipped = ops.convert_to_numpy(
        models.augmenter(flip="horizontal", seed=1)(images, training=True)
    )
    same = (flipped == images).all(axis=(1, 2, 3))
    mirrored = (flipped == images[:, :, ::-1]).all(axis=(1, 2, 3))
    assert (same ^ mirrored).all()
    assert 10 < same.sum() < 30


@pytest.mark.parametrize(
    ("flip", "mirror"),
    [
        ("vertical", lambda x: [x, x[:, ::-1]]),
        (
            "horizontal_and_vertical",
            lambda x: [x, x[:, ::-1], x[:, :, ::-1], x[:, ::-1, ::-1]],
        ),
    ],
)
def test_other_flips(flip, mirror):
    images = np.random.default_rng(0).random((60, 4, 6, 1)).astype(np.float32)
    flipped = ops.convert_to_numpy(models.augmenter(flip=flip, seed=1)(images, training=True))
    matches = [(flipped == way).all(axis=(1, 2, 3)).sum() for way in mirror(images)]
    assert sum(matches) == 60
    assert min(matches) > 60 / len(matches) / 2


def test_an_augmenter_for_nothing_is_refused():
    with pytest.raises(ValueError, match=r"`augmenter`.*Received: none"):
        models.augmenter()
    with pytest.raises(ValueError, match=r"`scale`.*Received: 2"):
        models.augmenter(scale=2)
