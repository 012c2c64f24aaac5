"""`dl_course.windows` against sizes worked by hand, and against the windows that NumPy slides."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dl_course import windows

sizes, steps = st.integers(1, 12), st.integers(1, 5)


@pytest.mark.parametrize(
    ("size", "kernel", "padding", "stride", "expected"),
    [
        (5, 3, 0, 1, 3),  # the worked example of the lecture
        (9, 3, 0, 1, 7),
        (5, 3, 1, 1, 5),
        (5, 3, 0, 2, 2),
        (6, 3, 0, 2, 2),  # does not divide: the last column is not seen
        (28, 5, "same", 1, 28),
        (28, 2, "same", 2, 14),
        (7, 2, "same", 2, 4),
        (7, 2, "valid", 2, 3),
        (4, 4, (1, 2), 1, 4),
        (227, 11, 0, 4, 55),  # the first layer of AlexNet
    ],
)
def test_output_size_by_hand(size, kernel, padding, stride, expected):
    assert windows.output_size(size, kernel, padding=padding, stride=stride) == expected


@given(size=sizes, kernel=sizes, stride=steps, padding=st.tuples(st.integers(0, 3), steps))
def test_output_size_counts_the_positions(size, kernel, stride, padding):
    starts = range(0, size + sum(padding) - kernel + 1, stride)
    if not starts:
        with pytest.raises(ValueError, match="`kernel` must not be larger than the padded input"):
            windows.output_size(size, kernel, padding=padding, stride=stride)
    else:
        found = windows.output_size(size, kernel, padding=padding, stride=stride)
        assert found == len(starts)


@given(size=sizes, kernel=sizes, stride=steps)
def test_same_padding_gives_the_size_over_the_stride_and_the_odd_one_last(size, kernel, stride):
    before, after = windows.padding_amounts(size, kernel, padding="same", stride=stride)
    assert after - before in (0, 1)
    found = windows.output_size(size, kernel, padding="same", stride=stride)
    assert found == -(-size // stride)


def test_padding_amounts_by_hand():
    assert windows.padding_amounts(5, 3, padding="same") == (1, 1)
    assert windows.padding_amounts(5, 2, padding="same") == (0, 1)
    assert windows.padding_amounts(5, 2, padding="same", stride=2) == (0, 1)
    assert windows.padding_amounts(4, 3, padding="same", stride=2) == (0, 1)
    assert windows.padding_amounts(4, 1, padding="same", stride=3) == (0, 0)
    assert windows.padding_amounts(5, 3, padding="valid") == (0, 0)
    assert windows.padding_amounts(5, 3, padding=np.int32(2)) == (2, 2)


def test_kernel_places_show_each_element_of_every_window():
    image = np.arange(35).reshape(5, 7)
    found = windows.find_windows(image.shape, (2, 3), stride=(2, 3))
    assert found == windows.Windows((2, 3), (2, 3), ((0, 0), (0, 0)), (2, 2))
    expected = np.lib.stride_tricks.sliding_window_view(image, (2, 3))[::2, ::3]
    for (i, j), rows, columns in windows.kernel_places(found):
        np.testing.assert_array_equal(image[rows, columns], expected[:, :, i, j])


def test_crop_undoes_pad_edges():
    x = np.arange(24.0).reshape(2, 3, 2, 2)
    sides = ((1, 0), (2, 3))
    assert windows.pad_edges(x, sides).shape == (2, 4, 7, 2)
    np.testing.assert_array_equal(windows.crop(windows.pad_edges(x, sides), sides), x)
    assert windows.pad_edges(x, ((0, 0), (0, 0))) is x
    assert windows.pad_edges(x[0, :, :, 0], sides, 7).tolist()[0] == [7] * 7


def test_as_sides_and_as_pair():
    assert windows.as_sides("padding", 2) == ((2, 2), (2, 2))
    assert windows.as_sides("padding", [[1, 2], (3, 4)]) == ((1, 2), (3, 4))
    assert windows.as_pair("stride", np.int64(2)) == (2, 2)
    assert windows.as_pair("stride", [1, 3]) == (1, 3)


# Bad input ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("bad", [0, -1, 2.0, "3", None, True + 0.5])
@pytest.mark.parametrize("name", ["size", "kernel", "stride"])
def test_output_size_refuses_bad_numbers(name, bad):
    arguments = {"size": 5, "kernel": 3, "stride": 1} | {name: bad}
    with pytest.raises(ValueError, match=f"`{name}` must be a positive whole number. Received: "):
        windows.output_size(**arguments)


@pytest.mark.parametrize("bad", ["full", None, 1.5, (1,), (1, 2, 3), {"before": 1}])
def test_output_size_refuses_unknown_padding(bad):
    with pytest.raises(ValueError, match='`padding` must be "valid", "same", .*Received: '):
        windows.output_size(5, 3, padding=bad)


@pytest.mark.parametrize("bad", [-1, (0, -1), (1.0, 1), ("1", 1)])
def test_output_size_refuses_bad_amounts(bad):
    with pytest.raises(ValueError, match="`padding` must be whole numbers, none .*Received: "):
        windows.output_size(5, 3, padding=bad)


def test_output_size_refuses_a_kernel_larger_than_the_input():
    message = r"Received: kernel 6, input 3, padding 1 \+ 1"
    with pytest.raises(ValueError, match=message):
        windows.output_size(3, 6, padding=1)


@pytest.mark.parametrize("bad", [0, -2, 1.5, (1, 0), (1, 2, 3), "2", None])
def test_find_windows_refuses_a_bad_stride(bad):
    message = "`stride` must be a positive whole number or a pair of them. Received: "
    with pytest.raises(ValueError, match=message):
        windows.find_windows((5, 5), (3, 3), stride=bad)


@pytest.mark.parametrize("bad", ["full", (1, 2), ((1, 2), 3), 1.5, None, -1, ((0, -1), (0, 0))])
def test_find_windows_refuses_bad_padding(bad):
    with pytest.raises(ValueError, match="`padding` must be .*Received: "):
        windows.find_windows((5, 5), (3, 3), padding=bad)


@pytest.mark.parametrize("bad", [[], np.zeros((0, 3)), 1.0, np.zeros(3), np.zeros((1, 2, 3))])
def test_check_array_refuses_empty_and_wrong_rank(bad):
    message = r"`image` must have shape \(h, w\), none of them 0. Received: "
    with pytest.raises(ValueError, match=message):
        windows.check_array("image", bad, "h, w")


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
def test_check_array_says_where_it_is_not_finite(bad):
    image = np.zeros((2, 3))
    image[1, 2] = bad
    with pytest.raises(ValueError, match=rf"`image` must be finite. Received: {bad} at \(1, 2\)"):
        windows.check_array("image", image, "h, w")


def test_check_array_refuses_words_and_ragged_rows():
    with pytest.raises(TypeError, match="`image` must hold real numbers. Received: <U1"):
        windows.check_array("image", [["a"]], "h, w")
    with pytest.raises(TypeError, match="`image` must hold real numbers. Received: complex128"):
        windows.check_array("image", [[1j]], "h, w")
    with pytest.raises(ValueError, match="`image` must have rows of equal length. Received: "):
        windows.check_array("image", [[1, 2], [3]], "h, w")


def test_check_array_keeps_floats_and_widens_whole_numbers():
    assert windows.check_array("image", np.ones((2, 2), np.float32), "h, w").dtype == np.float32
    assert windows.check_array("image", np.ones((2, 2), np.uint8), "h, w").dtype == np.int64
    assert windows.check_array("image", [[True, False]], "h, w").tolist() == [[1, 0]]
