"""Windows stand where they should, and the sums are those of the convolution."""

import numpy as np
import pytest

from dl_course import convolution, plots

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


def frames(ax):
    """Corner and width of what is outlined."""
    outlined = [patch for patch in ax.patches if not patch.get_fill()]
    return [(*np.round(patch.get_xy(), 2), round(patch.get_width(), 2)) for patch in outlined]


def test_padding_is_drawn_on_white_around_the_image(written):
    left, right = plots.padding_and_stride(IMAGE, CROSS, padding=1)
    white = [patch.get_xy() for patch in left.patches if patch.get_fill()]
    assert len(white) == 7 * 7 - 5 * 5
    assert (-0.5, -0.5) in white
    assert (0.5, 0.5) not in white
    assert written(right) == list("1221223241325031414111311")
    assert (left.get_title(), right.get_title("left")) == (
        "5 × 5, padding 1, stride 1",
        "output 5 × 5",
    )
    assert right.get_xlim()[1] == left.get_xlim()[1]  # cells of one size


def test_windows_of_a_stride_stand_two_pixels_apart(written):
    left, right = plots.padding_and_stride(IMAGE, CROSS, stride=2, steps=range(4))
    assert written(right) == list("3444")
    assert frames(left)[0] == (-0.5, -0.5, 3)
    assert frames(left)[3] == (1.71, 1.71, 2.58)  # inset a little
    assert [(round(x), round(y)) for x, y, _ in frames(right)] == [(0, 0), (1, 0), (0, 1), (1, 1)]
    starts = [arrow.xyann for arrow in left.texts if arrow.get_text() == ""]
    assert starts == [(1, -0.85), (-0.85, 1)]


def test_padding_and_stride_draws_into_axes_and_counts_from_the_end():
    axes = plots.panels(1, 2)
    left, _ = plots.padding_and_stride(IMAGE, CROSS, steps=[-1], axes=axes)
    assert left is axes[0]
    assert frames(left) == [(1.5, 1.5, 3)]


@pytest.mark.parametrize("steps", [[9], [-10], range(7)])
def test_padding_and_stride_refuses_positions_that_are_not_there(steps):
    with pytest.raises(ValueError, match="steps.* must be .*Received: "):
        plots.padding_and_stride(IMAGE, CROSS, steps=steps)


def test_channel_sum_adds_up_what_the_channels_give(written):
    image, kernel = np.dstack([IMAGE, 10 * IMAGE]), np.dstack([CROSS, -CROSS])
    axes = plots.channel_sum(image, kernel)
    assert axes.shape == (2, 4)
    assert written(axes[0, 2]) == list("324250414")
    assert written(axes[1, 2])[:2] == ["-30", "-20"]
    assert written(axes[0, 3])[:2] == ["-27", "-18"]
    assert axes[0, 0].images[0].get_clim() == axes[1, 0].images[0].get_clim() == (-10, 10)
    with pytest.raises(ValueError, match="as many channels as `image`"):
        plots.channel_sum(image, CROSS[..., None])


@pytest.mark.parametrize(
    ("name", "title", "numbers"),
    [
        ("box", "box, ÷ 9", [1] * 9),
        ("weighted mean", "weighted mean, ÷ 8", [0, 1, 0, 1, 4, 1, 0, 1, 0]),
        ("gaussian", "gaussian, ÷ 16", [1, 2, 1, 2, 4, 2, 1, 2, 1]),
        ("outline", "outline", [-1, -1, -1, -1, 8, -1, -1, -1, -1]),
    ],
)
def test_a_kernel_is_written_in_whole_numbers(written, name, title, numbers):
    ax = plots.kernel_table(convolution.KERNELS[name], name=name)
    assert ax.get_title() == title
    assert written(ax) == [str(number) for number in numbers]
    assert ax.images[0].get_clim() == (-5, 5)


def test_a_kernel_without_a_divisor_is_refused():
    with pytest.raises(ValueError, match="whole numbers over a divisor"):
        plots.kernel_table([[np.pi]])


@pytest.mark.parametrize(("name", "limits"), [("box", (0, 1)), ("outline", (-2, 2))])
def test_responses_of_a_sort_share_a_scale(name, limits):
    ax = plots.response(IMAGE, convolution.KERNELS[name], limit=2)
    assert ax.images[0].get_clim() == limits
    assert ax.images[0].get_array().shape == (3, 3)
