"""Exercises whose answers draw random numbers: salt and pepper, data that are shuffled."""

from __future__ import annotations

import numpy as np

from dl_course.checks._answer import name_type, normalize
from dl_course.checks._exercise import OpenExercise, wrong_function
from dl_course.checks._guard import run
from dl_course.checks._kinds import RETURN

__all__ = ["prepare", "salt_and_pepper"]


# 4. Salt and pepper.

SIGMAS = 6.5  # chance goes as far in 1 of 10¹⁰ looks; a verdict takes fewer than 100


def _look_at_noise(answer, rng):
    """A hint about a function that adds salt and pepper, by what it does to grey images."""
    if hint := wrong_function(answer, "image", "fraction", "rng"):
        return hint
    grey = rng.integers(64, 193, (200, 300, 3)) / 256  # nothing is black or white yet
    seeds, more, less = rng.integers(2**40, size=3), rng.uniform(0.3, 0.5), rng.uniform(0.1, 0.2)
    first, hint = _add_noise(answer, grey, more, seeds[0])
    again, hint = (None, hint) if hint else _add_noise(answer, grey, more, seeds[0])
    other, hint = (None, hint) if hint else _add_noise(answer, grey, more, seeds[1])
    if hint := hint or _look_at_chance(first, again, other, more):
        return hint
    rest = ((grey, less), (grey[:50, :, :1], 1.0), (rng.integers(0, 2, (20, 30, 2)) / 1.0, 0.0))
    hints = (_add_noise(answer, image, fraction, seeds[2])[1] for image, fraction in rest)
    return next(filter(None, hints), None)


def _add_noise(answer, image, fraction, seed):
    """(where it is black, grey, white: 0, 1, 2), or a hint."""
    outcome = run(answer, (image, float(fraction), np.random.default_rng(seed)))
    noisy, hint = normalize(outcome.value), outcome.hint
    if not (hint := hint or noisy.hint) and noisy.value.shape != image.shape:
        hint = f"The shape is {noisy.value.shape}, and should be that of the image, {image.shape}."
    hint = hint or _look_at_pixels(noisy.value, image, fraction)
    if hint:
        return (
            None,
            f"{hint} (called with an image of shape {image.shape}, fraction {fraction:.3g})",
        )
    return _levels(noisy.value, image)[..., 0], None


def _levels(noisy, image):
    same = np.abs(noisy - image) < 1e-6  # float32 is welcome
    return np.where(same, 1, np.select([noisy == 0, noisy == 1], [0, 2], -1))


def _look_at_pixels(noisy, image, fraction):
    """A hint about which pixels were hit, and what became of them."""
    levels = _levels(noisy, image)
    if not fraction:
        return None if np.all(levels == 1) else "Nothing should change with a fraction of 0."
    if np.all(levels == 1):
        return "Nothing has changed."
    if np.any(levels < 0):
        return "Some pixels have become neither black nor white."
    if np.any((levels == 1).any(axis=2) != (levels == 1).all(axis=2)):
        return "The channels of a pixel are hit one by one: that gives coloured grains."
    if np.any(levels != levels[..., :1]):
        return "Some grains are coloured: black in one channel and white in another."
    levels = levels[..., 0]
    hint = _look_at_neighbours(levels != 1) or _look_at_amounts(levels, fraction)
    return hint or _look_at_halves(levels, fraction)


def _is_near(found, expected):
    """True if so many of these are True by chance, each with the probability `expected`."""
    allowed = SIGMAS * np.sqrt(expected * (1 - expected) / found.size) + 2 / found.size
    return abs(np.mean(found) - expected) <= allowed


def _look_at_amounts(levels, fraction):
    pepper, hit, salt = levels == 0, levels != 1, levels == 2
    if not salt.any() or not pepper.any():
        return f"There is no {'pepper' if salt.any() else 'salt'} at all."
    if not _is_near(hit, fraction):
        if _is_near(hit, 1 - fraction):
            return "The pixels that should stay are hit, and the others are not: look at the `<`."
        for factor, word in ((2, "Twice"), (0.5, "Half")):
            if factor * fraction < 1 and _is_near(hit, factor * fraction):
                return f"{word} as many pixels are hit as should be."
        word = "many" if hit.mean() > fraction else "few"
        return f"Too {word} pixels are hit. Is some pixel chosen twice, or the fraction fixed?"
    if not (_is_near(salt, fraction / 2) and _is_near(pepper, fraction / 2)):
        more = "salt" if salt.sum() > pepper.sum() else "pepper"
        return f"There is more {more} than the other: does one fall on top of the other?"
    return None


def _look_at_neighbours(hit):
    """A hint if a pixel is hit, or not, because its neighbour is."""
    off = hit - hit.mean()
    products = np.mean(off[:-1] * off[1:]), np.mean(off[:, :-1] * off[:, 1:])
    if np.abs(products).max() > SIGMAS * hit.var() / np.sqrt(hit.size - max(hit.shape)):
        return "Neighbouring pixels are hit together: each needs a random number of its own."
    return None


def _look_at_halves(levels, fraction):
    h, w = levels.shape
    halves = levels[: h // 2], levels[h // 2 :], levels[:, : w // 2], levels[:, w // 2 :]
    if not all(_is_near(half == level, fraction / 2) for half in halves for level in (0, 2)):
        return "One half of the image gets more salt, or more pepper, than the other."
    return None


def _look_at_chance(first, again, other, fraction):
    if not np.array_equal(first, again):
        return "The same generator gives another noise the next time: use only `rng`."
    if np.array_equal(first, other):
        return "Another generator gives the same noise: is one made inside the function?"
    both = (first != 1) & (other != 1)
    if not _is_near(both, fraction**2):
        return "Another generator hits the same pixels: all randomness should come from `rng`."
    if not _is_near(first[both] == other[both], 0.5):
        return "Another generator gives the same colours: all randomness should come from `rng`."
    return None


salt_and_pepper = OpenExercise(
    look=_look_at_noise,
    praise="Right: as much salt as pepper, no coloured grains, and the same again by the same seed.",
    hints=[
        "How many random numbers does an image of h × w pixels need, if channels share them?",
        "A random number between 0 and 1 lies below `fraction` with just this probability.",
        "The same number can decide both whether a pixel is hit and what becomes of it.",
    ],
)


# 7. Find the bugs in what prepares the data.

SMALL, RUNS = 9, 300  # so many examples are shuffled so many times
MOST = 80  # a place gets one example 33 times on average; more than 80 times in 1 of 10¹¹ verdicts
MARK = 0.25  # what the tried augmentation adds; the images hold whole numbers


def _look_at_data(answer, rng):
    """A hint about a function that shuffles, splits and augments, tried on images that say who they are."""
    if hint := wrong_function(answer, "x", "y", "augment", "rng"):
        return hint
    seeds = rng.integers(2**40, size=RUNS)
    for n in 4 * rng.integers(5, 12) + np.arange(4):
        (first, hint), (again, _) = (_prepare(answer, int(n), seeds[n]) for _ in range(2))
        if hint:
            return f"{hint} (called with {n} examples)"
        if first != again:
            return "The same generator gives another order the next time: use only `rng`."
    orders = []
    for seed in seeds:
        order, hint = _prepare(answer, SMALL, seed)
        if hint:
            return f"{hint} (called with {SMALL} examples)"
        orders.append(order)
    return _look_at_orders(np.array(orders))


def _prepare(answer, n, seed):
    """(which example is where, the training part first), or a hint."""
    x = np.tile(np.arange(n, dtype="float32")[:, None, None, None], (1, 3, 2, 1))
    y, seen = np.arange(n, dtype="uint8") + 100, []

    def augment(images):
        seen.append(np.array(images))
        return np.asarray(images) + MARK

    outcome = run(answer, (x, y, augment, np.random.default_rng(seed)))
    parts = outcome.value
    hint = outcome.hint or _look_at_types(parts, x, y) or _look_at_calls(seen, n)
    hint = hint or _look_at_sizes(parts, n) or _look_at_parts(*parts)
    return (None, hint) if hint else ([int(name) - 100 for name in (*parts[1], *parts[3])], None)


def _look_at_types(parts, x, y):
    if parts is None or parts is ...:
        return RETURN
    if not isinstance(parts, (tuple, list)) or len(parts) != 4:
        return "Four results are wanted: images and labels to train on, and to validate with."
    names = ("x_train", "y_train", "x_val", "y_val")
    for name, part, given in zip(names, parts, (x, y, x, y), strict=True):
        if not isinstance(part, np.ndarray):
            return f"{name}: a NumPy array is wanted, and this is {name_type(part)}."
        if part.shape[1:] != given.shape[1:]:
            return f"{name} has shape {part.shape}: in another order, or is an axis lost?"
        if part.dtype != given.dtype:
            return f"{name} is of type {part.dtype}; what was given is of type {given.dtype}."
    return None


def _look_at_calls(seen, n):
    if not seen:
        return "Nothing is augmented: `augment` isn't called."
    if len(seen) > 1:
        return f"`augment` is called {len(seen)} times; once, with a whole batch, is wanted."
    if len(seen[0]) == n:
        return "`augment` gets all images: those to validate with should stay as they are."
    return None


def _look_at_sizes(parts, n):
    x_train, y_train, x_val, y_val = map(len, parts)
    if (x_train, x_val) != (y_train, y_val):
        return "There are not as many labels as images."
    if x_train + x_val == n and x_train < x_val:
        return "There is more to validate with than to train on: are the parts swapped?"
    if (x_train, x_val) != (3 * n // 4, n - 3 * n // 4):
        return f"The parts have {x_train} and {x_val} of {n} images: look at the cut."
    return None


def _look_at_parts(x_train, y_train, x_val, y_val):
    """A hint about who is where, about labels, and about what is augmented."""
    if np.any(x_val % 1):
        return "The validation images are augmented."
    if np.any(x_train % 1 != MARK):
        return "The training images that come back are not what `augment` has returned."
    names = [int(image.flat[0]) for image in (*x_train, *x_val)]
    if set(names[: len(x_train)]) & set(names[len(x_train) :]):
        return "Some images are in both parts: the network is tested on what it has learnt."
    if len(set(names)) < len(names):
        return "Some images are lost, and others are there twice."
    if [name + 100 for name in names] != [*y_train, *y_val]:
        return "Labels and images don't belong together any more."
    return None


def _look_at_orders(orders):
    """A hint about a shuffle, `(RUNS, SMALL)`, that doesn't make all orders equally likely."""
    different, cut = len(np.unique(orders, axis=0)), 3 * SMALL // 4
    if np.all(orders == np.arange(SMALL)):
        return "Nothing is shuffled: sorted data would put whole classes into one part."
    if different == 1:
        return "Another generator gives the same order: is one made inside the function?"
    if np.all(np.sort(orders[:, :cut]) == np.arange(cut)):
        return "The parts are shuffled only after the cut: sorted data would still be split badly."
    if np.all(np.diff(orders[:, :cut]) > 0):
        return "The training examples always come in their old order."
    counts = np.stack([(orders == name).sum(axis=0) for name in range(SMALL)])
    if counts.min() == 0 or counts.max() > MOST or different < RUNS - 10:
        return "Some orders come more often than others: is all of it shuffled, and all at once?"
    return None


prepare = OpenExercise(
    look=_look_at_data,
    praise="Right: shuffled together, split, and only what is learnt from is augmented.",
    hints=[
        "Compare line by line with the text: what is shuffled, what is cut, what is augmented, when?",
        "Draw one order of the places 0, 1, 2 …, and use it for images and labels.",
        "Validation images should be as they were. What must come first, the cut or `augment`?",
    ],
)
