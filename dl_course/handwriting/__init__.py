"""Digits by hand: written by a program, or drawn on a screen and laid out for a network.

`draw_digits` writes digits as hands do; `rasterize` and `center` turn what was drawn with a pen into
what a network for MNIST has learned to see.
"""

from __future__ import annotations

from dl_course.handwriting.generate import (
    HAND,
    Hand,
    draw_digits,
    sample_strokes,
    strokes,
    style_names,
)
from dl_course.handwriting.rasterize import PAPER, PEN, center, rasterize
from dl_course.handwriting.styles import STYLES

__all__ = [
    "HAND",
    "PAPER",
    "PEN",
    "STYLES",
    "Hand",
    "center",
    "draw_digits",
    "rasterize",
    "sample_strokes",
    "strokes",
    "style_names",
]
