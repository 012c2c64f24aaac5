"""Arrays and plain dicts to pictures.

Every helper draws into `ax` if one is given (else into a new figure) and returns the axes, so pictures
can be put side by side and finished by hand. Colours can be told apart with a colour-blindness, and
lines differ in their dashes too. `show` ends a cell: it shows the figure with a text for readers who
can't see it.
"""

from dl_course.plots.convolution import (
    channel_sum,
    convolution_strip,
    kernel_table,
    padding_and_stride,
    receptive_fields,
    response,
    sliding_windows,
)
from dl_course.plots.curves import (
    descent_path,
    function_curves,
    function_slopes,
    loss_curves,
    seed_curves,
    training_curves,
)
from dl_course.plots.evaluation import confusion, drawn_digit, predictions, probability_bars
from dl_course.plots.figure import COLORS, DASHES, MARKERS, panels, show
from dl_course.plots.graph import computation_graph
from dl_course.plots.images import feature_stack, image_as_numbers, image_grid, thumbnail_map
from dl_course.plots.networks import convnet_blocks, nerve_cell, network_diagram, training_loop
from dl_course.plots.plane import contour_path, decision_boundary, new_axis, points, unit_maps

__all__ = [
    "COLORS",
    "DASHES",
    "MARKERS",
    "channel_sum",
    "computation_graph",
    "confusion",
    "contour_path",
    "convnet_blocks",
    "convolution_strip",
    "decision_boundary",
    "descent_path",
    "drawn_digit",
    "feature_stack",
    "function_curves",
    "function_slopes",
    "image_as_numbers",
    "image_grid",
    "kernel_table",
    "loss_curves",
    "nerve_cell",
    "network_diagram",
    "new_axis",
    "padding_and_stride",
    "panels",
    "points",
    "predictions",
    "probability_bars",
    "receptive_fields",
    "response",
    "seed_curves",
    "show",
    "sliding_windows",
    "thumbnail_map",
    "training_curves",
    "training_loop",
    "unit_maps",
]
