"""Sliders that change a picture: what is shown is what `augmentation.transform` returns."""

import base64
import io
import re

import numpy as np
import pytest
from PIL import Image

from dl_course import augmentation, widgets

PHOTO = np.random.default_rng(1).random((8, 6, 3)).astype(np.float32)


def shown(explorer):
    """What the picture of an explorer holds: pixels, alternative text, and the line of code."""
    html = explorer.children[1].value
    code, alt = re.search(r'base64,([^"]+)" alt="([^"]+)"', html).groups()
    line = re.search(r"<code>(.+)</code>", html)[1]
    return np.asarray(Image.open(io.BytesIO(base64.b64decode(code)))), alt, line


def controls(explorer):
    return {control.description: control for control in explorer.children[0].children}


def test_the_explorer_begins_with_the_picture_as_it_is():
    pixels, alt, line = shown(widgets.augmentation_explorer(PHOTO))
    np.testing.assert_array_equal(pixels, np.rint(255 * PHOTO))
    assert (alt, line) == ("The picture: unchanged", "unchanged")


def test_every_control_changes_the_picture_at_once():
    explorer = widgets.augmentation_explorer(PHOTO)
    values = {
        "flip left and right": True,
        "scale": 0.8,
        "rotate, degrees": 45,
        "shift x, pixels": 2,
        "shift y": -1,
        "border": "wrap",
        "noise": 0.2,
    }
    assert set(controls(explorer)) == set(values)
    before, _, _ = shown(explorer)
    for name, value in values.items():
        controls(explorer)[name].value = value
        now, alt, line = shown(explorer)
        assert np.any(now != before), name
        before = now
    expected = augmentation.transform(
        PHOTO, flip=True, factor=0.8, degrees=45, dx=2, dy=-1, mode="wrap", noise=0.2
    )
    np.testing.assert_array_equal(now, np.rint(255 * expected))
    calls = "scale(0.8, mode='wrap') → rotate(45, mode='wrap') → translate(2, -1, mode='wrap')"
    assert line == f"flip() → {calls} → salt_and_pepper(0.2)"
    assert alt == f"The picture: {line}"


def test_sliders_reach_as_far_as_half_the_picture():
    sliders = controls(widgets.augmentation_explorer(np.zeros((7, 20))))
    assert (sliders["shift x, pixels"].min, sliders["shift x, pixels"].max) == (-10, 10)
    assert (sliders["shift y"].min, sliders["shift y"].max) == (-3, 3)


@pytest.mark.parametrize("shape", [(8, 6), (8, 6, 1), (8, 6, 3)])
@pytest.mark.parametrize("dtype", [np.uint8, np.float64])
def test_the_explorer_takes_grey_and_colour(shape, dtype):
    image = (np.arange(np.prod(shape)).reshape(shape) % 2).astype(dtype)
    pixels, _, _ = shown(widgets.augmentation_explorer(image, width=90))
    white = 255 if dtype == np.float64 else 1
    np.testing.assert_array_equal(pixels, (white * image).squeeze())


@pytest.mark.parametrize(
    ("image", "error", "message"),
    [
        (np.zeros((2, 8, 6, 3)), ValueError, r"`image` must .* Received: \(2, 8, 6, 3\)"),
        (np.zeros((8, 6, 4)), ValueError, r"`image` must .* Received: \(8, 6, 4\)"),
        (np.zeros(8), ValueError, r"`image` must .* Received: \(8,\)"),
        (np.full((8, 6), 2.0), ValueError, "black and white are known"),
        (np.full((8, 6), "a"), TypeError, "`image` must"),
    ],
)
def test_no_picture_to_explore(image, error, message):
    with pytest.raises(error, match=message):
        widgets.augmentation_explorer(image)


def test_every_border_of_the_list_is_one_that_transform_knows():
    explorer = widgets.augmentation_explorer(PHOTO)
    controls(explorer)["shift x, pixels"].value = 3
    pictures = []
    for border in controls(explorer)["border"].options:
        controls(explorer)["border"].value = border
        pictures.append(shown(explorer)[0].tobytes())
    assert len(set(pictures)) == len(pictures) == 4


def test_saved_output_does_not_hold_the_picture(saved):
    """A notebook's test compares the text beside the widget: the same for any picture."""
    explorer = widgets.augmentation_explorer(PHOTO)
    assert "base64" in explorer.children[1].value
    assert "base64" not in str(saved(explorer))
    other = saved(widgets.augmentation_explorer(1 - PHOTO))
    assert saved(explorer)["text/plain"] == other["text/plain"]
