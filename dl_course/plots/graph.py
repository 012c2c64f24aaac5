"""The graph of a computation: every value with its gradient, the operations between them."""

from __future__ import annotations

import itertools
from typing import NamedTuple

import numpy as np
from matplotlib.axes import Axes
from matplotlib.patches import FancyBboxPatch, PathPatch, Polygon, Rectangle
from matplotlib.path import Path
from matplotlib.textpath import TextPath

from dl_course import autodiff
from dl_course.plots.figure import panels

__all__ = ["computation_graph"]

_FONT_SIZE = 9  # in points; all lengths below are in inches
_LINE = 0.18  # height of a line of text
_ROOM, _GAP = 0.2, 0.5  # between two boxes, and between two columns
_WIDE_GAP = 0.75  # where a local gradient stands on the line
_SIGNS = {"*": "×", "-": "−", "/": "÷"}
_SYMMETRIC = ("+", "*")  # the order of the operands doesn't matter
_INK = ("black", "#A34700")  # of numbers, of gradients: the vermilion of COLORS, darker
_LOCAL_INK = "#00507F"  # of local gradients: the blue of COLORS, darker


def computation_graph(
    value: autodiff.Value,
    *,
    gradients: bool = True,
    local_gradients: bool = False,
    ax: Axes | None = None,
) -> Axes:
    """Draw how a value was computed, from the inputs on the left to the result on the right.

    Each box holds a value: its label, its number, and below them the gradient of the loss with respect
    to it, as `backward` left it. Of an array it shows the shape, and how large its gradient is at most.
    The operations stand between the boxes; where the order of two operands matters, the first comes in
    above the second. Inputs are coloured. Constants are dashed, and their gradient is left out.

    Args:
        value: The result, an `autodiff.Value`.
        gradients: False leaves the gradients out: the forward pass alone.
        local_gradients: True writes on each line the local gradient of the operation with respect to
            the number that comes in, as "× 3"; for graphs of plain numbers, without arrays.
        ax: Where to draw; the text shrinks with the axes. By default, a figure as large as it takes.

    Returns:
        The axes.

    Raises:
        TypeError: If `value` is something else.
        ValueError: If the graph has more than 60 values, too many to read, or holds arrays where
            local gradients are wanted.

    Reference:
        Sugiyama, Tagawa, Toda, "Methods for visual understanding of hierarchical system structures",
        1981, for the layout.

    Examples:
        >>> loss = autodiff.Value(2.0, "a") * autodiff.Value(3.0, "b")
        >>> loss.backward()
        >>> ax = computation_graph(loss)
        >>> [text.get_text() for text in ax.texts]
        ['a = 2', 'grad 3', 'b = 3', 'grad 2', '6', 'grad 1', '×']
    """
    if not isinstance(value, autodiff.Value):
        raise TypeError(f"`value` must be an autodiff.Value. Received: {value!r}")
    order = value.topological_order()
    if len(order) > 60:
        raise ValueError(f"`value` must have a graph of at most 60 values. Received: {len(order)}")
    if local_gradients and any(one.shape for one in order):
        raise ValueError(
            "`local_gradients` are drawn for numbers only. Received: a graph with arrays"
        )
    layers = _graph_layers(order)
    heights = _graph_heights(order, layers)
    columns = _graph_columns(order, layers, _WIDE_GAP if local_gradients else _GAP)
    width = columns[-1].right
    low, high = min(heights.values()) - 0.3, max(heights.values()) + 0.3
    ax = ax or panels(width=width + 0.2, height=high - low + 0.2)
    ax.set(xlim=(-0.05, width + 0.05), ylim=(high, low), aspect="equal")
    ax.axis("off")
    for one in order:
        place = heights[one, layers[one]], columns[layers[one]]
        _draw_value(ax, one, *place, is_result=one is value, gradients=gradients)
        if one.parents:
            _draw_edges(ax, one, layers, heights, columns, local_gradients)
    _fit_text(ax, width + 0.1)
    return ax


def _graph_layers(order):
    """The column of each value: after its parents; of an input, just before its first use."""
    layers: dict[autodiff.Value, int] = {}
    for value in order:
        layers[value] = 1 + max((layers[parent] for parent in value.parents), default=-1)
    for leaf in (value for value in order if not value.parents):
        layers[leaf] = min((layers[one] for one in order if leaf in one.parents), default=1) - 1
    return layers


def _route(parent, child, layers):
    """The stations `(value, column)` of an edge; a box lies only at the first and the last."""
    between = range(layers[parent], layers[child])
    return [*((parent, layer) for layer in between), (child, layers[child])]


def _graph_heights(order, layers):
    """How far down each station is: of a few arrangements the one with the fewest crossings."""
    routes = [_route(parent, child, layers) for child in order for parent in child.parents]
    segments = list(dict.fromkeys(pair for route in routes for pair in itertools.pairwise(route)))
    stations = dict.fromkeys([(one, layers[one]) for one in order] + list(itertools.chain(*routes)))
    columns = [[one for one in stations if one[1] == n] for n in range(1 + max(layers.values()))]
    sizes = {(one, n): _box_height(one) if n == layers[one] else 0.0 for one, n in stations}
    rng, found = np.random.default_rng(0), list[tuple[int, dict]]()
    while len(found) < 8 and not (found and found[-1][0] == 0):
        heights = _arrange(columns, segments, sizes)
        crossings = _crossings(segments, heights) + _swapped(order, layers, heights)
        found.append((crossings, heights))
        columns = [[column[n] for n in rng.permutation(len(column))] for column in columns]
    return min(found, key=lambda one: one[0])[1]


def _arrange(columns, segments, sizes):
    """Order each column by what it is joined to, before it and after it in turns; then shorten lines.

    The last pass makes lines level that lead to one box only.
    """
    before = {station: [a for a, b in segments if b == station] for station in sizes}
    after = {station: [b for a, b in segments if a == station] for station in sizes}
    both = {station: before[station] + after[station] for station in sizes}
    source = {station: before[station] or after[station] for station in sizes}
    columns = [list(column) for column in columns]
    heights = dict.fromkeys(sizes, 0.0)
    for joined in [before, after] * 10 + [both] * 100 + [source]:
        for column in reversed(columns) if joined is after else columns:
            wanted = {one: _mean([heights[end] for end in joined[one] or [one]]) for one in column}
            if joined in (before, after):
                column.sort(key=wanted.__getitem__)
            places = _separate([wanted[one] for one in column], [sizes[one] for one in column])
            heights.update(zip(column, places, strict=True))
    return heights


def _separate(wanted, sizes):
    """The heights nearest to those wanted at which nothing overlaps (isotonic regression)."""
    steps = [(above + below) / 2 + _ROOM for above, below in itertools.pairwise(sizes)]
    offsets = list(itertools.accumulate(steps, initial=0.0))
    groups: list[list[float]] = []
    for place, offset in zip(wanted, offsets, strict=True):
        groups.append([place - offset])
        while len(groups) > 1 and _mean(groups[-2]) > _mean(groups[-1]):
            last = groups.pop()
            groups[-1] += last
    places = [_mean(group) for group in groups for _ in group]
    return [place + offset for place, offset in zip(places, offsets, strict=True)]


def _mean(numbers):
    return sum(numbers) / len(numbers)


def _crossings(segments, heights):
    """How many pairs of segments between the same two columns cross."""
    return sum(
        (heights[a] - heights[c]) * (heights[b] - heights[d]) < 0
        for (a, b), (c, d) in itertools.combinations(segments, 2)
        if a[1] == c[1]
    )


def _swapped(order, layers, heights):
    """How many operations have a second operand that comes from above the first."""
    pairs = [
        [heights[_route(parent, one, layers)[-2]] for parent in one.parents]
        for one in order
        if len(one.parents) == 2 and one.operation not in _SYMMETRIC
    ]
    return sum(first > second for first, second in pairs)


class _Column(NamedTuple):
    """Where edges arrive, and where operations are centred, boxes begin, and boxes end."""

    left: float
    operation: float
    box: float
    right: float


def _graph_columns(order, layers, gap):
    """Columns as wide as their longest texts."""
    columns, left = [], 0.0
    for n in range(1 + max(layers.values())):
        values = [one for one in order if layers[one] == n]
        signs = [_sign_width(one) for one in values if one.parents]
        box = left + (max(signs) + 0.15 if signs else 0)
        right = box + 0.16 + max(_text_width(text) for one in values for text in _box_texts(one))
        columns.append(_Column(left, left + max(signs, default=0) / 2, box, right))
        left = right + gap
    return columns


def _box_texts(value):
    """What stands in the box of a value, line by line."""
    if value.shape:
        name = f"{value.label}, shape {value.shape}" if value.label else f"shape {value.shape}"
        gradient = f"|grad| ≤ {_format(np.abs(value.grad).max())}"
    else:
        number = _format(value.data)
        name = f"{value.label} = {number}" if value.label else number
        gradient = f"grad {_format(value.grad)}"
    return [name] if value.operation == "constant" else [name, gradient]


def _format(number):
    """Four significant digits, as few as it takes; never -0."""
    return f"{number + 0.0:.4g}".replace("-", "−")


def _box_height(value):
    return len(_box_texts(value)) * _LINE + 0.1


def _text_width(text):
    return TextPath((0, 0), text, size=_FONT_SIZE).get_extents().width / 72


def _sign(value):
    """The operation as it is drawn."""
    return _SIGNS.get(value.operation, value.operation)


def _sign_width(value):
    return max(0.3, _text_width(_sign(value)) + 0.18)


def _draw_value(ax, value, y, column, *, is_result, gradients):
    """The box of a value, and to the left of it the operation it comes from."""
    height = _box_height(value)
    is_constant = value.operation == "constant"
    color = "white" if value.parents else "0.93" if is_constant else "#D6ECFA"
    box = Rectangle((column.box, y - height / 2), column.right - column.box, height, zorder=2)
    box.set(facecolor=color, edgecolor="black", linestyle="--" if is_constant else "-")
    box.set_linewidth(2 if is_result else 1)
    ax.add_patch(box)
    texts, middle = _box_texts(value)[: 2 if gradients else 1], (column.box + column.right) / 2
    for n, (text, ink) in enumerate(zip(texts, _INK, strict=False)):
        _write(ax, middle, y + (n - (len(texts) - 1) / 2) * _LINE, text, ink)
    if value.parents:
        width = _sign_width(value)
        corner = column.operation - width / 2, y - 0.13
        style = "round,pad=0,rounding_size=0.13"
        ax.add_patch(FancyBboxPatch(corner, width, 0.26, style, facecolor="0.25", zorder=2))
        ax.plot([column.operation, column.box], [y, y], color="black", lw=1, zorder=1)
        _write(ax, column.operation, y, _sign(value), "white")


def _write(ax, x, y, text, color, fill="none"):
    text = ax.text(x, y, text, color=color, fontsize=_FONT_SIZE, zorder=3)
    text.set(ha="center", va="center_baseline")
    if fill != "none":
        text.set_bbox({"facecolor": fill, "edgecolor": "none", "pad": 0.5})


def _draw_edges(ax, value, layers, heights, columns, local_gradients):
    """A line from each parent's box to the operation, level while it passes other columns."""
    routes = [_route(parent, value, layers) for parent in value.parents]
    edges = list(zip(routes, value._steps, strict=True))
    if value.operation in _SYMMETRIC:
        edges.sort(key=lambda edge: heights[edge[0][-2]])
    x = columns[layers[value]].operation - _sign_width(value) / 2
    y = heights[value, layers[value]]
    for n, (route, step) in enumerate(edges):
        tip = x, y + (0 if len(edges) == 1 else 0.14 * n - 0.07)
        end = tip[0] - 0.08, tip[1]
        ax.add_patch(PathPatch(_edge_path(route[:-1], end, heights, columns), fill=False, zorder=1))
        head = [tip, (end[0], end[1] - 0.035), (end[0], end[1] + 0.035)]
        ax.add_patch(Polygon(head, color="black", linewidth=0, zorder=1))
        if local_gradients and route[0][0].operation != "constant":
            start = columns[route[-2][1]].right, heights[route[-2]]
            middle = (start[0] + end[0]) / 2, (start[1] + end[1]) / 2
            if len(set(value.parents)) < len(edges):  # x * x: two lines, one above the other
                middle = middle[0], middle[1] + 0.18 * (n - 0.5)
            _write(ax, *middle, f"× {_format(step(1.0))}", _LOCAL_INK, fill="white")


def _edge_path(stations, end, heights, columns):
    """From the right of a box, along the stations, to the end: curves that arrive level."""
    points = [(columns[stations[0][1]].right, heights[stations[0]])]
    for station in stations[1:]:
        column = columns[station[1]]
        points += [(column.left, heights[station]), (column.right, heights[station])]
    points.append(end)
    vertices, codes = points[:1], [Path.MOVETO]
    for n, ((x0, y0), (x1, y1)) in enumerate(itertools.pairwise(points)):
        bend = 0.5 if n % 2 == 0 else 0.0
        vertices += [(x0 + bend * (x1 - x0), y0), (x1 - bend * (x1 - x0), y1), (x1, y1)]
        codes += [Path.CURVE4] * 3
    return Path(vertices, codes)


def _fit_text(ax, width):
    """Shrink or grow the text with the axes, so that it fills its boxes as it was measured."""
    ax.figure.draw_without_rendering()  # the layout is settled only then
    inches = ax.get_window_extent().width / ax.figure.dpi
    for text in ax.texts:
        text.set_fontsize(_FONT_SIZE * inches / width)
