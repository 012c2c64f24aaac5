"""`dl_course._windows` against sizes worked by hand, and against the windows that NumPy slides."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dl_course import _windows

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
    assert _windows.output_size(size, kernel, padding=padding, stride=stride) == expected


@given(size=sizes, kernel=sizes, stride=steps, padding=st.tuples(st.integers(0, 3), steps))
def test_output_size_counts_the_positions(size, kernel, stride, padding):
    starts = range(0, size + sum(padding) - kernel + 1, stride)
    if not starts:
        with pytest.raises(ValueError, match="`kernel` must not be larger than the padded input"):
            _windows.output_size(size, kernel, padding=padding, stride=stride)
    else:
        found = _windows.output_size(size, kernel, padding=padding, stride=stride)
        assert found == len(starts)


@given(size=sizes, kernel=sizes, stride=steps)
def test_same_padding_gives_the_size_over_the_stride_and_the_odd_one_last(size, kernel, stride):
    before, after = _windows.padding_amounts(size, kernel, padding="same", stride=stride)
    assert after - before in (0, 1)
    found = _windows.output_size(size, kernel, padding="same", stride=stride)
    assert found == -(-size // stride)


def test_padding_amounts_by_hand():
    assert _windows.padding_amounts(5, 3, padding="same") == (1, 1)
    assert _windows.padding_amounts(5, 2, padding="same") == (0, 1)
    assert _windows.padding_amounts(5, 2, padding="same", stride=2) == (0, 1)
    assert _windows.padding_amounts(4, 3, padding="same", stride=2) == (0, 1)
    assert _windows.padding_amounts(4, 1, padding="same", stride=3) == (0, 0)
    assert _windows.padding_amounts(5, 3, padding="valid") == (0, 0)
    assert _windows.padding_amounts(5, 3, padding=np.int32(2)) == (2, 2)


def test_kernel_places_show_each_element_of_every_window():
    image = np.arange(35).reshape(5, 7)
    found = _windows.find_windows(image.shape, (2, 3), stride=(2, 3))
    assert found == _windows.Windows((2, 3), (2, 3), ((0, 0), (0, 0)), (2, 2))
    expected = np.lib.stride_tricks.sliding_window_view(image, (2, 3))[::2, ::3]
    for (i, j), rows, columns in _windows.kernel_places(found):
        np.testing.assert_array_equal(image[rows, columns], expected[:, :, i, j])


def test_crop_undoes_pad_edges():
    x = np.arange(24.0).reshape(2, 3, 2, 2)
    sides = ((1, 0), (2, 3))
    assert _windows.pad_edges(x, sides).shape == (2, 4, 7, 2)
    np.testing.assert_array_equal(_windows.crop(_windows.pad_edges(x, sides), sides), x)
    assert _windows.pad_edges(x, ((0, 0), (0, 0))) is x
    assert _windows.pad_edges(x[0, :, :, 0], sides, 7).tolist()[0] == [7] * 7


def test_as_sides():
    assert _windows.as_sides("padding", 2) == ((2, 2), (2, 2))
    assert _windows.as_sides("padding", [[1, 2], (3, 4)]) == ((1, 2), (3, 4))


# Bad input ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["size", "kernel", "stride"])
@pytest.mark.parametrize(("bad", "error"), [(0, ValueError), (-1, ValueError), (2.5, TypeError)])
def test_output_size_refuses_bad_numbers(name, bad, error):
    arguments = {"size": 5, "kernel": 3, "stride": 1} | {name: bad}
    with pytest.raises(error, match=f"`{name}` must be .* Received: {bad}"):
        _windows.output_size(**arguments)


@pytest.mark.parametrize("bad", ["full", None, 1.5, (1,), (1, 2, 3), {"before": 1}])
def test_output_size_refuses_unknown_padding(bad):
    with pytest.raises(ValueError, match='`padding` must be "valid", "same", .*Received: '):
        _windows.output_size(5, 3, padding=bad)


@pytest.mark.parametrize("bad", [-1, (0, -1), (1.0, 1), ("1", 1), (True, 1)])
def test_output_size_refuses_bad_amounts(bad):
    with pytest.raises((TypeError, ValueError), match="`padding` must be .*Received: "):
        _windows.output_size(5, 3, padding=bad)


def test_output_size_refuses_a_kernel_larger_than_the_input():
    message = r"Received: kernel 6, input 3, padding 1 \+ 1"
    with pytest.raises(ValueError, match=message):
        _windows.output_size(3, 6, padding=1)


@pytest.mark.parametrize("bad", [0, -2, 1.5, (1, 0), (1, 2, 3), "2", None])
def test_find_windows_refuses_a_bad_stride(bad):
    with pytest.raises((TypeError, ValueError), match="`stride` must be .* Received: "):
        _windows.find_windows((5, 5), (3, 3), stride=bad)


@pytest.mark.parametrize("bad", ["full", (1, 2), ((1, 2), 3), 1.5, None, -1, ((0, -1), (0, 0))])
def test_find_windows_refuses_bad_padding(bad):
    with pytest.raises(ValueError, match="`padding` must be .*Received: "):
        _windows.find_windows((5, 5), (3, 3), padding=bad)
