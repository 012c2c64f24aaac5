"""What every loader of `datasets` gives: labelled images, and the checks on arguments."""

from __future__ import annotations

import html
import numbers
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass

import numpy as np

__all__ = ["Dataset", "check_fraction", "check_names", "check_whole", "generator"]


@dataclass(frozen=True, eq=False, repr=False)
class Dataset:
    """Labelled images that cannot be changed by accident.

    Args:
        images: float32 in [0, 1], shape `(n, h, w, c)`, at least one; c is 1 for grey and 3 for
            red, green and blue.
        labels: integers, shape `(n,)`; a label is a position in `class_names`.
        class_names: one name per class.
        source: what data this is; it starts with "stand-in" if other data was wanted.

    Raises:
        ValueError: if the arrays are not of this form.
    """

    images: np.ndarray
    labels: np.ndarray
    class_names: tuple[str, ...]
    source: str

    def __post_init__(self):
        _check_images(self.images)
        _check_labels(self.labels, len(self.images), len(self.class_names))
        object.__setattr__(self, "images", _read_only(self.images))
        object.__setattr__(self, "labels", _read_only(self.labels))
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
            fraction: share of every class that goes to the first part, between 0 and 1. A class
                of two or more gives at least one image to each part, a single image to the first.
            seed: the same seed gives the same parts.

        Returns:
            The two parts, each in the order of this data set.

        Raises:
            ValueError: if `fraction` is not between 0 and 1, or no class has two images.
        """
        check_fraction("fraction", fraction)
        dice = generator(seed)
        first = np.zeros(len(self), dtype=bool)
        for members in self._members():
            first[dice.permutation(members)[: _share(fraction, len(members))]] = True
        if first.all():
            raise ValueError(
                "split needs a class with at least 2 images; add images or use the data set whole."
                f" Received: {self!r}"
            )
        return self._take(first), self._take(~first)

    def subset(self, *, per_class: int, seed: int = 0) -> Dataset:
        """Pick the same number of images from every class at random.

        Args:
            per_class: images of each class.
            seed: the same seed picks the same images.

        Returns:
            A smaller data set, in the order of this one.

        Raises:
            ValueError: if `per_class` is below 1 or above the size of the smallest class.
        """
        check_whole("per_class", per_class, at_least=1)
        smallest = min(zip(self._counts(), self.class_names, strict=True))
        if per_class > smallest[0]:
            raise ValueError(
                f"per_class must be at most {smallest[0]}, the number of images of the smallest"
                f" class ({smallest[1]!r}). Received: {per_class}"
            )
        dice = generator(seed)
        picked = [dice.permutation(members)[:per_class] for members in self._members()]
        return self._take(np.sort(np.concatenate(picked)))

    def batches(
        self, size: int, *, seed: int | None = 0
    ) -> Iterator[tuple[np.ndarray, np.ndarray]]:
        """Go once through all images in batches; the last one may be smaller.

        Args:
            size: images in a batch.
            seed: of the shuffling; give each epoch another one. None keeps the order.

        Returns:
            An iterator of `(images, labels)` with shapes `(size, h, w, c)` and `(size,)`.

        Raises:
            ValueError: if `size` is below 1.
        """
        check_whole("size", size, at_least=1)
        order = np.arange(len(self)) if seed is None else generator(seed).permutation(len(self))
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


def generator(seed: int) -> np.random.Generator:
    """Return a random generator; raise if the seed is no whole number from 0 up."""
    check_whole("seed", seed, at_least=0)
    return np.random.default_rng(seed)


def _share(fraction: float, count: int) -> int:
    """How many of a class go to the first part: at least one to each part if there are two."""
    return count if count < 2 else min(max(round(fraction * count), 1), count - 1)


def _plural(count: int, noun: str) -> str:
    ending = "" if count == 1 else "es" if noun.endswith("s") else "s"
    return f"{count:,} {noun}{ending}"


def check_whole(name: str, value: int, *, at_least: int) -> None:
    """Raise TypeError or ValueError, naming the argument, if it is no whole number that large."""
    if isinstance(value, bool) or not isinstance(value, numbers.Integral):
        raise TypeError(f"{name} must be a whole number. Received: {value!r}")
    if value < at_least:
        raise ValueError(f"{name} must be at least {at_least}. Received: {value!r}")


def check_fraction(name: str, value: float) -> None:
    """Raise TypeError or ValueError, naming the argument, if it is not between 0 and 1."""
    if isinstance(value, bool) or not isinstance(value, numbers.Real):
        raise TypeError(f"{name} must be a number between 0 and 1. Received: {value!r}")
    if not 0 < value < 1:
        raise ValueError(f"{name} must be between 0 and 1, both excluded. Received: {value!r}")


def check_names(name: str, values: Sequence[str], known: Collection[str]) -> tuple[str, ...]:
    """Return the values; raise, naming the argument, if they are not different, known names."""
    if isinstance(values, str) or not isinstance(values, Sequence):
        raise TypeError(f"{name} must be a tuple or list of names. Received: {values!r}")
    for value in values:
        if value not in tuple(known):
            raise ValueError(f"{name} must be among {', '.join(known)}. Received: {value!r}")
    if not values or len(set(values)) < len(values):
        raise ValueError(
            f"{name} must be at least one name, none of them twice. Received: {values!r}"
        )
    return tuple(values)


def _check_images(images: np.ndarray) -> None:
    form = "images must be a float32 array of shape (n, h, w, c) with n ≥ 1, values in [0, 1]"
    if not isinstance(images, np.ndarray):
        raise TypeError(f"{form}. Received: {type(images).__name__}")
    if images.dtype != np.float32 or images.ndim != 4 or images.size == 0:
        raise ValueError(f"{form}. Received: {images.dtype} of shape {images.shape}")
    lowest, highest = images.min(), images.max()
    if not (lowest >= 0 and highest <= 1):  # written so that NaN is refused too
        raise ValueError(f"{form}; divide bytes by 255. Received: values {lowest} … {highest}")


def _check_labels(labels: np.ndarray, images: int, classes: int) -> None:
    form = f"labels must be an integer array of shape ({images},), one label per image"
    if not isinstance(labels, np.ndarray):
        raise TypeError(f"{form}. Received: {type(labels).__name__}")
    if labels.dtype.kind not in "iu" or labels.shape != (images,):
        raise ValueError(f"{form}. Received: {labels.dtype} of shape {labels.shape}")
    if labels.min() < 0 or labels.max() >= classes:
        raise ValueError(
            f"labels must be positions in class_names, 0 … {classes - 1}."
            f" Received: {labels.min()} … {labels.max()}"
        )
