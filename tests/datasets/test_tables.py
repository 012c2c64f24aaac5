"""Two tables of numbers: one is a picture."""

import numpy as np
import pytest

from dl_course import datasets


def neighbours(table):
    """Correlation of each number with the one on its right, and with the one below."""
    across = np.corrcoef(table[:, :-1].ravel(), table[:, 1:].ravel())[0, 1]
    down = np.corrcoef(table[:-1].ravel(), table[1:].ravel())[0, 1]
    return across, down


def test_the_digit_is_a_picture():
    digit = datasets.load_number_table("digit")
    assert digit.shape == (16, 16)
    assert (digit.min(), digit.max()) == (-1, 1)
    assert not np.any(np.signbit(digit) & (digit == 0))
    assert neighbours(digit) == pytest.approx((0.68, 0.76), abs=0.005)


def test_the_grid_is_the_published_one_and_no_picture():
    grid = datasets.load_number_table("grid")
    assert grid.shape == (20, 20)
    lines = [grid, grid.T]
    rows = [table[:, k : k + 17] for table in lines for k in range(4)]
    products = [np.prod(rows[:4], axis=0), np.prod(rows[4:], axis=0)]
    for table in (grid, grid[:, ::-1]):
        products.append(np.prod([table[k : k + 17, k : k + 17] for k in range(4)], axis=0))
    assert max(p.max() for p in products) == 70_600_674  # what the problem asks for
    assert max(map(abs, neighbours(grid))) < 0.15


def test_each_call_gives_a_new_table():
    datasets.load_number_table("digit")[:] = 7
    assert datasets.load_number_table("digit").max() == 1


def test_an_unknown_name_is_refused():
    with pytest.raises(ValueError, match="`name` must be .*Received: 'six'"):
        datasets.load_number_table("six")
