"""Draw docs/course.png, the picture in README.md: `python docs/draw_course.py`."""

from pathlib import Path

import matplotlib

matplotlib.use("Agg")

import numpy as np

from dl_course import datasets, neurons, plots


def draw_descent(ax):
    """Gradient descent in a narrow valley."""
    slope = np.array([2.0, 24.0])
    path = neurons.gradient_descent(
        lambda point: slope * point, [2.4, 1.1], learning_rate=0.07, steps=30
    )
    plots.contour_path(lambda a, b: a**2 + 12 * b**2, path, y=(-1.9, 1.9), ax=ax)


def draw_boundary(ax):
    """A trained network's decision boundary."""
    positions, labels = neurons.ring_points(200, seed=1)
    mlp, _ = neurons.train(
        neurons.init_mlp([2, 8, 2], seed=3),
        positions,
        labels,
        neurons.cross_entropy,
        learning_rate=0.5,
        epochs=2000,
    )
    plots.decision_boundary(
        lambda points: neurons.softmax(neurons.forward(points, mlp)[0])[:, 1],
        positions,
        labels,
        ax=ax,
    )


def draw_digits(ax):
    """A block of real handwritten digits."""
    images = np.pad(
        datasets.load_digits().images[:30, :, :, 0], [(0, 0), (1, 1), (1, 1)]
    )  # (30, 10, 10)
    ax.imshow(images.reshape(5, 6, 10, 10).swapaxes(1, 2).reshape(50, 60), cmap="gray")


def main():
    """Four panels, the way through the course so far."""
    axes = plots.panels(1, 4, width=11, height=2.7)
    plots.network_diagram([3, 5, 2], ax=axes[0])
    draw_descent(axes[1])
    draw_boundary(axes[2])
    draw_digits(axes[3])
    titles = ["neurons …", "learn by gradient descent …", "to tell things apart …", "and to read."]
    for ax, title in zip(axes, titles, strict=True):
        ax.set(title=title, xlabel="", ylabel="", xticks=[], yticks=[])
    axes[0].figure.savefig(Path(__file__).parent / "course.png", dpi=100)


if __name__ == "__main__":
    main()
