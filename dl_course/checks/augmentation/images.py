"""Exercises on what moves pixels, and on which changes keep a label."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import numpy as np

from dl_course.checks._answer import is_unfinished, name_type
from dl_course.checks._exercise import UNFINISHED, FunctionExercise, OpenExercise
from dl_course.checks._kinds import Real

__all__ = ["AUGMENTATIONS", "flip_some", "keeps_label", "translate"]


def _draw_images(rng, *axes):
    """Images with h ≠ w, of one of several types; none of the numbers is 0."""
    h, w = (int(n) for n in rng.permutation(np.arange(2, 8))[:2])
    shape = (*axes, h, w, int(rng.integers(1, 5)))
    dtype = rng.choice(["uint8", "float32", "float64"])
    return rng.integers(1, 256, shape).astype(dtype) / (1 if dtype == "uint8" else 256)


def _count_up(*shape):
    """1, 2.25, 4 …: all different."""
    return np.arange(2.0, 2 + np.prod(shape)).reshape(shape) ** 2 / 4


# 1. Some images of a batch flipped.


def _flip(images, mask):
    return np.where(mask[:, None, None, None], images[:, :, ::-1], images)


def _draw_flip(rng):
    mask = rng.random(rng.choice([1, 3, 5, 6, 7, 8])) < rng.choice([0, 0.5, 0.5, 0.5, 1])
    return _draw_images(rng, len(mask)), mask


def _grouped(images, mask):
    return np.concatenate([images[mask][:, :, ::-1], images[~mask]])


def _change_masked(change):
    return lambda images, mask: np.where(mask[:, None, None, None], change(images), images)


flip_some = FunctionExercise(
    kind=Real(),
    reference=_flip,
    cases=[
        (_count_up(3, 1, 2, 2), np.array([False, True, False])),
        (_count_up(4, 2, 3, 4), np.array([True, True, False, True])),
        (_count_up(2, 3, 2, 1), np.array([False, False])),
        (_count_up(1, 2, 3, 1), np.array([True])),
    ],
    draw=_draw_flip,
    praise="Right: columns change places where the mask says so, and nowhere else.",
    hints=[
        "Which of the four axes runs from left to right?",
        "A mask in square brackets picks some images of the batch, to read or to replace.",
        "Start from a copy; replace the images that the mask picks, and leave the others alone.",
    ],
    mistakes=[
        (lambda x, m: x[:, :, ::-1], "All images are flipped: `mask` isn't used."),
        (lambda x, m: _flip(x, ~m), "The wrong images are flipped: those with False."),
        (
            _change_masked(lambda x: x[:, ::-1]),
            "The images are upside down: which axis runs from left to right?",
        ),
        (
            _change_masked(lambda x: x[:, ::-1, ::-1]),
            "The images are rotated by half a turn: one axis too many is reversed.",
        ),
        (_change_masked(lambda x: x[..., ::-1]), "The channels have changed places, not columns."),
        (lambda x, m: x[m][:, :, ::-1], "Only the flipped images come back; all are wanted."),
        (_grouped, "The flipped images come first now: each should keep its place in the batch."),
        (lambda x, m: x.copy(), "Nothing has changed."),
    ],
)


# 2. An image translated by dx and dy.


def _translate(image, dx, dy):
    h, w = image.shape[:2]
    moved = np.zeros_like(image)
    moved[max(dy, 0) : h + min(dy, 0), max(dx, 0) : w + min(dx, 0)] = image[
        max(-dy, 0) : h - max(dy, 0), max(-dx, 0) : w - max(dx, 0)
    ]
    return moved


def _translate_edge(image, dx, dy):
    h, w = image.shape[:2]
    return image[(np.arange(h) - dy).clip(0, h - 1)][:, (np.arange(w) - dx).clip(0, w - 1)]


def _draw_translation(rng):
    """All four directions, and 0."""
    image = _draw_images(rng)
    most = min(image.shape[:2]) - 1  # so that dx and dy swapped are no error, but a wrong result
    dx, dy = rng.integers(1, most + 1, 2) * rng.choice([-1, 0, 1], 2, p=[0.45, 0.1, 0.45])
    return image, int(dx), int(dy)


translate = FunctionExercise(
    kind=Real(),
    reference=_translate,
    cases=[
        (_count_up(2, 3, 1), 1, 1),
        (_count_up(3, 4, 2), -2, 1),
        (_count_up(3, 4, 4), 2, 0),
        (_count_up(6, 7, 1), 4, -3),
        (_count_up(6, 5, 1), -3, 4),
        (_count_up(4, 3, 1), 0, -2),
        (_count_up(3, 2, 3), 0, 0),
    ],
    draw=_draw_translation,
    praise="Right: in all directions, and by 0 pixels too.",
    hints=[
        "How many rows and columns of the image are still to be seen? Where do they go?",
        "Begin with zeros, then fill one rectangle of them with a rectangle of the image.",
        "Each rectangle has a first row and an end. Write both for dy > 0 and for dy < 0; "
        "`max(dy, 0)` is one way to say both at once.",
    ],
    mistakes=[
        (lambda x, dx, dy: _translate(x, -dx, -dy), "The image moves in the opposite direction."),
        (lambda x, dx, dy: _translate(x, dy, dx), "`dx` and `dy` are swapped."),
        (lambda x, dx, dy: _translate(x, dx, -dy), "Up and down are swapped."),
        (lambda x, dx, dy: _translate(x, -dx, dy), "Left and right are swapped."),
        (
            lambda x, dx, dy: np.roll(x, (dy, dx), (0, 1)),
            "What leaves on one side comes in again on the other.",
        ),
        (_translate_edge, "The border is repeated; zeros should come in."),
        (lambda x, dx, dy: _translate(x, dx, 0), "It moves sideways only: `dy` isn't used."),
        (lambda x, dx, dy: x.copy(), "Nothing has moved."),
    ],
)


# 3. Which augmentations keep the label?

AUGMENTATIONS = (
    "horizontal flip",  # left and right swapped
    "vertical flip",  # top and bottom swapped
    "rotate by 10°",
    "rotate by 180°",
    "translate by 2 pixels",
    "noise",  # salt and pepper, 5 % of the pixels
)
_HARMLESS = {
    "rotate by 10°": "nobody holds pen or camera quite straight.",
    "translate by 2 pixels": "does it mean something else two pixels further?",
    "noise": "a few grains hide little of what is there.",
}

# For each kind of picture: what belongs to it, what may or may not, and a word on each mistake.
KINDS: dict[str, tuple[set[str], set[str], dict[str, str]]] = {
    "digits": (
        {*_HARMLESS},
        set(),
        {
            "horizontal flip": "write a 3 and look at it in a mirror.",
            "vertical flip": "write a 7 and put a mirror below it.",
            "rotate by 180°": "write a 6 and look at it from across the table.",
        },
    ),
    "cats and dogs": (
        {*_HARMLESS, "horizontal flip"},
        {"vertical flip", "rotate by 180°"},  # still a cat, if seldom seen: a matter of taste
        {"horizontal flip": "what would a cat that looks the other way be?"},
    ),
    "arrow signs": (
        {*_HARMLESS},
        set(),
        {
            "horizontal flip": "where would a driver go who follows this sign?",
            "vertical flip": "think of the sign that says straight ahead.",
            "rotate by 180°": "think of a sign that says left, hung up the wrong way round.",
        },
    ),
}


def _look_at_labels(answer, rng):
    """A hint about the first kind of pictures with an augmentation missing or one too many."""
    if not isinstance(answer, Mapping):
        return f"A dictionary is wanted, and this is {name_type(answer)}."
    if set(answer) != set(KINDS):
        return f"The dictionary should have the entries {', '.join(KINDS)}."
    for kind, (needed, taste, hints) in KINDS.items():
        if hint := _look_at_names(answer[kind], needed, needed | taste, _HARMLESS | hints):
            return hint if hint is UNFINISHED else f"{kind}: {hint}"
    return None


def _look_at_names(chosen, needed, allowed, hints):
    if isinstance(chosen, (str, bytes, Mapping)) or not isinstance(chosen, Iterable):
        return f"a set of names is wanted, and this is {name_type(chosen)}."
    chosen = list(chosen)
    if is_unfinished(chosen):
        return UNFINISHED
    for name in chosen:
        if not (isinstance(name, str) and name in AUGMENTATIONS):
            return f"there is no augmentation {name!r:.60} in the list."
    for name in AUGMENTATIONS:
        if name in chosen and name not in allowed:
            return f"«{name}» is one too many: {hints[name]}"
        if name in needed and name not in chosen:
            return f"«{name}» is left out: {hints[name]}"
    return None


keeps_label = OpenExercise(
    look=_look_at_labels,
    praise="Right: what is harmless depends on what the label says.",
    hints=[
        "Would you give the changed picture the same label, if you saw it for the first time?",
        "One picture of a kind that changes its label is enough to leave a change out.",
    ],
)
