"""Things to touch in a notebook: sliders, a canvas, a game, places to drop pictures on.

Each stands over functions of the course that can be called without it; where no browser is, the
notebook shows a still picture beside it.
"""

from __future__ import annotations

from dl_course.widgets.augmentation_explorer import augmentation_explorer
from dl_course.widgets.convolution_stepper import convolution_stepper, step_html
from dl_course.widgets.digit_canvas import digit_canvas
from dl_course.widgets.game import human_against_network
from dl_course.widgets.photo_collector import photo_collector
from dl_course.widgets.photo_drop import photo_drop

__all__ = [
    "augmentation_explorer",
    "convolution_stepper",
    "digit_canvas",
    "human_against_network",
    "photo_collector",
    "photo_drop",
    "step_html",
]
