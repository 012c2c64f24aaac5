"""Networks: a neuron beside a nerve cell, neurons and weights, layers as blocks, the training loop."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.patches import Circle, Ellipse, FancyBboxPatch, PathPatch, Rectangle
from matplotlib.path import Path

from dl_course.plots.figure import COLORS, panels

__all__ = ["convnet_blocks", "nerve_cell", "network_diagram", "training_loop"]


def network_diagram(
    sizes: Sequence[int],
    *,
    names: Sequence[str] | None = None,
    nodes: Sequence[Sequence[str]] | None = None,
    weights: Sequence[str] | None = None,
    bias: str | None = None,
    ax: Axes | None = None,
) -> Axes:
    """Draw a fully connected network: a circle for each number, a line for each weight.

    Args:
        sizes: Numbers in each layer, the inputs first; more than 8 are shortened with dots.
        names: A text under each layer.
        nodes: Texts inside the circles, layer by layer, each from the top.
        weights: A text for each line of the first layer of weights, for small networks.
        bias: A text for a bias, drawn as an arrow into each neuron from above, for small networks.
        ax: Where to draw.

    Returns:
        The axes.

    Raises:
        ValueError: If there are fewer than two layers or a size is not positive.

    Examples:
        >>> from dl_course import plots
        >>> ax = plots.network_diagram([2, 8, 3], names=["inputs", "hidden", "outputs"])
        >>> len(ax.lines)  # weights
        40
        >>> [text.get_text().splitlines() for text in ax.texts]
        [['inputs', '2 numbers'], ['hidden', '8 neurons'], ['outputs', '3 neurons']]
    """
    if len(sizes) < 2 or min(sizes) < 1:
        raise ValueError(f"`sizes` must be two or more positive numbers. Received: {sizes!r}")
    ax = ax or panels(width=2.2 * len(sizes), height=3.4)
    heights = [_circle_heights(size) for size in sizes]
    low = min(map(min, heights))
    for n in range(len(sizes) - 1):
        for a in heights[n]:
            for b in heights[n + 1]:
                ax.plot([n, n + 1], [a, b], color="0.65", lw=0.8, zorder=1)
    _write_weights(ax, weights or [], heights)
    for n, (size, places) in enumerate(zip(sizes, heights, strict=True)):
        color = COLORS[n % len(COLORS)]
        ax.scatter([n] * len(places), places, s=420, color=color, edgecolor="black", zorder=2)
        for text, place in zip(nodes[n] if nodes else [], reversed(places), strict=False):
            ink = "black" if n % len(COLORS) else "white"  # the first colour is dark
            ax.text(n, place, text, color=ink, ha="center", va="center", fontsize=10, zorder=3)
        if size > len(places):
            ax.text(n, 0, "⋮", ha="center", va="center", fontsize=18, zorder=3)
        if bias and n > 0:
            _draw_biases(ax, n, places, bias)
        label = (
            _count_circles(n, size) if names is None else f"{names[n]}\n{_count_circles(n, size)}"
        )
        ax.text(n, low - 0.9, label, ha="center", va="top", fontsize=9)
    ax.set(xlim=(-0.4, len(sizes) - 0.6), ylim=(low - 2.3, (2.6 if bias else 0.7) - low))
    ax.axis("off")
    return ax


def nerve_cell(*, ax: Axes | None = None) -> Axes:
    """Sketch a nerve cell, and at each part what it is in an artificial neuron.

    Signals come in from the left, through the synapses on the dendrites; the cell body adds them up,
    and the axon carries the response to the right, to the next cells.

    Args:
        ax: Where to draw.

    Returns:
        The axes.

    Examples:
        >>> from dl_course import plots
        >>> [text.get_text().splitlines() for text in plots.nerve_cell().texts][:2]
        [['dendrite', 'input x'], ['synapse', 'weight w']]
    """
    ax = ax or panels(width=7.5, height=4.4)
    for y in (1.1, 0.0, -1.1):
        _curve(ax, [(-3.3, 1.5 * y), (-2.2, 1.5 * y), (-1.6, y), (0, 0)], color=COLORS[0], lw=3.5)
        for twig in (0.35, -0.35):
            _curve(ax, [(-3.3, 1.5 * y + twig), (-2.9, 1.5 * y), (-2.4, 1.4 * y), (-1.9, 1.1 * y)])
        ax.add_patch(
            Circle((-3.4, 1.5 * y), 0.13, facecolor=COLORS[2], edgecolor="black", zorder=3)
        )
    _curve(ax, [(0, 0), (1.5, 0.35), (2.5, -0.35), (4, 0)], color=COLORS[3], lw=4)
    for y in (0.8, 0.0, -0.8):
        _curve(ax, [(4, 0), (4.5, 0), (4.5, y), (5, y)], color=COLORS[3], lw=2)
        ax.add_patch(Circle((5.05, y), 0.09, facecolor=COLORS[3], edgecolor="black", zorder=3))
    ax.add_patch(Ellipse((0, 0), 1.5, 1.3, facecolor=COLORS[1], edgecolor="black", zorder=3))
    ax.add_patch(Circle((0, 0), 0.17, facecolor="0.3", zorder=4))
    parts = [
        ("dendrite\ninput x", (-1.65, 1.05), (-1.4, 2.1)),
        ("synapse\nweight w", (-3.4, 1.75), (-3.4, 2.6)),
        ("cell body\nsum, bias b, activation", (0.25, 0.55), (0.9, 1.55)),
        ("axon\noutput y", (2.2, 0.0), (2.4, 0.85)),
        ("to the next cells", (5.0, 0.85), (4.9, 1.35)),
    ]
    for text, point, place in parts:
        arrow = {"arrowstyle": "-", "color": "0.3", "shrinkA": 0, "shrinkB": 1}
        ax.annotate(
            text, point, place, ha="center", va="bottom", fontsize=9, arrowprops=arrow, zorder=5
        )
    ax.set(xlim=(-4.1, 5.7), ylim=(-2.3, 3.5), aspect="equal")
    ax.axis("off")
    return ax


def training_loop(*, ax: Axes | None = None) -> Axes:
    """Draw how a network learns: layers, loss and optimizer, as the loop they form.

    Args:
        ax: Where to draw.

    Returns:
        The axes.

    Examples:
        >>> from dl_course import plots
        >>> [text.get_text().splitlines()[0] for text in plots.training_loop().texts[:3]]
        ['inputs x', 'layers', 'predictions ŷ']
    """
    ax = ax or panels(width=8, height=2.9)
    boxes = {
        "inputs": (0, 1, "inputs x", "white"),
        "layers": (2.2, 1, "layers\n(weights, biases)", "#D6ECFA"),
        "predictions": (4.6, 1, "predictions ŷ", "white"),
        "targets": (7.0, 1, "targets y", "white"),
        "loss": (5.8, -0.4, "loss: how far\nis ŷ from y?", "#FBE8C8"),
        "optimizer": (2.2, -0.4, "optimizer\n(a small step downhill)", "#CDEBE1"),
    }
    for x, y, text, color in boxes.values():
        _box(ax, x, y, text, color)
    arrows = [
        ((0.6, 1), (1.25, 1), ""),
        ((3.15, 1), (3.85, 1), ""),
        ((4.7, 0.7), (5.35, 0.0), ""),
        ((6.9, 0.7), (6.25, 0.0), ""),
        ((4.95, -0.4), (3.35, -0.4), "gradient"),
        ((2.2, 0.0), (2.2, 0.6), "new weights"),
    ]
    for start, end, text in arrows:
        ax.annotate("", end, start, arrowprops={"arrowstyle": "-|>", "color": "black", "lw": 1.3})
        middle = (start[0] + end[0]) / 2, (start[1] + end[1]) / 2
        side = "center" if start[1] == end[1] else "right"
        x, y = middle[0] - 0.05, middle[1] + 0.05
        ax.text(x, y, text, fontsize=8, color="0.25", ha=side, va="bottom")
    ax.set(xlim=(-0.7, 7.8), ylim=(-1.0, 1.5))
    ax.axis("off")
    return ax


def convnet_blocks(layers: Sequence[Mapping], *, ax: Axes | None = None) -> Axes:
    """Draw a network as blocks: height for the size of the maps, width for the number of channels.

    Args:
        layers: One mapping a layer with `name`, `shape` (`(h, w, c)` or `(units,)`) and `parameters`,
            as `models.layer_table` gives them.
        ax: Where to draw.

    Returns:
        The axes.

    Examples:
        >>> from dl_course import plots
        >>> conv = {"name": "Conv", "shape": (28, 28, 6), "parameters": 156}
        >>> dense = {"name": "Dense", "shape": (10,), "parameters": 47_050}
        >>> [text.get_text() for text in plots.convnet_blocks([conv, dense]).texts]
        ['28 × 28 × 6', 'Conv', '156', '10', 'Dense', '47,050']
    """
    ax = ax or panels(width=1.25 * len(layers) + 0.5, height=3.4)
    maps = [layer["shape"] for layer in layers if len(layer["shape"]) == 3]
    tallest = max((shape[0] for shape in maps), default=1)
    for n, layer in enumerate(layers):
        width, height = _block_size(layer["shape"], tallest)
        box = Rectangle((n - width / 2, -height / 2), width, height)
        box.set(facecolor=_kind_color(layer["name"]), edgecolor="black")
        ax.add_patch(box)
        size = " × ".join(map(str, layer["shape"]))
        ax.text(n, 0.56, size, ha="center", va="bottom", fontsize=8)
        ax.text(n, -0.56, layer["name"], ha="center", va="top", fontsize=8)
        count = f"{layer['parameters']:,}" if layer["parameters"] else "–"
        ax.text(n, -0.68, count, ha="center", va="top", fontsize=8, color="0.35")
    ax.set(xlim=(-0.7, len(layers) - 0.3), ylim=(-0.8, 0.7))
    ax.axis("off")
    return ax


def _write_weights(ax, texts, heights):
    """Texts on the lines between the first two layers, from the top."""
    lines = [(a, b) for a in heights[0] for b in heights[1]]
    for text, (a, b) in zip(texts, reversed(lines), strict=False):
        box = {"facecolor": "white", "edgecolor": "none", "pad": 1}
        ax.text(0.42, a + 0.42 * (b - a), text, ha="center", va="center", bbox=box, zorder=3)


def _draw_biases(ax, n, places, text):
    """An arrow into each circle of a layer, from above."""
    for place in places:
        arrow = {"arrowstyle": "-|>", "color": "0.35", "shrinkA": 0, "shrinkB": 9}
        ax.annotate(text, (n, place), (n, place + 1.6), ha="center", va="bottom", arrowprops=arrow)


def _count_circles(n, size):
    """How many circles a layer has: the inputs are numbers that are given, the others compute."""
    return f"{size} {'neuron' if n else 'number'}{'' if size == 1 else 's'}"


def _curve(ax, points, color=COLORS[0], lw=2):
    """A smooth line from the first of four points to the last."""
    path = Path(points, [Path.MOVETO] + 3 * [Path.CURVE4])
    ax.add_patch(PathPatch(path, fill=False, edgecolor=color, lw=lw, capstyle="round", zorder=1))


def _box(ax, x, y, text, color):
    """A rounded box around a text."""
    lines = text.splitlines()
    width, height = 0.3 + 0.083 * max(map(len, lines)), 0.25 + 0.27 * len(lines)
    style = "round,pad=0,rounding_size=0.1"
    corner = (x - width / 2, y - height / 2)
    ax.add_patch(FancyBboxPatch(corner, width, height, style, facecolor=color, zorder=2))
    ax.text(x, y, text, ha="center", va="center", fontsize=9, zorder=3)


def _circle_heights(size):
    """Heights of the circles of a layer around 0; large layers show 3 + 3 with a gap."""
    if size > 8:
        return [4, 3, 2, -2, -3, -4]
    gap = min(2.4, 8 / max(size - 1, 1))
    return list(gap * (np.arange(size) - (size - 1) / 2))


def _block_size(shape, tallest):
    """Width and height of a layer's block; units and channels count by their logarithm."""
    if len(shape) == 3:
        return 0.15 + 0.16 * np.log2(shape[2]) / 2, 0.2 + 0.8 * shape[0] / tallest
    return 0.12, 0.2 + 0.8 * np.log10(shape[0]) / 5


def _kind_color(name):
    """A colour for each kind of layer."""
    kinds = ("input", "conv", "pool", "dense")
    return COLORS[next((n for n, kind in enumerate(kinds) if kind in name.lower()), 4)]
