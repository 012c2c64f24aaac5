"""The table of styles: what each entry must hold so that it can be written."""

import numpy as np
import pytest

from dl_course.handwriting import STYLES

ENTRIES = [(digit, style) for digit, styles in STYLES.items() for style in styles]


def test_every_digit_has_styles():
    assert list(STYLES) == list(range(10))
    assert all(len(styles) >= 4 for styles in STYLES.values())


@pytest.mark.parametrize(("digit", "style"), ENTRIES)
def test_an_entry_is_a_frequency_and_strokes_of_a_digits_height(digit, style):
    frequency, *strokes = STYLES[digit][style]
    assert frequency > 0
    points = [[tuple(map(float, pair.split(","))) for pair in line.split()] for line in strokes]
    assert all(len(stroke) >= 3 for stroke in points)
    _, y = np.concatenate(points).T
    assert 0 <= y.min() <= 4  # hundredths
    assert 94 <= y.max() <= 100
