"""`dl_course.augmentation` against hand-worked examples, NumPy, SciPy, scikit-image and Keras."""

import keras
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from scipy import ndimage
from skimage import transform

from dl_course import augmentation
from dl_course.augmentation import (
    cutout,
    flip,
    gaussian_noise,
    mixup,
    random_crop,
    rotate,
    salt_and_pepper,
    scale,
    translate,
)

TABLE = np.array([[1, 2, 3], [4, 5, 6], [7, 8, 9]])

# Everything that always gives the same, by a name and with parameters that leave nothing whole.
DETERMINISTIC = {
    "flip": lambda x, **border: flip(x),
    "flip vertical": lambda x, **border: flip(x, "vertical"),
    "rotate": lambda x, **border: rotate(x, 33, **border),
    "rotate, enlarged": lambda x, **border: rotate(x, -70, keep_size=False, **border),
    "translate": lambda x, **border: translate(x, 1.3, -0.6, **border),
    "shrink": lambda x, **border: scale(x, 0.7, **border),
    "enlarge": lambda x, **border: scale(x, 1.6, **border),
    "shrink, smaller": lambda x, **border: scale(x, 0.7, keep_size=False, **border),
}
KEEPS_SIZE = ["flip", "flip vertical", "rotate", "translate", "shrink", "enlarge"]
RANDOM = {
    "salt_and_pepper": lambda x, rng: salt_and_pepper(x, 0.3, rng=rng),
    "gaussian_noise": lambda x, rng: gaussian_noise(x, 60 if x.dtype == np.uint8 else 0.3, rng=rng),
    "random_crop": lambda x, rng: random_crop(x, (2, 3), rng=rng),
    "cutout": lambda x, rng: cutout(x, 3, rng=rng),
}
ALL = {
    **DETERMINISTIC,
    **{name: lambda x, f=f: f(x, np.random.default_rng(0)) for name, f in RANDOM.items()},
}

each_random = pytest.mark.parametrize("augment", RANDOM.values(), ids=RANDOM)
each = pytest.mark.parametrize("augment", ALL.values(), ids=ALL)
each_mode = pytest.mark.parametrize("mode", augmentation.MODES)
dtypes = pytest.mark.parametrize("dtype", [np.uint8, np.float16, np.float32, np.float64])

shapes = hnp.array_shapes(min_dims=2, max_dims=2, min_side=1, max_side=7) | st.tuples(
    st.integers(1, 3), st.integers(1, 7), st.integers(1, 7), st.integers(1, 4)
)
batches = hnp.arrays(np.uint8, shapes) | hnp.arrays(
    np.float32, shapes, elements=st.floats(0, 1, width=32)
)


def picture(*shape, dtype=np.float64, seed=0):
    values = np.random.default_rng(seed).random(shape)
    return (255 * values).astype(dtype) if dtype == np.uint8 else values.astype(dtype)


def assert_close(ours, theirs, tolerance=1e-12):
    """Equal to a tolerance, and of the same shape: nothing is broadcast."""
    assert ours.shape == theirs.shape
    np.testing.assert_allclose(ours, theirs, rtol=0, atol=tolerance)


def generator(seed=0):
    return np.random.default_rng(seed)


# Worked by hand ----------------------------------------------------------------------------------


def test_flip_by_hand():
    image = [[1, 2, 3], [4, 5, 6]]
    assert flip(image).tolist() == [[3, 2, 1], [6, 5, 4]]
    assert flip(image, "vertical").tolist() == [[4, 5, 6], [1, 2, 3]]


def test_flip_leaves_batch_and_channels_alone():
    x = np.arange(24).reshape(2, 2, 3, 2)
    np.testing.assert_array_equal(flip(x), x[:, :, ::-1], strict=True)
    np.testing.assert_array_equal(flip(x, "vertical"), x[:, ::-1], strict=True)
    np.testing.assert_array_equal(flip(x[0]), x[0][:, ::-1], strict=True)


@pytest.mark.parametrize(
    ("dx", "dy", "options", "expected"),
    [
        (1, 0, {}, [[0, 1, 2], [0, 4, 5], [0, 7, 8]]),
        (-1, 0, {}, [[2, 3, 0], [5, 6, 0], [8, 9, 0]]),
        (0, 2, {}, [[0, 0, 0], [0, 0, 0], [1, 2, 3]]),
        (1, -1, {"fill": 9}, [[9, 4, 5], [9, 7, 8], [9, 9, 9]]),
        (1, 0, {"mode": "edge"}, [[1, 1, 2], [4, 4, 5], [7, 7, 8]]),
        (1, 0, {"mode": "reflect"}, [[2, 1, 2], [5, 4, 5], [8, 7, 8]]),
        (1, 0, {"mode": "wrap"}, [[3, 1, 2], [6, 4, 5], [9, 7, 8]]),
        (5, 0, {}, [[0, 0, 0]] * 3),
    ],
)
def test_translate_by_hand(dx, dy, options, expected):
    assert translate(TABLE, dx, dy, **options).tolist() == expected


def test_half_a_pixel_is_the_mean_of_two():
    assert translate(TABLE / 10, 0.5, 0)[0] == pytest.approx([0.05, 0.15, 0.25])
    assert translate(TABLE / 10, 0, -0.5, fill=1)[:, 0] == pytest.approx([0.25, 0.55, 0.85])


def test_a_quarter_turn_goes_counter_clockwise():
    assert rotate(TABLE, 90).tolist() == [[3, 6, 9], [2, 5, 8], [1, 4, 7]]


def test_enlarge_by_hand():
    assert scale([[4.0, 8.0]], 2, keep_size=False).tolist() == [[4, 5, 7, 8]] * 2
    assert scale([[0.0, 4.0, 8.0, 4.0]], 2, mode="edge").tolist() == [[3, 5, 7, 7]]


# Against NumPy, SciPy, scikit-image and Keras ----------------------------------------------------


@each_mode
@pytest.mark.parametrize("turns", [-5, -2, -1, 0, 1, 2, 3, 4, 8])
def test_quarter_turns_are_exact(mode, turns):
    for image in (picture(6, 6), picture(5, 5, 3, dtype=np.float32)):
        turned = rotate(image, 90 * turns, mode=mode, fill=1)
        np.testing.assert_array_equal(turned, np.rot90(image, turns), strict=True)
    oblong = picture(4, 7, dtype=np.uint8)
    turned = rotate(oblong, 90 * turns, keep_size=False, mode=mode)
    np.testing.assert_array_equal(turned, np.rot90(oblong, turns), strict=True)


@each_mode
@given(image=batches, dx=st.integers(-9, 9), dy=st.integers(-9, 9))
def test_whole_pixels_are_shifted_exactly(mode, image, dx, dy):
    batch = image if image.ndim == 4 else image[None, :, :, None]
    h, w = batch.shape[1:3]
    border = [(0, 0), (abs(dy),) * 2, (abs(dx),) * 2, (0, 0)]
    padded = np.pad(batch, border, mode=mode)
    top, left = abs(dy) - dy, abs(dx) - dx
    expected = padded[:, top : top + h, left : left + w].reshape(image.shape)
    np.testing.assert_array_equal(translate(image, dx, dy, mode=mode), expected, strict=True)


@each_mode
@given(dx=st.floats(-6, 6), dy=st.floats(-6, 6))
def test_parts_of_pixels_equal_scipy(mode, dx, dy):
    image = picture(6, 5)
    names = {
        "constant": "grid-constant",
        "edge": "nearest",
        "reflect": "mirror",
        "wrap": "grid-wrap",
    }
    theirs = ndimage.shift(image, (dy, dx), order=1, mode=names[mode], cval=0.25)
    assert_close(translate(image, dx, dy, mode=mode, fill=0.25), theirs)


@each_mode
@given(degrees=st.floats(-400, 400))
def test_rotate_equals_scikit_image(mode, degrees):
    image = picture(7, 5, 3)
    theirs = transform.rotate(image, degrees, mode=mode, cval=0.5)
    ours = rotate(image, degrees, mode=mode, fill=0.5)
    if mode == "constant" or degrees % 90:
        assert_close(ours, theirs, 1e-9)


@given(degrees=st.integers(0, 360), h=st.integers(1, 9), w=st.integers(1, 9))
def test_an_enlarged_rotation_holds_the_whole_picture(degrees, h, w):
    around = rotate(np.ones((h, w)), degrees, keep_size=False)
    corners = np.array([[-h, -w], [-h, w], [h, -w], [h, w]]) / 2
    angle = np.deg2rad(degrees)
    turned = corners @ [[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]]
    extent = np.ptp(turned, axis=0)
    assert np.all(around.shape >= extent - 1e-6)
    assert np.all(around.shape < extent + 1)


@pytest.mark.parametrize("degrees", [17, 45, 120, 200])
def test_enlarged_and_kept_rotations_agree_about_the_centre(degrees):
    image = np.zeros((21, 21))
    image[8:12, 7:15] = 1 + picture(4, 8)
    kept, large = (rotate(image, degrees, keep_size=keep_size) for keep_size in (True, False))
    assert large.sum() == pytest.approx(image.sum(), rel=0.03)  # nothing is cut off
    centres = [ndimage.center_of_mass(x) - (np.array(x.shape) - 1) / 2 for x in (kept, large)]
    assert centres[0] == pytest.approx(centres[1], abs=0.05)


def test_edges_mix_with_a_fill_outside_the_range_of_the_image():
    assert translate(np.ones((2, 3)), 0.25, 0).tolist() == [[0.75, 1, 1]] * 2
    assert translate(np.zeros((1, 2)), -0.5, 0, fill=1).tolist() == [[0, 0.5]]


@pytest.mark.parametrize("factor", [0.3, 0.5, 0.75, 1.0, 1.5, 3])
def test_scale_equals_scikit_image(factor):
    image = picture(12, 8, 2)
    theirs = transform.rescale(
        image, factor, order=1, mode="edge", anti_aliasing=factor < 1, channel_axis=2
    )
    sizes = np.array(image.shape[:2]) * factor
    assert scale(image, factor, keep_size=False).shape == theirs.shape
    if np.all(sizes == np.rint(sizes)):
        assert_close(scale(image, factor, keep_size=False), theirs)


@pytest.mark.parametrize("factor", [0.5, 0.25, 2, 3])
def test_kept_size_is_the_scaled_image_cropped_or_padded(factor):
    image = picture(8, 16)
    scaled, kept = scale(image, factor, keep_size=False), scale(image, factor, fill=0.5)
    assert kept.shape == image.shape
    if factor > 1:
        top, left = (np.array(scaled.shape) - image.shape) // 2
        assert_close(kept, scaled[top : top + 8, left : left + 16])
    else:
        top, left = (image.shape - np.array(scaled.shape)) // 2
        inside = kept[top : 8 - top, left : 16 - left]
        assert_close(inside, scaled)
        assert kept.sum() - inside.sum() == pytest.approx(0.5 * (image.size - scaled.size))


def test_fine_stripes_shrink_to_grey():
    stripes = np.tile([0.0, 1.0], (32, 16))
    for keep_size in (True, False):
        shrunk = scale(stripes, 0.26, keep_size=keep_size, mode="wrap")
        inner = shrunk[13:19, 13:19] if keep_size else shrunk[2:-2, 2:-2]
        assert np.all(np.abs(inner - 0.5) < 0.05)


@pytest.mark.parametrize("factor", [0.1, 0.01])
def test_at_least_one_pixel_is_left(factor):
    dot = scale(np.array([[0.0, 1.0, 0.0], [1.0, 0.0, 1.0]]), factor, keep_size=False)
    assert dot.shape == (1, 1)
    assert dot.item() == pytest.approx(0.5, abs=0.1)


LAYERS = {
    "rotate": (
        lambda x, **border: rotate(x, 36, **border),
        lambda mode: keras.layers.RandomRotation((0.1, 0.1), fill_mode=mode),
    ),
    "translate": (
        lambda x, **border: translate(x, 1.6, -2.4, **border),
        lambda mode: keras.layers.RandomTranslation((-0.3, -0.3), (0.2, 0.2), fill_mode=mode),
    ),
    "scale": (
        lambda x, **border: scale(x, 1.25, **border),
        lambda mode: keras.layers.RandomZoom((-0.2, -0.2), (-0.2, -0.2), fill_mode=mode),
    ),
}


@pytest.mark.parametrize("name", LAYERS)
@pytest.mark.parametrize(("mode", "keras_mode"), [("constant", "constant"), ("edge", "nearest")])
def test_keras_layers_with_a_range_of_one_number_do_the_same(name, mode, keras_mode):
    ours, layer = LAYERS[name]
    x = picture(2, 8, 8, 3, dtype=np.float32)
    theirs = keras.ops.convert_to_numpy(layer(keras_mode)(x, training=True))
    assert_close(ours(x, mode=mode), theirs, 1e-5)  # Keras computes in float32


@pytest.mark.parametrize("direction", augmentation.DIRECTIONS)
def test_keras_flips_in_the_same_direction(direction):
    x = picture(64, 3, 4, 2, dtype=np.float32)
    layer = keras.layers.RandomFlip(direction, seed=0)
    theirs = keras.ops.convert_to_numpy(layer(x, training=True))
    flipped = flip(x, direction)
    kept, turned = (np.all(theirs == images, axis=(1, 2, 3)) for images in (x, flipped))
    assert np.all(kept ^ turned)
    assert 10 < turned.sum() < 54


# Properties of all -------------------------------------------------------------------------------


@each
@dtypes
@pytest.mark.parametrize("shape", [(5, 6), (5, 6, 3), (2, 5, 6, 1), (2, 5, 6, 7)])
def test_type_axes_and_input_are_kept(augment, dtype, shape):
    image = picture(*shape, dtype=dtype)
    before = image.copy()
    result = augment(image)
    assert result.dtype == dtype
    assert result.ndim == image.ndim
    assert result.shape[-1] == shape[-1] or len(shape) == 2
    result[...] = 0
    np.testing.assert_array_equal(image, before, strict=True)


@pytest.mark.parametrize("name", KEEPS_SIZE)
@each_mode
@given(image=batches)
@settings(max_examples=30)
def test_size_and_range_are_kept(name, mode, image):
    result = DETERMINISTIC[name](image, mode=mode)
    assert result.shape == image.shape
    assert result.max() <= image.max()
    assert result.min() >= (min(image.min(), 0) if mode == "constant" else image.min())


@pytest.mark.parametrize("augment", DETERMINISTIC.values(), ids=DETERMINISTIC)
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_an_even_image_stays_even_to_the_last_digit(augment, dtype):
    for value in picture(40, dtype=dtype):
        image = np.full((6, 5), value, dtype)
        for border in ({"mode": "reflect"}, {"fill": float(value)}):
            result = augment(image, **border)
            np.testing.assert_allclose(result, value, rtol=1e-6)
            assert result.max() <= value  # computing adds a last digit in many of these


@pytest.mark.parametrize("augment", DETERMINISTIC.values(), ids=DETERMINISTIC)
@dtypes
def test_a_batch_is_its_images_one_by_one(augment, dtype):
    batch = picture(3, 6, 7, 3, dtype=dtype)
    result = augment(batch)
    one_by_one = np.stack([augment(image) for image in batch])
    np.testing.assert_array_equal(result, one_by_one, strict=True)
    by_channel = np.stack([augment(batch[0, :, :, c]) for c in range(3)], axis=-1)
    np.testing.assert_array_equal(result[0], by_channel, strict=True)


@pytest.mark.parametrize("augment", DETERMINISTIC.values(), ids=DETERMINISTIC)
def test_uint8_is_rounded_not_cut_off(augment):
    image = picture(7, 8, dtype=np.uint8)
    np.testing.assert_array_equal(augment(image), np.rint(augment(image.astype(float))))


@pytest.mark.parametrize("augment", DETERMINISTIC.values(), ids=DETERMINISTIC)
def test_float32_is_computed_as_float64(augment):
    image = picture(40, 50, dtype=np.float32)
    in_float64 = augment(image.astype(np.float64)).astype(np.float32)
    np.testing.assert_array_equal(augment(image), in_float64, strict=True)


@given(image=batches, direction=st.sampled_from(augmentation.DIRECTIONS))
def test_two_flips_are_none(image, direction):
    np.testing.assert_array_equal(flip(flip(image, direction), direction), image, strict=True)


@each_mode
@given(image=batches)
def test_what_changes_nothing_is_exact(mode, image):
    for same in (
        rotate(image, 0, mode=mode),
        rotate(image, 360, mode=mode, keep_size=False),
        translate(image, 0, 0, mode=mode),
        scale(image, 1.0, mode=mode),
        scale(image, 1, mode=mode, keep_size=False),
    ):
        np.testing.assert_array_equal(same, image, strict=True)


@given(angle=st.floats(-180, 180))
def test_turning_there_and_back(angle):
    y, x = np.mgrid[-20:21, -20:21]
    blob = np.exp(-(((x - 4) / 5) ** 2) - (y / 8) ** 2)
    assert_close(rotate(rotate(blob, angle), -angle), blob, 0.04)


def test_numbers_outside_0_to_1_are_kept_too():
    standard = generator().normal(size=(6, 6))
    assert translate(standard, 1, 0, fill=-3)[0, 0] == -3
    assert rotate(standard, 45, fill=-3).max() <= standard.max()
    assert rotate(standard, 45, fill=-3).min() == -3


# Randomness --------------------------------------------------------------------------------------


@each_random
@dtypes
def test_a_seed_says_it_all(augment, dtype):
    image = picture(2, 8, 8, 3, dtype=dtype)
    first, same, other = (augment(image, generator(seed)) for seed in (1, 1, 2))
    np.testing.assert_array_equal(first, same, strict=True)
    assert not np.array_equal(first, other)


@each_random
def test_each_image_has_its_own_chance(augment):
    batch = np.tile(picture(1, 20, 20, 1), (8, 1, 1, 1))
    results = augment(batch, generator())
    assert len({result.tobytes() for result in results}) > 4


@each_random
@given(image=batches.map(lambda image: np.tile(image, (3, 3, 1) if image.ndim == 4 else (3, 3))))
@settings(max_examples=30)
def test_noise_stays_in_range(augment, image):
    result = augment(image, generator())
    assert result.dtype == image.dtype
    assert result.min() >= 0
    assert result.max() <= (255 if image.dtype == np.uint8 else 1)


@pytest.mark.parametrize(("dtype", "white"), [(np.uint8, 255), (np.float32, 1)])
@pytest.mark.parametrize("fraction", [0, 0.05, 0.2, 1])
def test_half_the_noise_is_salt_and_half_is_pepper(dtype, white, fraction):
    grey = np.full((4, 100, 100, 3), white / 2, dtype)
    noisy = salt_and_pepper(grey, fraction, rng=generator())
    for value in (0, white):
        hit = noisy == value
        assert hit.mean() == pytest.approx(fraction / 2, abs=0.01)  # 4 standard deviations or more
        np.testing.assert_array_equal(hit.all(axis=-1), hit.any(axis=-1))
        assert hit.mean(axis=(1, 2, 3)) == pytest.approx(fraction / 2, abs=0.025)
    assert np.isin(noisy, [0, white, grey[0, 0, 0, 0]]).all()


def test_gaussian_noise_has_its_standard_deviation_and_no_bias():
    grey = np.full((2, 200, 200, 3), 0.5)
    noise = gaussian_noise(grey, 0.1, rng=generator()) - grey
    assert noise.mean() == pytest.approx(0, abs=1e-3)
    assert noise.std() == pytest.approx(0.1, rel=0.01)
    assert np.corrcoef(noise[..., 0].ravel(), noise[..., 1].ravel())[0, 1] == pytest.approx(
        0, abs=0.02
    )
    levels = gaussian_noise(np.full((200, 200), 128, np.uint8), 5, rng=generator())
    assert levels.mean() == pytest.approx(128, abs=0.1)
    assert levels.std() == pytest.approx(5, rel=0.02)
    loud = gaussian_noise(np.full((50, 50), 250, np.uint8), 50, rng=generator())
    assert np.mean(loud == 255) > 0.3
    assert gaussian_noise(grey, 0, rng=generator()).tolist() == grey.tolist()


def test_crops_are_pieces_from_everywhere():
    image = np.arange(5 * 6).reshape(5, 6)
    crops = [random_crop(image, (2, 3), rng=generator(seed)) for seed in range(300)]
    places = {divmod(int(crop[0, 0]), 6) for crop in crops}
    assert places == {(top, left) for top in range(4) for left in range(4)}
    for crop in crops:
        top, left = divmod(int(crop[0, 0]), 6)
        np.testing.assert_array_equal(crop, image[top : top + 2, left : left + 3])
    assert random_crop(image, 5, rng=generator()).shape == (5, 5)
    assert random_crop(image, (5, 6), rng=generator()).tolist() == image.tolist()


def expected_area(size, side):
    """Mean length of a square's side that lies on the image, over all centres, by counting."""
    starts = np.arange(size) - side // 2
    return np.mean([len(set(range(start, start + side)) & set(range(size))) for start in starts])


@pytest.mark.parametrize("side", [1, 4, 5, 12, 50])
def test_cutout_covers_a_square_that_may_hang_over(side):
    covered = cutout(np.ones((2000, 10, 12, 2)), side, rng=generator()) == 0
    np.testing.assert_array_equal(covered[..., 0], covered[..., 1])
    covered = covered[..., 0]
    rows, columns = covered.any(axis=2), covered.any(axis=1)
    np.testing.assert_array_equal(covered, rows[:, :, None] & columns[:, None, :])
    for lines, size in ((rows, 10), (columns, 12)):
        lengths = lines.sum(axis=1)
        assert np.all(np.abs(np.diff(lines.astype(int), axis=1)).sum(axis=1) <= 2)  # in one piece
        assert lengths.max() == min(side, size)
        assert lengths.min() >= min(side // 2, size)
        assert lengths.mean() == pytest.approx(expected_area(size, side), rel=0.03)
        assert np.all(lines.any(axis=0))  # no row and no column is spared


def test_cutout_fills_with_the_number_given():
    covered = cutout(np.zeros((9, 9), np.uint8), 3, rng=generator(), fill=200)
    assert set(covered.ravel().tolist()) == {0, 200}
    assert cutout(covered, 3, rng=generator(), fill=99.7).max() == 100


@pytest.mark.parametrize(("dtype", "limits"), [(np.int16, (-32768, 32767)), (np.uint8, (0, 255))])
def test_the_limits_of_whole_numbers_may_fill(dtype, limits):
    image = np.zeros((2, 2), dtype)
    for limit in limits:
        assert translate(image, 1, 0, fill=limit)[:, 0].tolist() == [limit, limit]
    with pytest.raises(ValueError, match=f"`fill` must be from {limits[0]} to {limits[1]}. Rec"):
        translate(image, 1, 0, fill=limits[1] + 1)


def test_white_and_black_may_fill_a_picture_of_floats():
    image = np.full((2, 2), 0.5)
    assert [translate(image, 1, 0, fill=fill)[0, 0] for fill in (0, 1)] == [0, 1]


@pytest.mark.parametrize("ends", [(0, 0.5), (0.5, 1), (0.0, 1.0), (False, True)])
def test_from_black_to_white_is_from_0_to_1(ends):
    with pytest.raises(ValueError, match="`fill` must be from 0 to 1"):
        translate(np.array([ends, ends]), 1, 0, fill=1.5)


@pytest.mark.parametrize("ends", [(-0.1, 0.5), (0.5, 1.2)])
def test_beyond_black_and_white_anything_may_fill(ends):
    assert translate(np.array([ends, ends]), 1, 0, fill=1.5)[0, 0] == 1.5


def test_four_channels_are_an_image_and_five_are_not():
    assert flip(np.ones((3, 3, 4))).shape == (3, 3, 4)
    with pytest.raises(ValueError, match="at most 4 channels"):
        flip(np.ones((3, 3, 5)))


# Several changes ---------------------------------------------------------------------------------

PHOTO = np.random.default_rng(1).random((8, 6, 3)).astype(np.float32)


def test_nothing_asked_for_changes_nothing():
    np.testing.assert_array_equal(augmentation.transform(PHOTO), PHOTO, strict=True)


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"flip": True}, flip(PHOTO)),
        ({"factor": 0.8}, scale(PHOTO, 0.8)),
        ({"factor": 0.8, "mode": "wrap"}, scale(PHOTO, 0.8, mode="wrap")),
        ({"degrees": 30, "mode": "edge"}, rotate(PHOTO, 30, mode="edge")),
        ({"dx": 2, "dy": -1}, translate(PHOTO, 2, -1)),
        ({"dx": 2, "mode": "reflect"}, translate(PHOTO, 2, 0, mode="reflect")),
        ({"noise": 0.3}, salt_and_pepper(PHOTO, 0.3, rng=generator(0))),
        ({"noise": 0.3, "seed": 5}, salt_and_pepper(PHOTO, 0.3, rng=generator(5))),
        (
            {"flip": True, "factor": 1.2, "degrees": 40, "dx": 1, "dy": 0.5, "noise": 0.1},
            salt_and_pepper(
                translate(rotate(scale(flip(PHOTO), 1.2), 40), 1, 0.5), 0.1, rng=generator(0)
            ),
        ),
    ],
)
def test_transform_is_the_functions_one_after_the_other(changes, expected):
    np.testing.assert_array_equal(augmentation.transform(PHOTO, **changes), expected, strict=True)


@pytest.mark.parametrize("flip", ["vertical", None, 1])
def test_transform_flips_or_does_not(flip):
    with pytest.raises(TypeError, match="`flip` must be one of False, True. Received: "):
        augmentation.transform(PHOTO, flip=flip)


# Mixup -------------------------------------------------------------------------------------------


@given(n=st.integers(1, 6), seed=st.integers(0, 99), alpha=st.sampled_from([0.1, 0.2, 1.0, 4]))
def test_mixup_mixes_images_and_targets_alike(n, seed, alpha):
    targets = np.eye(n)
    images = np.broadcast_to(targets[:, None, None, :], (n, 2, 3, n))  # each names itself
    mixed, mixed_targets = mixup(images, targets, alpha=alpha, rng=generator(seed))
    assert mixed.shape == images.shape
    np.testing.assert_allclose(mixed_targets.sum(axis=1), 1, rtol=0, atol=1e-12)
    assert_close(mixed, np.broadcast_to(mixed_targets[:, None, None, :], images.shape))
    assert mixed_targets.sum(axis=0) == pytest.approx(np.ones(n))  # a partner for each
    lam = mixed_targets.diagonal()
    alone = np.isclose(lam, 1)
    np.testing.assert_allclose(lam[~alone], lam[~alone][:1].repeat(np.sum(~alone)))  # one λ


def test_lambda_has_a_beta_distribution():
    def draw(alpha):
        images, targets = np.zeros((2, 1, 1, 1)), np.eye(2)
        mixed = [mixup(images, targets, alpha=alpha, rng=generator(s))[1] for s in range(2000)]
        return np.array([y[0, 0] for y in mixed if not np.array_equal(y, np.eye(2))])

    for alpha in (0.4, 1.0, 5):
        assert draw(alpha).mean() == pytest.approx(0.5, abs=0.05)
        assert draw(alpha).var() == pytest.approx(1 / (4 * (2 * alpha + 1)), rel=0.12)


def test_mixup_keeps_types_range_and_arguments():
    targets = np.eye(4, dtype=np.float32)
    for dtype in (np.uint8, np.float32, np.float64):
        images = np.full((4, 3, 3, 1), 0.7 if dtype != np.uint8 else 255, dtype)
        for seed in range(20):
            mixed, mixed_targets = mixup(images, targets, rng=generator(seed))
            assert mixed.dtype == dtype
            assert mixed_targets.dtype == np.float32
            assert mixed.max() <= images.max()
            mixed[...], mixed_targets[...] = 0, 0
        assert images.min() > 0
    assert targets.tolist() == np.eye(4).tolist()
    assert mixup(images, np.eye(4, dtype=int), rng=generator())[1].dtype == np.float64


def test_mixup_by_hand():
    images, targets = np.array([0.0, 1.0]).reshape(2, 1, 1, 1), np.array([[1, 0, 1], [0, 1, 0]])
    again = generator(0)
    lam, partners = again.beta(0.2, 0.2), again.permutation(2)
    assert partners.tolist() == [1, 0]
    mixed, mixed_targets = mixup(images, targets, rng=generator(0))
    assert mixed.ravel().tolist() == pytest.approx([1 - lam, lam])
    assert mixed_targets == pytest.approx(np.array([[lam, 1 - lam, lam], [1 - lam, lam, 1 - lam]]))


def test_mixup_by_the_same_seed():
    images, targets = picture(5, 4, 4, 1), np.eye(5)
    first, same, other = (mixup(images, targets, rng=generator(s)) for s in (3, 3, 4))
    np.testing.assert_array_equal(first[0], same[0])
    np.testing.assert_array_equal(first[1], same[1])
    assert not np.array_equal(first[0], other[0])


# Bad input ---------------------------------------------------------------------------------------


@each
@pytest.mark.parametrize(
    ("image", "message"),
    [
        (np.ones(3), r"`image` must have shape \(h, w\) or .*Received: \(3,\)"),
        (np.ones((0, 4)), r"`image` must have shape .*Received: \(0, 4\)"),
        (np.ones((9, 4, 5)), r"`image` with three axes .*Received: \(9, 4, 5\)"),
        (np.ones((1, 1, 4, 4, 1)), r"`image` must have shape .*Received: \(1, 1, 4, 4, 1\)"),
        (np.array([[0.5, np.nan]]), r"`image` must be finite. Received: nan at \(0, 1\)"),
    ],
)
def test_images_are_refused(augment, image, message):
    with pytest.raises(ValueError, match=message):
        augment(image)


@each
def test_words_are_refused(augment):
    with pytest.raises(TypeError, match="`image` must hold real numbers. Received: <U1"):
        augment(np.array([["a"]]))


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda x: flip(x, "left"), "`direction` must be one of 'horizontal'.*Received: 'left'"),
        (lambda x: rotate(x, np.inf), "`degrees` must be finite. Received: inf"),
        (lambda x: rotate(x, 5, mode="nearest"), "`mode` must be one of .*Received: 'nearest'"),
        (lambda x: rotate(x, 5, fill=255), "`fill` must be from 0 to 1. Received: 255"),
        (lambda x: rotate(x > 0.5, 5, fill=2), "`fill` must be from 0 to 1. Received: 2"),
        (
            lambda x: translate(x.astype(np.uint8), 1, 0, fill=-1),
            "`fill` must be from 0 to 255. Received: -1",
        ),
        (lambda x: translate(x, np.nan, 0), "`dx` must be finite. Received: nan"),
        (lambda x: translate(x, 0, np.nan), "`dy` must be finite. Received: nan"),
        (lambda x: translate(5 * x, 0, 0, fill=np.nan), "`fill` must be finite. Received: nan"),
        (lambda x: scale(x, 0), "`factor` must be above 0. Received: 0"),
        (lambda x: scale(x, -1.5), "`factor` must be above 0. Received: -1.5"),
        (lambda x: scale(x, 2, mode="same"), "`mode` must be one of .*Received: 'same'"),
        (lambda x: salt_and_pepper(x, 1.1, rng=generator()), "`fraction` must be .*Received: 1.1"),
        (lambda x: salt_and_pepper(x, 5, rng=generator()), "`fraction` must be from 0 to 1. Rec"),
        (lambda x: salt_and_pepper(x, -0.1, rng=generator()), "`fraction` must .*Received: -0.1"),
        (
            lambda x: salt_and_pepper(2 * x, 0.1, rng=generator()),
            "`image` must be uint8, or floats from 0 to 1.*Received: float64 from 0.* to 1.9",
        ),
        (
            lambda x: gaussian_noise(np.full((2, 2), 200), 9, rng=generator()),
            "`image` must be uint8.*Received: int64 from 200 to 200",
        ),
        (lambda x: gaussian_noise(x - 1, 0.1, rng=generator()), "`image` must be uint8"),
        (lambda x: gaussian_noise(x, -1, rng=generator()), "`std` must be at least 0. Received"),
        (lambda x: random_crop(x, 0, rng=generator()), "`size` must be at least 1. Received: 0"),
        (
            lambda x: random_crop(x, (2, 7), rng=generator()),
            r"`size` must not be larger .*Received: \(2, 7\) on \(5, 6\)",
        ),
        (
            lambda x: random_crop(x, (6, 2), rng=generator()),
            r"`size` must not be larger .*Received: \(6, 2\) on \(5, 6\)",
        ),
        (lambda x: cutout(x, 0, rng=generator()), "`side` must be at least 1. Received: 0"),
        (lambda x: cutout(x, -2, rng=generator()), "`side` must be at least 1. Received: -2"),
        (lambda x: cutout(x, 2, rng=generator(), fill=7), "`fill` must be from 0 to 1. Rec"),
    ],
)
def test_numbers_out_of_range_are_refused(call, message):
    with pytest.raises(ValueError, match=message):
        call(picture(5, 6))


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda x: flip(x, 1), "`direction` must be one of .*Received: 1"),
        (lambda x: translate(x, 1, 0, mode=None), "`mode` must be one of .*Received: None"),
        (lambda x: rotate(x, "90"), "`degrees` must be a number. Received: '90'"),
        (lambda x: rotate(x, 9, fill=(0, 0, 0)), r"`fill` must be a number. Received: \(0, 0, 0\)"),
        (lambda x: translate(x, [1], 0), r"`dx` must be a number. Received: \[1\]"),
        (lambda x: translate(x, 1, True), "`dy` must be a number. Received: True"),
        (lambda x: scale(x, None), "`factor` must be a number. Received: None"),
        (lambda x: salt_and_pepper(x, "5 %", rng=generator()), "`fraction` must be a number"),
        (lambda x: gaussian_noise(x, 1j, rng=generator()), "`std` must be a number"),
        (lambda x: random_crop(x, 2.5, rng=generator()), "`size` must be a whole number or a pair"),
        (lambda x: cutout(x, 1.5, rng=generator()), "`side` must be a whole number. Received: 1.5"),
        (lambda x: cutout(x, 2, rng=generator(), fill="mean"), "`fill` must be a number"),
    ],
)
def test_what_is_no_number_is_refused(call, message):
    with pytest.raises(TypeError, match=message):
        call(picture(5, 6))


@each_random
@pytest.mark.parametrize("rng", [None, 0, np.random, generator])
def test_only_a_generator_will_do(augment, rng):
    with pytest.raises(TypeError, match="`rng` must be a numpy.random.Generator.*Received: "):
        augment(picture(5, 6), rng)


@pytest.mark.parametrize(
    ("images", "targets", "options", "message"),
    [
        (np.ones((4, 4)), np.eye(4), {}, r"`images` must have shape \(n, h, w, c\).*\(4, 4\)"),
        (np.ones((2, 3, 3, 1)), [0, 1], {}, r"`targets` must have shape \(n, k\).*\(2,\)"),
        (
            np.ones((2, 3, 3, 1)),
            np.eye(3),
            {},
            r"`targets` must have shape \(2, 3\), a row for each",
        ),
        (np.ones((2, 3, 3, 1)), np.ones((1, 3)), {}, r"`targets` must have shape \(2, 3\), a row"),
        (np.ones((2, 3, 3, 1)), np.eye(2), {"alpha": 0}, "`alpha` must be above 0. Received: 0"),
    ],
)
def test_mixup_refuses(images, targets, options, message):
    with pytest.raises(ValueError, match=message):
        mixup(images, targets, rng=generator(), **options)


def test_mixup_refuses_what_is_of_no_use():
    with pytest.raises(TypeError, match="`rng` must be a numpy.random.Generator"):
        mixup(np.ones((2, 3, 3, 1)), np.eye(2), rng=7)
    with pytest.raises(TypeError, match="`alpha` must be a number. Received: 'x'"):
        mixup(np.ones((2, 3, 3, 1)), np.eye(2), alpha="x", rng=generator())
    with pytest.raises(TypeError, match="`targets` must hold real numbers"):
        mixup(np.ones((2, 3, 3, 1)), [["a"], ["b"]], rng=generator())


@pytest.mark.parametrize("noise", [-0.1, 1.1])
def test_the_noise_of_transform_is_a_fraction(noise):
    with pytest.raises(ValueError, match="`noise` must be from 0 to 1"):
        augmentation.transform(PHOTO, noise=noise)


def test_transform_asks_what_white_is_only_for_noise():
    wide = np.array([[0, 300], [-5, 7]])
    np.testing.assert_array_equal(augmentation.transform(wide, flip=True), wide[:, ::-1])
    with pytest.raises(ValueError, match="`image` must be uint8"):
        augmentation.transform(wide, noise=0.1)
