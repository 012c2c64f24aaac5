"""What every loader of `datasets` gives: labelled images."""

from __future__ import annotations

import html
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from dl_course import _validate

__all__ = ["Dataset"]


@dataclass(frozen=True, eq=False, repr=False)
class Dataset:
    """Labelled images that cannot be changed by accident.

    Args:
        images: float32 in [0, 1], shape `(n, h, w, c)`, at least one; c is 1 for grey and 3 for
            red, green and blue.
        labels: Integers, shape `(n,)`; a label is a position in `class_names`.
        class_names: One name per class.
        source: What data this is; it starts with "stand-in" if other data was wanted.

    Raises:
        TypeError: If `images` is not an array.
        ValueError: If the arrays are not of this form.

    Examples:
        >>> images = np.zeros((3, 28, 28, 1), np.float32)
        >>> Dataset(images, np.array([0, 1, 1]), ("cat", "dog"), "made up")
        Dataset(3 images of 28 × 28 × 1, 2 classes; made up)
    """

    images: np.ndarray
    labels: np.ndarray
    class_names: tuple[str, ...]
    source: str

    def __post_init__(self) -> None:
        _check_images(self.images)
        labels = _validate.labels("labels", self.labels, len(self.images), len(self.class_names))
        object.__setattr__(self, "images", _read_only(self.images))
        object.__setattr__(self, "labels", _read_only(labels))
        object.__setattr__(self, "class_names", tuple(self.class_names))

    @property
    def image(self) -> np.ndarray:
        """The first image, `(h, w, c)`: the whole content of a photograph's data set."""
        return self.images[0]

    @property
    def is_stand_in(self) -> bool:
        """Whether this stands in for data that could not be had: expect other figures."""
        return self.source.startswith("stand-in")

    def split(self, fraction: float, *, seed: int = 0) -> tuple[Dataset, Dataset]:
        """Divide into two parts with the same mix of classes.

        Args:
            fraction: Of every class, what goes to the first part, between 0 and 1. A class of two
                or more gives at least one image to each part, a single image to the first.
            seed: The same seed gives the same parts.

        Returns:
            The two parts, each in the order of this data set.

        Raises:
            TypeError: If `fraction` is not a number, or `seed` not a whole number.
            ValueError: If `fraction` is not between 0 and 1, or no class has two images.

        Examples:
            >>> from dl_course.datasets import load_digits
            >>> train, test = load_digits().split(0.8)
            >>> len(train), len(test)
            (1438, 359)
        """
        _validate.number("fraction", fraction, above=0, below=1)
        rng = _generator(seed)
        first = np.zeros(len(self), dtype=bool)
        for members in self._members():
            first[rng.permutation(members)[: _first_count(fraction, len(members))]] = True
        if first.all():
            raise ValueError(
                "To be split, a data set must have a class with at least 2 images; add images or use"
                f" it whole. Received: {self!r}"
            )
        return self._take(first), self._take(~first)

    def subset(self, *, per_class: int, seed: int = 0) -> Dataset:
        """Pick the same number of images from every class at random.

        Args:
            per_class: Images of each class.
            seed: The same seed picks the same images.

        Returns:
            A smaller data set, in the order of this one.

        Raises:
            TypeError: If an argument is not a whole number.
            ValueError: If `per_class` is below 1 or above the size of the smallest class.

        Examples:
            >>> from dl_course.datasets import load_digits
            >>> load_digits().subset(per_class=2)
            Dataset(20 images of 8 × 8 × 1, 10 classes; scikit-learn's digits)
        """
        _validate.whole("per_class", per_class, at_least=1)
        smallest = min(zip(self._counts(), self.class_names, strict=True))
        if per_class > smallest[0]:
            raise ValueError(
                f"`per_class` must be at most {smallest[0]}, the number of images of the smallest"
                f" class ({smallest[1]!r}). Received: {per_class}"
            )
        rng = _generator(seed)
        picked = [rng.permutation(members)[:per_class] for members in self._members()]
        return self._take(np.sort(np.concatenate(picked)))

    def batches(
        self, size: int, *, seed: int | None = 0
    ) -> Iterator[tuple[np.ndarray, np.ndarray]]:
        """Go once through all images in batches; the last one may be smaller.

        Args:
            size: Images in a batch.
            seed: Of the shuffling; give each epoch a different one. None keeps the order.

        Returns:
            An iterator of `(images, labels)` with shapes `(size, h, w, c)` and `(size,)`.

        Raises:
            TypeError: If an argument is not a whole number.
            ValueError: If `size` is below 1.

        Examples:
            >>> from dl_course.datasets import load_digits
            >>> [len(labels) for images, labels in load_digits().batches(512)]
            [512, 512, 512, 261]
        """
        _validate.whole("size", size, at_least=1)
        order = np.arange(len(self)) if seed is None else _generator(seed).permutation(len(self))
        starts = range(0, len(self), size)
        return (
            (self.images[chosen], self.labels[chosen])
            for chosen in (order[start : start + size] for start in starts)
        )

    def __len__(self) -> int:
        return len(self.images)

    def __repr__(self) -> str:
        return f"Dataset({self._shape()}, {_plural(len(self.class_names), 'class')}; {self.source})"

    def _repr_html_(self) -> str:
        """A table for notebooks."""
        rows = {
            "images": f"{self._shape()} (height × width × channels), {self.images.dtype} in [0, 1]",
            "labels": f"{self.labels.dtype}, {_plural(len(self.class_names), 'class')}",
            "images per class": self._class_list(),
            "source": self.source,
        }
        cells = (
            f'<tr><th style="text-align:left">{name}</th>'
            f'<td style="text-align:left">{html.escape(value)}</td></tr>'
            for name, value in rows.items()
        )
        return f"<table>{''.join(cells)}</table>"

    def _shape(self) -> str:
        return _plural(len(self), "image") + " of " + " × ".join(map(str, self.images.shape[1:]))

    def _class_list(self, longest: int = 20) -> str:
        pairs = list(zip(self.class_names, self._counts(), strict=True))
        shown = ", ".join(f"{name}: {count:,}" for name, count in pairs[:longest])
        return shown if len(pairs) <= longest else f"{shown}, … {len(pairs) - longest} more"

    def _counts(self) -> list[int]:
        return np.bincount(self.labels, minlength=len(self.class_names)).tolist()

    def _members(self) -> list[np.ndarray]:
        """For each class, the positions of its images."""
        return [np.flatnonzero(self.labels == label) for label in range(len(self.class_names))]

    def _take(self, chosen: np.ndarray) -> Dataset:
        return Dataset(self.images[chosen], self.labels[chosen], self.class_names, self.source)


def _read_only(array: np.ndarray) -> np.ndarray:
    view = array.view()
    view.flags.writeable = False
    return view


def _generator(seed: int) -> np.random.Generator:
    return np.random.default_rng(_validate.whole("seed", seed, at_least=0))


def _first_count(fraction: float, count: int) -> int:
    """How many of a class go to the first part: at least one to each part if there are two."""
    return count if count < 2 else min(max(round(fraction * count), 1), count - 1)


def _plural(count: int, noun: str) -> str:
    ending = "" if count == 1 else "es" if noun.endswith("s") else "s"
    return f"{count:,} {noun}{ending}"


def _check_images(images: np.ndarray) -> None:
    form = "`images` must be a float32 array of shape (n, h, w, c) with n ≥ 1, values in [0, 1]"
    if not isinstance(images, np.ndarray):
        raise TypeError(f"{form}. Received: {type(images).__name__}")
    if images.dtype != np.float32 or images.ndim != 4 or images.size == 0:
        raise ValueError(f"{form}. Received: {images.dtype} of shape {images.shape}")
    lowest, highest = images.min(), images.max()
    if not (lowest >= 0 and highest <= 1):  # written so that NaN is refused too
        raise ValueError(f"{form}; divide bytes by 255. Received: values {lowest} … {highest}")
