"""`dl_course._windows` against sizes worked by hand, and against the windows that NumPy slides."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dl_course import _windows

sizes, steps = st.integers(1, 12), st.integers(1, 5)
pairs = st.tuples(steps, steps)


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
        (4, 4, 0, 1, 1),  # as large as the input: one position
        (2, 5, (1, 2), 3, 1),
        (5, 1, 0, 9, 1),  # a stride larger than all of it
        (1, 1, "same", 1, 1),
        (227, 11, 0, 4, 55),  # the first layer of AlexNet
    ],
)
def test_output_size_by_hand(size, kernel, padding, stride, expected):
    assert _windows.output_size(size, kernel, padding=padding, stride=stride) == expected


def test_output_size_without_options_pads_nothing_and_moves_by_one():
    assert _windows.output_size(7, 3) == 5


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
    assert _windows.padding_amounts(4, 1, padding="same", stride=3) == (0, 0)  # exactly 0
    assert _windows.padding_amounts(5, 1, padding="same", stride=3) == (0, 0)  # less than 0
    assert _windows.padding_amounts(2, 7, padding="same") == (3, 3)  # larger than the input
    assert _windows.padding_amounts(5, 3, padding="valid") == (0, 0)
    assert _windows.padding_amounts(5, 3, padding=np.int32(2)) == (2, 2)
    assert _windows.padding_amounts(5, 3, padding=[0, 1]) == (0, 1)


# On images ---------------------------------------------------------------------------------------


def test_fit_window_by_hand():
    assert _windows.fit_window((5, 7), (3, 4), 1, "valid") == ((1, 1), ((0, 0), (0, 0)))
    assert _windows.fit_window((5, 7), (3, 4), 1, "same") == ((1, 1), ((1, 1), (1, 2)))
    assert _windows.fit_window((5, 7), (3, 4), (2, 3), "same") == ((2, 3), ((1, 1), (1, 2)))
    assert _windows.fit_window((6, 6), (3, 3), (2, 3), "same") == ((2, 3), ((0, 1), (0, 0)))
    assert _windows.fit_window((5, 7), (3, 4), 2, 1) == ((2, 2), ((1, 1), (1, 1)))
    sides = ((1, 0), (2, 3))
    assert _windows.fit_window((1, 1), (2, 6), 1, sides) == ((1, 1), sides)


def test_output_shape_by_hand():
    assert _windows.output_shape((5, 9), (3, 2), (1, 2), ((0, 0), (0, 0))) == (3, 4)
    assert _windows.output_shape((5, 9), (3, 2), (2, 1), ((1, 0), (0, 2))) == (2, 10)


@given(kernel=pairs, stride=pairs, extra=pairs)
def test_kernel_places_show_each_place_of_every_window(kernel, stride, extra):
    h, w = np.add(kernel, extra) - 1
    x = np.arange(2 * h * w).reshape(2, h, w, 1)
    slid = np.lib.stride_tricks.sliding_window_view(x[:, :, :, 0], kernel, axis=(1, 2))
    expected = slid[:, :: stride[0], :: stride[1]]
    found = list(_windows.kernel_places(x, kernel, stride))
    assert [(i, j) for i, j, _, _ in found] == list(np.ndindex(kernel))
    for i, j, rows, columns in found:
        seen = x[:, rows, columns, 0]
        np.testing.assert_array_equal(seen, expected[:, :, :, i, j], strict=True)


def test_kernel_places_by_hand():
    x = np.zeros((1, 5, 9, 2))
    places = [(rows, columns) for _, _, rows, columns in _windows.kernel_places(x, (1, 2), (2, 3))]
    assert places == [(slice(0, 5, 2), slice(0, 8, 3)), (slice(0, 5, 2), slice(1, 9, 3))]


def test_crop_undoes_pad_edges():
    x = np.arange(24.0).reshape(2, 3, 2, 2)
    sides = ((1, 2), (4, 3))
    padded = _windows.pad_edges(x, sides)
    assert padded.shape == (2, 6, 9, 2)
    assert padded.sum() == x.sum()
    np.testing.assert_array_equal(_windows.crop(padded, sides), x)
    np.testing.assert_array_equal(_windows.crop(x, ((0, 0), (0, 0))), x)


def test_pad_edges_of_an_image_with_a_value():
    padded = _windows.pad_edges(np.zeros((1, 2)), ((0, 1), (1, 0)), 7)
    assert padded.tolist() == [[7, 0, 0], [7, 7, 7]]
    x = np.zeros((1, 2, 2, 1))
    assert _windows.pad_edges(x, ((0, 0), (0, 0))) is x


def test_as_sides():
    assert _windows.as_sides("padding", 2) == ((2, 2), (2, 2))
    assert _windows.as_sides("padding", 0) == ((0, 0), (0, 0))
    assert _windows.as_sides("padding", [[1, 2], (3, 0)]) == ((1, 2), (3, 0))


# Bad input ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["size", "kernel", "stride"])
@pytest.mark.parametrize(("bad", "error"), [(0, ValueError), (-1, ValueError), (2.5, TypeError)])
def test_output_size_refuses_bad_numbers(name, bad, error):
    arguments = {"size": 5, "kernel": 3, "stride": 1} | {name: bad}
    with pytest.raises(error, match=f"`{name}` must be .* Received: {bad}"):
        _windows.output_size(**arguments)


@pytest.mark.parametrize("bad", [None, 1.5, (1,), (1, 2, 3), (1.0, 1), ("1", 1), {"before": 1}])
def test_output_size_refuses_other_padding(bad):
    with pytest.raises(TypeError, match="`padding` must .*whole number.*Received: "):
        _windows.output_size(5, 3, padding=bad)


@pytest.mark.parametrize("bad", [-1, (0, -1), (-1, 0)])
def test_output_size_refuses_negative_padding(bad):
    with pytest.raises(ValueError, match="`padding` must be at least 0. Received: "):
        _windows.output_size(5, 3, padding=bad)


@pytest.mark.parametrize("bad", ["full", "", "Valid"])
def test_unknown_padding_is_refused(bad):
    message = f"`padding` must be one of 'valid', 'same'. Received: '{bad}'"
    with pytest.raises(ValueError, match=message):
        _windows.output_size(5, 3, padding=bad)
    with pytest.raises(ValueError, match=message):
        _windows.fit_window((5, 5), (3, 3), 1, bad)


def test_a_kernel_larger_than_the_input_is_refused():
    message = (
        r"^`kernel` must not be larger than the padded input. "
        r"Received: kernel 6, input 3, padding 1 \+ 1$"
    )
    with pytest.raises(ValueError, match=message):
        _windows.output_size(3, 6, padding=1)
    with pytest.raises(ValueError, match="kernel 5, input 4, padding 0"):
        _windows.fit_window((4, 5), (5, 4), 1, "valid")
    with pytest.raises(ValueError, match="kernel 5, input 4, padding 0"):
        _windows.fit_window((5, 4), (4, 5), 1, "valid")


@pytest.mark.parametrize("bad", [0, -2, (1, 0)])
def test_fit_window_refuses_a_stride_below_1(bad):
    with pytest.raises(ValueError, match="^`stride` must be at least 1. Received: "):
        _windows.fit_window((5, 5), (3, 3), bad, "valid")


@pytest.mark.parametrize("bad", [1.5, (1, 2, 3), (1, 2.0), "2", None, True])
def test_fit_window_refuses_a_stride_of_another_kind(bad):
    with pytest.raises(TypeError, match="^`stride` must .*whole number.* Received: "):
        _windows.fit_window((5, 5), (3, 3), bad, "valid")


def test_fit_window_refuses_bad_padding():
    with pytest.raises(TypeError, match=r"^`padding` must be .*Received: \(1, 2\)"):
        _windows.fit_window((5, 5), (3, 3), 1, (1, 2))
    with pytest.raises(ValueError, match=r"^`padding` must be at least 0. Received: -1$"):
        _windows.fit_window((5, 5), (3, 3), 1, -1)


@pytest.mark.parametrize(
    "bad",
    [
        (1, 2),
        ((1, 2), 3),
        (3, (1, 2)),
        ((1, 2), (1, 2), (1, 2)),
        ((1, 2),),
        ((1, 2, 3), (1, 2)),
        ((1, 2), (1, 2, 3)),
        "12",
        1.5,
        None,
    ],
)
def test_as_sides_refuses_other_shapes(bad):
    message = (
        r"^`amount` must be a whole number or \(\(top, bottom\), \(left, right\)\). Received: "
    )
    with pytest.raises(TypeError, match=message):
        _windows.as_sides("amount", bad)


@pytest.mark.parametrize("bad", [-1, ((0, -1), (0, 0)), ((0, 0), (-1, 0))])
def test_as_sides_refuses_negative_amounts(bad):
    with pytest.raises(ValueError, match=r"`amount` must be at least 0. Received: "):
        _windows.as_sides("amount", bad)


@pytest.mark.parametrize("bad", [True, ((0, True), (0, 0)), ((0, 0), (1.0, 0))])
def test_as_sides_refuses_what_is_not_whole(bad):
    with pytest.raises(TypeError, match=r"`amount` must hold whole numbers. Received: "):
        _windows.as_sides("amount", bad)
