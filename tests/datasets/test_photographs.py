"""Photographs of scikit-image, whole and in patches, without a network."""

import numpy as np
import pytest

from dl_course import datasets


@pytest.mark.parametrize("name", datasets.photograph_names())
def test_every_photograph_comes_without_a_network(name, no_network):
    data = datasets.load_photograph(name)
    assert data.images.dtype == np.float32
    assert data.images.ndim == 4
    assert data.image.shape[-1] == 3
    assert data.class_names == (name,)
    assert data.labels.tolist() == [0]
    assert data.image.std() > 0.01


def test_photograph_is_scikit_images():
    from skimage import color, data

    cat = datasets.load_photograph("cat").image
    np.testing.assert_allclose(cat, data.cat() / 255, atol=1e-6)
    grey = datasets.load_photograph("cat", grey=True).image
    assert grey.shape == (300, 451, 1)
    np.testing.assert_allclose(grey[..., 0], color.rgb2gray(data.cat()), atol=1e-6)
    camera = datasets.load_photograph("camera", grey=True).image[..., 0]
    np.testing.assert_allclose(camera, data.camera() / 255, atol=1e-6)


def test_photograph_sizes():
    assert datasets.load_photograph("cat", size=64).images.shape == (1, 64, 64, 3)
    assert datasets.load_photograph("cat", grey=True, size=(30, 40)).images.shape == (1, 30, 40, 1)
    assert datasets.load_photograph("page", size=(400, 400)).images.shape == (1, 400, 400, 3)
    for bad in ((0, 5), 0):
        with pytest.raises(ValueError, match="`size` must be at least 1. Received"):
            datasets.load_photograph("cat", size=bad)
    for bad in ("big", (1, 2, 3), (1.5, 2)):
        with pytest.raises(TypeError, match="`size` must .*whole number.*Received"):
            datasets.load_photograph("cat", size=bad)


def test_unknown_photograph_lists_the_known():
    with pytest.raises(ValueError, match="^`name` must be one of 'astronaut', .*'cat', .*'eagle'$"):
        datasets.load_photograph("eagle")


# --- Patches of photographs ---------------------------------------------------------------------


def place_of(patch, photograph):
    """The corner (row, column) of the one square of a photograph's grid that is this patch."""
    size = len(patch)
    rows, columns = photograph.shape[0] // size, photograph.shape[1] // size
    corners = [(row * size, column * size) for row in range(rows) for column in range(columns)]
    (found,) = (
        (row, column)
        for row, column in corners
        if np.array_equal(photograph[row : row + size, column : column + size], patch)
    )
    return found


def test_patches_lie_beside_each_other(no_network):
    data = datasets.load_patches(("cat", "coffee"), per_class=6, size=100)
    assert data.images.shape == (12, 100, 100, 3)
    assert data.images.dtype == np.float32
    assert data.class_names == ("cat", "coffee")
    assert data.labels.tolist() == [0] * 6 + [1] * 6
    assert not data.is_stand_in
    assert data.source == "patches of scikit-image's pictures, 100 × 100 pixels"
    for label, name in enumerate(data.class_names):
        photograph = datasets.load_photograph(name).image
        places = [place_of(patch, photograph) for patch in data.images[data.labels == label]]
        assert len(set(places)) == 6  # on a grid of squares, others cannot overlap


def test_patches_without_arguments():
    data = datasets.load_patches()
    assert repr(data).startswith("Dataset(60 images of 96 × 96 × 3, 3 classes; patches of")
    assert data.class_names == ("brick", "grass", "gravel")
    np.testing.assert_array_equal(data.images[..., 0], data.images[..., 2])  # grey
    np.testing.assert_array_equal(datasets.load_patches().images, data.images)
    other = datasets.load_patches(seed=1)
    assert not np.array_equal(other.images, data.images)


def test_all_patches_together_are_the_photograph():
    data = datasets.load_patches(["brick"], per_class=16, size=128)
    rows = [np.concatenate(data.images[row : row + 4], axis=1) for row in range(0, 16, 4)]
    np.testing.assert_array_equal(np.concatenate(rows), datasets.load_photograph("brick").image)


def test_patches_can_be_stretched():
    plain = datasets.load_patches(per_class=2)
    large = datasets.load_patches(per_class=2, image_size=(120, 224))
    assert large.images.shape == (6, 120, 224, 3)
    assert large.images.dtype == np.float32
    np.testing.assert_allclose(large.images.mean((1, 2)), plain.images.mean((1, 2)), atol=0.02)
    same = datasets.load_patches(per_class=2, image_size=96)
    np.testing.assert_array_equal(same.images, plain.images)


@pytest.mark.parametrize("name", datasets.photograph_names())
def test_every_photograph_gives_patches(name):
    assert datasets.load_patches((name,), per_class=4, size=64).images.shape == (4, 64, 64, 3)


@pytest.mark.parametrize(
    ("options", "error", "words"),
    [
        ({"per_class": 26}, ValueError, r"at most 25, .* 96 × 96 .*'brick'.*Received: 26$"),
        ({"size": 513}, ValueError, "at most 0, .*Received: 20$"),
        ({"names": ("brick", "cat"), "per_class": 13}, ValueError, "at most 12, .*'cat'"),
        (
            {"names": ("brick", "eagle")},
            ValueError,
            "`names` must be one of 'astr.*Received: 'eagle'$",
        ),
        ({"names": ("brick", "brick")}, ValueError, "none of them twice. Received: .'brick'"),
        ({"names": ()}, ValueError, r"at least one name.*Received: \(\)$"),
        ({"names": "brick"}, TypeError, "`names` must be a tuple or list .*Received: 'brick'$"),
        ({"names": None}, TypeError, "`names` must be .*Received: None$"),
        ({"names": (1,)}, TypeError, "`names` must be one of .*Received: 1$"),
        ({"per_class": 0}, ValueError, "`per_class` must be at least 1. Received: 0$"),
        ({"per_class": 2.0}, TypeError, "`per_class` must be a whole number"),
        ({"size": 0}, ValueError, "`size` must be at least 1"),
        ({"size": (96, 96)}, TypeError, "`size` must be a whole number"),
        ({"image_size": 0}, ValueError, "`image_size` must be at least 1"),
        ({"image_size": "big"}, TypeError, "`image_size` must be .*Received: 'big'$"),
        ({"seed": -1}, ValueError, "`seed` must be at least 0"),
    ],
)
def test_bad_patches_are_refused(options, error, words):
    with pytest.raises(error, match=words):
        datasets.load_patches(**options)
