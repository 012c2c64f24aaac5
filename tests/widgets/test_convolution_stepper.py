"""The stepping window: every position shows what `correlate` computes there."""

import re

import numpy as np
import pytest

from dl_course import convolution, widgets

IMAGE = np.array(
    [[0, 1, 0, 1, 1], [1, 1, 0, 1, 0], [1, 0, 1, 0, 1], [1, 1, 0, 1, 0], [0, 0, 1, 1, 0]]
)
CROSS = np.array([[1, 0, 1], [0, 1, 0], [1, 0, 1]])


def sum_in(html):
    return float(re.search(r"= <b>(-?[\d.]+)</b>", html)[1])


@pytest.mark.parametrize(("stride", "padding"), [(1, 0), (2, 0), (1, 1), (2, 1)])
def test_every_step_shows_the_sum_that_correlate_computes(stride, padding):
    expected = convolution.correlate(IMAGE, CROSS, stride=stride, padding=padding).ravel()
    for step, value in enumerate(expected):
        html = widgets.step_html(IMAGE, CROSS, step, stride=stride, padding=padding)
        assert sum_in(html) == value


def test_a_step_marks_the_window_and_hides_what_is_to_come():
    html = widgets.step_html(IMAGE, CROSS, 1)
    assert "1·1 + 0·0 + 1·1" in html
    marked = re.findall(r"background:#fbe0c8[^>]*>([^<]*)<", html)
    assert len(marked) == 9 + 9 + 1  # the window, the kernel, the new output
    assert html.count("></td>") == 7  # outputs not yet computed


@pytest.mark.parametrize("step", [-1, 9])
def test_a_step_that_does_not_exist(step):
    with pytest.raises(ValueError, match=rf"`step` must be from 0 to 8. Received: {step}"):
        widgets.step_html(IMAGE, CROSS, step)


def test_moving_the_slider_moves_the_window():
    box = widgets.convolution_stepper(IMAGE, CROSS)
    controls, picture = box.children
    play, slider, speed = controls.children
    assert sum_in(picture.value) == 3
    assert slider.max == play.max == 8
    slider.value = 4
    assert sum_in(picture.value) == 5
    speed.value = 250
    assert play.interval == 250


def test_a_position_is_counted_in_whole_numbers():
    with pytest.raises(TypeError, match="`step` must be a whole number. Received: 1.0"):
        widgets.step_html(IMAGE, CROSS, 1.0)


def test_saved_output_is_text_that_stays_the_same(saved):
    outputs = [saved(widgets.convolution_stepper(image, CROSS)) for image in (IMAGE, 1 - IMAGE)]
    assert outputs[0]["text/plain"] == outputs[1]["text/plain"]
    assert "<td" not in str(outputs[0])
