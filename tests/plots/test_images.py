"""Images hold the pixels, titles and numbers they were given."""

import numpy as np
import pytest
from matplotlib.colors import to_rgb
from matplotlib.offsetbox import AnnotationBbox

from dl_course import plots


@pytest.mark.parametrize("shape", [(5, 8, 8), (5, 8, 8, 1), (5, 8, 8, 3)])
def test_image_grid(shape):
    images = np.random.default_rng(0).random(shape)
    axes = plots.image_grid(images, titles="abcde", columns=2)
    assert [ax.get_title() for ax in axes] == list("abcde")
    for ax, image in zip(axes, images, strict=True):
        np.testing.assert_array_equal(ax.images[0].get_array(), image.squeeze())
    if shape[3:] != (3,):  # one scale for all, so that images can be compared
        assert {ax.images[0].get_clim() for ax in axes} == {(images.min(), images.max())}


@pytest.mark.parametrize("dtype", ["uint8", "int64"])
def test_image_grid_draws_whole_numbers_as_colours_up_to_255(dtype):
    images = np.random.default_rng(0).integers(0, 256, (2, 4, 4, 3)).astype(dtype)
    for ax, image in zip(plots.image_grid(images), images, strict=True):
        drawn = ax.images[0].get_array()
        assert drawn.dtype == "uint8"
        np.testing.assert_array_equal(drawn, image)


@pytest.mark.parametrize("shape", [(8, 8), (0, 8, 8), (2, 8, 8, 4), (2, 2, 2, 2, 2)])
def test_image_grid_refuses_other_shapes(shape):
    with pytest.raises(ValueError, match="`images` must have shape .*Received: "):
        plots.image_grid(np.zeros(shape))


def test_image_grid_says_where_an_image_is_not_finite():
    images = np.zeros((2, 4, 4))
    images[1, 2, 3] = np.nan
    with pytest.raises(ValueError, match=r"`images` must be finite. Received: nan at \(1, 2, 3\)"):
        plots.image_grid(images)


def test_image_grid_refuses_too_few_titles():
    with pytest.raises(ValueError, match="`titles` must be as many as the images, 2. Received: 1"):
        plots.image_grid(np.zeros((2, 4, 4)), titles=["one"])


def test_image_as_numbers_writes_each_number_where_it_stands():
    image = np.array([[0, 16, 3], [7, 8, 9]])
    ax = plots.image_as_numbers(image)
    written = {(t.get_position()[1], t.get_position()[0]): t.get_text() for t in ax.texts}
    assert written == {place: str(value) for place, value in np.ndenumerate(image)}
    colour = {text.get_text(): text.get_color() for text in ax.texts}
    assert colour["0"] == "white"  # readable on black
    assert colour["16"] == "black"


def test_image_as_numbers_decimals():
    assert plots.image_as_numbers([[0.25, 1.0]]).texts[0].get_text() == "0.2"
    assert plots.image_as_numbers([[0.25, 1.0]], decimals=2).texts[0].get_text() == "0.25"


def test_image_as_numbers_leaves_nan_empty_and_has_no_negative_zero(written):
    ax = plots.image_as_numbers([[np.nan, -0.01, 2.5]], limits=(-3, 3))
    assert written(ax) == ["0.0", "2.5"]
    assert ax.images[0].get_clim() == (-3, 3)


@pytest.mark.parametrize("shape", [(3,), (2, 2, 3), (33, 5), (0, 4)])
def test_image_as_numbers_refuses_what_nobody_can_read(shape):
    with pytest.raises(ValueError, match="`image` must have shape .*Received: "):
        plots.image_as_numbers(np.zeros(shape))


def test_feature_stack_shows_every_map():
    maps = np.random.default_rng(0).random((6, 8, 10))
    ax = plots.feature_stack(maps)
    assert len(ax.images) == 10
    np.testing.assert_array_equal(ax.images[-1].get_array(), maps[:, :, 0])  # the first is in front


@pytest.mark.parametrize("shape", [(6, 8), (1, 6, 8, 3)])
def test_feature_stack_refuses_other_shapes(shape):
    with pytest.raises(ValueError, match=r"`maps` must have shape \(h, w, c\).*Received: "):
        plots.feature_stack(np.zeros(shape))


@pytest.mark.parametrize("shape", [(3, 6, 8), (3, 6, 8, 1), (3, 6, 8, 3)])
def test_thumbnails_lie_at_their_points(shape):
    images = np.random.default_rng(0).random(shape)
    places = [[0, 0], [10, 5], [-4, 2]]
    ax = plots.thumbnail_map(places, images, labels=[0, 2, 0], size=0.5)
    boxes = [child for child in ax.get_children() if isinstance(child, AnnotationBbox)]
    assert [list(box.xy) for box in boxes] == places
    for box, image in zip(boxes, images, strict=True):
        np.testing.assert_array_equal(box.offsetbox.get_data(), image.squeeze())
        assert box.offsetbox.get_zoom() * 8 == pytest.approx(36)  # points: half an inch
    frames = [box.patch.get_edgecolor()[:3] for box in boxes]
    assert frames == [to_rgb(plots.COLORS[n]) for n in (0, 2, 0)]
    ax.figure.canvas.draw()
    (left, right), (low, high) = ax.get_xlim(), ax.get_ylim()
    assert left < -4 < 10 < right
    assert low < 0 < 5 < high


def test_thumbnails_share_their_greys():
    ax = plots.thumbnail_map([[0, 0], [1, 1]], np.array([np.zeros((4, 4)), np.full((4, 4), 7.0)]))
    boxes = [child for child in ax.get_children() if isinstance(child, AnnotationBbox)]
    assert [box.offsetbox.image.get_clim() for box in boxes] == [(0, 7), (0, 7)]


@pytest.mark.parametrize(
    ("points", "images", "labels", "message"),
    [
        (np.zeros((2, 2)), np.zeros((3, 4, 4)), None, r"`points` .*\(3, 2\),.* Received: \(2, 2\)"),
        (np.zeros((3, 3)), np.zeros((3, 4, 4)), None, r"`points` .*Received: \(3, 3\)"),
        (np.zeros((3, 2)), np.zeros((3, 4, 4)), [0, 1], r"`labels` .*\(3,\). Received: \(2,\)"),
        (np.zeros((0, 2)), np.zeros((0, 4, 4)), None, r"`images` .*Received: \(0, 4, 4\)"),
        (np.zeros((3, 2)), np.zeros((3, 4, 4, 2)), None, r"`images` .*Received: \(3, 4, 4, 2\)"),
    ],
)
def test_a_thumbnail_map_refuses_what_does_not_fit(points, images, labels, message):
    with pytest.raises(ValueError, match=message):
        plots.thumbnail_map(points, images, labels=labels)
