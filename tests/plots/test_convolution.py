"""Windows stand where they should, and the sums are those of the convolution."""

import numpy as np
import pytest

from dl_course import plots

IMAGE = np.array(
    [[0, 1, 0, 1, 1], [1, 1, 0, 1, 0], [1, 0, 1, 0, 1], [1, 1, 0, 1, 0], [0, 0, 1, 1, 0]]
)
CROSS = np.array([[1, 0, 1], [0, 1, 0], [1, 0, 1]])


def test_convolution_strip_writes_products_and_the_sums_so_far(written):
    axes = plots.convolution_strip(IMAGE, CROSS, [0, 1, 8])
    assert axes.shape == (3, 4)
    assert written(axes[0, 2]) == list("000010101")
    assert written(axes[1, 3]) == ["3", "2"]
    assert written(axes[2, 3]) == list("324250414")
    assert axes[1, 3].get_title() == "sum 2"
    window = axes[1, 0].patches[-1]
    assert (window.get_xy(), window.get_width()) == ((0.5, -0.5), 3)


def test_convolution_strip_with_stride_and_padding():
    axes = plots.convolution_strip(IMAGE, CROSS, [1], stride=2, padding=1)
    assert axes[0, 0].images[0].get_array().shape == (7, 7)
    assert axes[0, 0].patches[-1].get_xy() == (1.5, -0.5)


@pytest.mark.parametrize("steps", [[9], [-1]])
def test_convolution_strip_refuses_positions_that_are_not_there(steps):
    with pytest.raises(ValueError, match="`steps` must be from 0 to 8. Received: "):
        plots.convolution_strip(IMAGE, CROSS, steps)


@pytest.mark.parametrize(
    ("size", "kernel", "padding", "stride", "starts"),
    [
        (7, 3, 0, 1, [0, 1, 2, 3, 4]),
        (7, 3, 1, 3, [-1, 2, 5]),
        (8, 3, "valid", 2, [0, 2, 4]),
        (8, 3, "same", 2, [0, 2, 4, 6]),  # one zero, at the end
        (7, 3, "same", 2, [-1, 1, 3, 5]),
    ],
)
def test_sliding_windows_stand_where_keras_puts_them(size, kernel, padding, stride, starts):
    ax = plots.sliding_windows(size, kernel, padding=padding, stride=stride)
    assert [round(line.get_xdata()[0] - 0.1) for line in ax.lines] == starts
    assert ax.get_title() == f"{size} pixels → {len(starts)} outputs"


def test_receptive_fields_are_as_large_as_they_say():
    ax = plots.receptive_fields(np.zeros((64, 64)), {"conv": 5, "pool": 6})
    assert [patch.get_width() for patch in ax.patches] == [5, 6]
    labels = [text.get_text() for text in ax.get_legend().get_texts()]
    assert labels == ["conv: 5 × 5", "pool: 6 × 6"]
