"""Curves: functions of one number, their slopes, steps down them, and what was recorded in training."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from itertools import cycle
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.ticker import MaxNLocator
from numpy.typing import ArrayLike

from dl_course.plots.figure import COLORS, DASHES, MARKERS, panels

__all__ = [
    "descent_path",
    "function_curves",
    "function_slopes",
    "loss_curves",
    "seed_curves",
    "training_curves",
]


def function_curves(
    functions: Mapping[str, Callable], x: ArrayLike, *, ax: Axes | None = None
) -> Axes:
    """Draw functions of one number over the same range.

    Args:
        functions: Name → function of an array.
        x: Where to compute them, shape `(n,)`.
        ax: Where to draw.

    Returns:
        The axes.

    Examples:
        >>> from dl_course import plots
        >>> ax = plots.function_curves({"x²": np.square, "|x|": np.abs}, np.linspace(-2, 2, 101))
    """
    ax = ax or panels(width=5)
    for (name, function), style in zip(functions.items(), _line_styles(), strict=False):
        ax.plot(x, function(x), label=name, lw=2, **style)
    ax.axhline(0, color="0.8", lw=0.8, zorder=0)
    ax.axvline(0, color="0.8", lw=0.8, zorder=0)
    ax.set_xlabel("x")
    ax.legend(frameon=False)
    return ax


def function_slopes(
    functions: Mapping[str, tuple[Callable, Callable]],
    x: ArrayLike,
    *,
    xlabel: str = "x",
    axes: np.ndarray | None = None,
) -> np.ndarray:
    """Draw functions side by side, and below each its derivative; each row has one scale.

    Args:
        functions: Name → (function of an array, its derivative).
        x: Where to compute them, in order, shape `(n,)`.
        xlabel: What `x` is.
        axes: Where to draw, shape `(2, number of functions)`.

    Returns:
        The axes, `(2, number of functions)`.

    Examples:
        >>> from dl_course import plots
        >>> slopes = {"x²": (np.square, lambda x: 2 * x), "|x|": (np.abs, np.sign)}
        >>> plots.function_slopes(slopes, np.linspace(-2, 2, 101)).shape
        (2, 2)
    """
    if axes is None:
        axes = panels(2, len(functions), height=2.0, sharex=True, sharey="row", squeeze=False)
    for column, (name, pair) in enumerate(functions.items()):
        for ax, function, color in zip(axes[:, column], pair, (COLORS[0], COLORS[3]), strict=True):
            ax.axhline(0, color="0.8", lw=0.8, zorder=0)
            ax.plot(x, _without_jumps(function(np.asarray(x))), color=color, lw=2)
        axes[0, column].set_title(name)
        axes[1, column].set_xlabel(xlabel)
    axes[0, 0].set_ylabel("function")
    axes[1, 0].set_ylabel("its slope")
    return axes


def descent_path(
    function: Callable,
    path: ArrayLike,
    x: ArrayLike,
    *,
    label: str | None = None,
    color: str = COLORS[3],
    ax: Axes | None = None,
) -> Axes:
    """Draw a function of one number, and on it the points that gradient descent visited.

    Args:
        function: Takes an array, returns the heights.
        path: The points visited, shape `(steps + 1,)`; the first is a ring.
        x: Where to compute the function, shape `(n,)`.
        label: What the legend says of the path.
        color: Of the path.
        ax: Where to draw.

    Returns:
        The axes.

    Examples:
        >>> from dl_course import plots
        >>> ax = plots.descent_path(np.square, [2.0, 1.0, 0.5], np.linspace(-2, 2, 101))
    """
    ax = ax or panels(width=5)
    steps = np.asarray(path)
    ax.plot(x, function(np.asarray(x)), color="0.6")
    ax.plot(steps, function(steps), "o-", color=color, markersize=4, lw=1.2, label=label)
    ax.plot(steps[0], function(steps[0]), "o", color=color, markerfacecolor="white", markersize=8)
    ax.set(xlabel="x", ylabel="f(x)")
    return ax


def loss_curves(
    history: Mapping[str, Sequence[float]], *, ax: Axes | None = None, log: bool = False
) -> Axes:
    """Draw what was recorded in training, epoch by epoch.

    Args:
        history: Name → one number an epoch, as `train` and Keras' `History.history` hold.
        ax: Where to draw.
        log: A logarithmic axis for the losses.

    Returns:
        The axes.

    Examples:
        >>> from dl_course import plots
        >>> ax = plots.loss_curves({"loss": [3.0, 2.0], "val_loss": [3.5, 3.0]})
    """
    ax = ax or panels(width=5)
    for (name, values), style in zip(history.items(), _line_styles(), strict=False):
        ax.plot(np.arange(1, len(values) + 1), values, label=name, lw=1.8, **style)
    ax.set(xlabel="epoch", ylabel="loss", yscale="log" if log else "linear")
    ax.xaxis.set_major_locator(MaxNLocator(integer=True))
    ax.legend(frameon=False)
    return ax


def seed_curves(
    x: ArrayLike, runs: Mapping[str, ArrayLike], *, ax: Axes | None = None, markers: bool = False
) -> Axes:
    """Draw the mean of several runs against `x`, in a band of plus and minus one standard deviation.

    Args:
        x: What was varied, or the epochs at which it was measured, shape `(n,)`.
        runs: Name → the numbers of each run, shape `(seeds, n)`.
        ax: Where to draw.
        markers: Whether to mark each value of `x`, where few were tried.

    Returns:
        The axes.

    Raises:
        ValueError: If a run has not one number for each value of `x`.

    Examples:
        >>> from dl_course import plots
        >>> ax = plots.seed_curves([1, 2, 3], {"loss": [[3, 2, 1], [5, 2, 0]]})
        >>> ax.lines[0].get_ydata().tolist()
        [4.0, 2.0, 0.5]
    """
    ax = ax or panels(width=5)
    for (name, numbers), style, marker in zip(
        runs.items(), _line_styles(), cycle(MARKERS), strict=False
    ):
        table = np.asarray(numbers, dtype=float)
        if table.ndim != 2 or table.shape[1] != np.size(x):
            raise ValueError(
                f"`runs[{name!r}]` must have shape (seeds, {np.size(x)}). Received: {table.shape}"
            )
        mean, std = table.mean(axis=0), table.std(axis=0, ddof=min(1, len(table) - 1))
        ax.plot(x, mean, label=name, lw=1.8, marker=marker if markers else "", **style)
        ax.fill_between(x, mean - std, mean + std, color=style["color"], alpha=0.2, lw=0)
    ax.legend(frameon=False)
    return ax


def training_curves(
    history: Any, *, axes: Sequence[Axes] | np.ndarray | None = None, log: bool = False
) -> Sequence[Axes] | np.ndarray:
    """Draw losses on the left and accuracies on the right, training beside validation.

    Args:
        history: What Keras' `fit` returns, or a dictionary from a name to one number an epoch; names
            that begin with `val_` are drawn dashed.
        axes: Two axes to draw into.
        log: A logarithmic axis for the losses.

    Returns:
        The two axes.

    Raises:
        ValueError: If there is no loss in the history.
    """
    history = getattr(history, "history", history)  # Keras' History holds a dictionary
    if "loss" not in history:
        raise ValueError(f"`history` must hold a loss. Received: {sorted(history)}")
    axes = panels(1, 2, width=9) if axes is None else axes
    for ax, name in zip(axes, ("loss", "accuracy"), strict=True):
        for n, (key, word) in enumerate([(name, "training"), (f"val_{name}", "validation")]):
            values = history.get(key, [])
            epochs = np.arange(1, len(values) + 1)
            style = {"color": COLORS[3 * n], "linestyle": DASHES[n], "marker": MARKERS[n]}
            if len(values):
                ax.plot(epochs, values, label=word, markersize=4, lw=1.8, **style)
        ax.set(xlabel="epoch", ylabel=name)
        ax.xaxis.set_major_locator(MaxNLocator(integer=True))
        if ax.lines:  # a network that doesn't classify has no accuracy
            ax.legend(frameon=False)
    axes[0].set_yscale("log" if log else "linear")
    return axes


def _without_jumps(values):
    """The values with a gap where they jump by more than a fifth of their range: no steep line there."""
    values = np.array(values, dtype=float)
    size = 0.2 * np.ptp(values)
    values[1:][np.abs(np.diff(values)) > max(size, 1e-9)] = np.nan
    return values


def _line_styles():
    """A colour and dashes for each line; after six they begin again."""
    looks = zip(COLORS, DASHES, strict=True)
    return ({"color": color, "linestyle": dash} for color, dash in cycle(looks))
