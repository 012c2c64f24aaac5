"""Networks: their neurons and weights, or their layers as blocks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.patches import Rectangle

from dl_course.plots.figure import COLORS, panels

__all__ = ["convnet_blocks", "network_diagram"]


def network_diagram(
    sizes: Sequence[int],
    *,
    names: Sequence[str] | None = None,
    weights: Sequence[str] | None = None,
    ax: Axes | None = None,
) -> Axes:
    """Draw a fully connected network: a circle for each number, a line for each weight.

    Args:
        sizes: Numbers in each layer, the inputs first; more than 8 are shortened with dots.
        names: A text under each layer.
        weights: A text for each line of the first layer of weights, for small networks.
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
    """
    if len(sizes) < 2 or min(sizes) < 1:
        raise ValueError(f"`sizes` must be two or more positive numbers. Received: {sizes!r}")
    ax = ax or panels(width=2.2 * len(sizes), height=3.4)
    heights = [_circle_heights(size) for size in sizes]
    for n in range(len(sizes) - 1):
        for a in heights[n]:
            for b in heights[n + 1]:
                ax.plot([n, n + 1], [a, b], color="0.65", lw=0.8, zorder=1)
    lines = [(a, b) for a in heights[0] for b in heights[1]]
    for text, (a, b) in zip(weights or [], reversed(lines), strict=False):
        box = {"facecolor": "white", "edgecolor": "none", "pad": 1}
        ax.text(0.42, a + 0.42 * (b - a), text, ha="center", va="center", bbox=box, zorder=3)
    for n, (size, places) in enumerate(zip(sizes, heights, strict=True)):
        color = COLORS[n % len(COLORS)]
        ax.scatter([n] * len(places), places, s=320, color=color, edgecolor="black", zorder=2)
        if size > len(places):
            ax.text(n, 0, "⋮", ha="center", va="center", fontsize=18, zorder=3)
        label = str(size) if names is None else f"{names[n]}\n{size}"
        ax.text(n, -4.6, label, ha="center", va="top", fontsize=9)
    ax.set(xlim=(-0.4, len(sizes) - 0.6), ylim=(-5.9, 4.7))
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
