"""The exercises of notebook 07, data augmentation."""

from __future__ import annotations

import numpy as np

from dl_course.checks._exercise import (
    FunctionExercise,
    OpenExercise,
    call_safely,
    find_fault_in_parts,
    is_numeric,
    name_type,
    wrong_function,
)

__all__ = [
    "average_views",
    "keeps_label",
    "mirror",
    "mixup",
    "prepare",
    "salt_and_pepper",
    "shift_right",
]


# 1. Left and right swapped, by slicing.

mirror = FunctionExercise(
    reference=lambda x: x[:, :, ::-1],
    cases=[
        (np.arange(1.0, 13.0).reshape(1, 2, 3, 2) ** 2,),
        (np.arange(2.0, 50.0).reshape(2, 4, 2, 3) ** 2,),
    ],
    praise="Right: only the columns change places, in every image and every channel.",
    mistakes=[
        (lambda x: x[:, ::-1], "That is upside down: which axis runs from left to right?"),
        (lambda x: x[::-1], "The images of the batch have changed places."),
        (lambda x: x[..., ::-1], "The channels have changed places: blue is red now."),
        (lambda x: x[:, ::-1, ::-1], "That is half a turn: one axis too many is reversed."),
        (lambda x: x[:, :, ::-1, ::-1], "The channels are reversed too."),
        (lambda x: x[::-1, :, ::-1], "The images of the batch are reversed too."),
        (lambda x: x[::-1, ::-1, ::-1], "All is reversed here, the order of the images included."),
        (lambda x: x[::-1, ::-1, ::-1, ::-1], "Every axis is reversed."),
        (lambda x: x.copy(), "Nothing has changed."),
        (lambda x: x[:, :, -1:0:-1], "The first column is lost: where does the slice stop?"),
        (lambda x: x[:, :, :-1], "The last column is cut off: a step is meant, not an end."),
        (lambda x: x.transpose(0, 2, 1, 3), "Rows and columns are swapped: that is a transpose."),
        (lambda x: x[0, :, ::-1], "Only the first image comes back."),
    ],
)


# 2. Shifted to the right by whole pixels, zeros coming in.


def _shift(image, dx, dy=0):
    shifted = np.zeros_like(image)
    h, w = image.shape
    shifted[max(dy, 0) : h + min(dy, 0), max(dx, 0) : w + min(dx, 0)] = image[
        max(-dy, 0) : h - max(dy, 0), max(-dx, 0) : w - max(dx, 0)
    ]
    return shifted


def _shift_with_an_edge(image, pixels):
    return np.concatenate([np.repeat(image[:, :1], pixels, 1), image], 1)[:, : image.shape[1]]


def _shift_with_ones(image, pixels):
    return _shift(image - 1, pixels) + 1


shift_right = FunctionExercise(
    reference=lambda image, pixels: _shift(image, pixels),
    cases=[
        (np.array([[1.0, 2.0, 3.5, 5.0], [8.0, 6.0, 7.0, 4.0], [9.0, 10.5, 12.0, 11.0]]), 1),
        (np.array([[1.0, 2.0, 3.5, 5.0], [8.0, 6.0, 7.0, 4.0], [9.0, 10.5, 12.0, 11.0]]), 2),
        (np.array([[4.0, 1.0, 3.0], [2.0, 5.0, 6.5]]), 0),
    ],
    praise="Right: also by 0 pixels.",
    mistakes=[
        (lambda x, p: _shift(x, -p), "That goes to the left."),
        (lambda x, p: _shift(x, 0, p), "That goes downward."),
        (lambda x, p: _shift(x, 0, -p), "That goes upward."),
        (lambda x, p: _shift(x, p, p), "It goes downward too."),
        (lambda x, p: np.roll(x, p, axis=1), "What leaves on the right comes in on the left."),
        (lambda x, p: np.roll(x, p, axis=0), "That goes downward, and what leaves comes back."),
        (lambda x, p: np.roll(x, p), "What leaves comes back, even into another row."),
        (_shift_with_an_edge, "The first column is repeated; it is darkness that should come in."),
        (_shift_with_ones, "It is 1 that comes in: that is white."),
        (lambda x, p: np.pad(x, ((0, 0), (p, 0))), "The image has grown: it should keep its size."),
        (lambda x, p: x[:, p:], "Columns are cut off, but nothing comes in; and which ones?"),
        (lambda x, p: x[:, : x.shape[1] - p], "Columns are cut off, but nothing comes in."),
        (lambda x, p: _shift(x, 1), "It always moves by one pixel: `pixels` is not used."),
        (lambda x, p: _shift(x, p + 1), "It moves one pixel too far."),
        (
            lambda x, p: x * (np.arange(x.shape[1]) >= p),
            "The columns on the left are blackened, but nothing has moved.",
        ),
        (
            lambda x, p: np.zeros_like(x) if p == 0 else _shift(x, p),
            "By 0 pixels, everything vanishes: what does a slice `[:-0]` hold?",
        ),
        (lambda x, p: x.copy(), "Nothing has moved."),
    ],
)


# 3. Which augmentations keep the label?

AUGMENTATIONS = (
    "mirror",  # left and right swapped
    "turn over",  # top and bottom swapped
    "rotate by 10°",
    "rotate by 180°",
    "shift by 2 pixels",
    "noise",  # salt and pepper, 5 % of the pixels
)
HARMLESS = {"rotate by 10°", "shift by 2 pixels", "noise"}
_TOO_CAREFUL = {
    "rotate by 10°": "nobody holds pen or camera quite straight.",
    "shift by 2 pixels": "does it mean something else two pixels further?",
    "noise": "a few grains hide little of what is there.",
}

# For each kind of picture: what belongs to it, what may or may not, and a word on each mistake.
KINDS = {
    "digits": (
        HARMLESS,
        set(),
        {
            **_TOO_CAREFUL,
            "mirror": "write a 3 and look at it in a mirror.",
            "turn over": "write a 7 and look at it from the other side of a window, upside down.",
            "rotate by 180°": "write a 6 and look at it from across the table.",
        },
    ),
    "cats and dogs": (
        HARMLESS | {"mirror"},
        {"turn over", "rotate by 180°"},  # still a cat, if seldom seen: a matter of taste
        {**_TOO_CAREFUL, "mirror": "what would a cat that looks the other way be?"},
    ),
    "arrow signs": (
        HARMLESS,
        set(),
        {
            **_TOO_CAREFUL,
            "mirror": "where would a driver go who follows this sign?",
            "turn over": "think of the sign that says straight ahead.",
            "rotate by 180°": "think of a sign that says left, hung up the wrong way round.",
        },
    ),
}


def _look_at_labels(answer, rng):
    """A hint about the first kind of pictures with an augmentation missing or one too many."""
    if not isinstance(answer, dict):
        return f"A dictionary is wanted, and this is {name_type(answer)}."
    if set(answer) != set(KINDS):
        return f"The dictionary should have the entries {', '.join(KINDS)}."
    for kind, (needed, allowed, hints) in KINDS.items():
        if not isinstance(answer[kind], (set, frozenset, list, tuple)):
            return f"{kind}: a set of names is wanted, and this is {name_type(answer[kind])}."
        chosen = set(answer[kind])
        if unknown := chosen - set(AUGMENTATIONS):
            return f"{kind}: there is no augmentation {sorted(map(str, unknown))[0]!r} in the list."
        for name in AUGMENTATIONS:
            if name in chosen and name not in needed | allowed:
                return f"{kind}: «{name}» is one too many: {hints[name]}"
            if name in needed and name not in chosen:
                return f"{kind}: «{name}» is left out: {hints[name]}"
    return None


keeps_label = OpenExercise(
    look=_look_at_labels,
    praise="Right: what is harmless depends on what the label says.",
)


# 4. Salt and pepper.

SIDE = 400  # so large that chance moves a fraction of 0.2 by less than 0.001, most of the time
NEAR = 0.006  # five standard deviations and more of each fraction below


def _grey():
    """Colours from 0.25 to 0.75: nothing is black or white yet."""
    return np.random.default_rng(9).uniform(0.25, 0.75, (SIDE, SIDE, 3))


def _look_at_noise(answer, rng):
    """A hint about a function that adds salt and pepper, tried with two fractions and two seeds."""
    if hint := wrong_function(answer, "image", "fraction", "rng"):
        return hint
    image, results = _grey(), []
    for fraction, seed in ((0.4, 1), (0.2, 1), (0.4, 2), (0.4, 1)):
        given = image.copy()
        result, hint = call_safely(
            lambda fraction, seed, given=given: answer(
                given, fraction, np.random.default_rng(seed)
            ),
            (fraction, seed),
        )
        hint = hint or _look_at_kind(result)
        if not hint and not np.array_equal(given, image):
            hint = "Your function changes its input. Work on a copy."
        if hint or (hint := _look_at_grains(np.asarray(result), image, fraction)):
            return f"{hint} (called with fraction = {fraction:g})"
        results.append(np.asarray(result))
    return _look_at_chance(*results)


def _look_at_kind(result):
    if result is None or result is Ellipsis:
        return "Not finished yet: None comes back. Replace the `...` and `return` the result."
    if not is_numeric(result):
        return f"An image is wanted, and this is {name_type(result)}."
    if np.shape(result) != (SIDE, SIDE, 3):
        return f"The shape is {np.shape(result)}, and should be that of the image."
    return None


def _look_at_grains(noisy, image, fraction):
    """A hint about which pixels were hit, and what became of them."""
    changed = noisy != image
    if not changed.any():
        return "Nothing has changed."
    if not np.isin(noisy[changed], (0, 1)).all():
        return "Some pixels have become neither black nor white."
    if np.any(changed.any(axis=2) != changed.all(axis=2)):
        return "The channels of a pixel are hit one by one: that gives coloured grains."
    if np.any(noisy[changed].reshape(-1, 3) != noisy[changed].reshape(-1, 3)[:, :1]):
        return "Some grains are coloured: black in one channel and white in another."
    hit = changed[..., 0]
    if max(hit.mean(axis=0).std(), hit.mean(axis=1).std()) > 0.1:
        return "Whole rows or columns are hit: each pixel needs a number of its own."
    salt, pepper = (np.mean(hit & (noisy[..., 0] == value)) for value in (1, 0))
    return _look_at_fractions(salt, pepper, fraction)


def _look_at_fractions(salt, pepper, fraction):
    def near(a, b):
        return abs(a - b) < NEAR

    if near(salt, 0) or near(pepper, 0):
        return f"There is no {'salt' if near(salt, 0) else 'pepper'} at all."
    if near(salt, fraction) and near(pepper, fraction):
        return "Twice as many pixels are hit as should be: `fraction` is for both together."
    if near(salt, fraction / 4) and near(pepper, fraction / 4):
        return "Half as many pixels are hit as should be: is `fraction` halved twice?"
    if near(salt + pepper, 1 - fraction):
        return "The pixels that should stay are hit, and the others are not: look at the `<`."
    if not near(salt, pepper):
        more = "salt" if salt > pepper else "pepper"
        return f"There is more {more} than the other: does one fall on top of the other?"
    if not near(salt + pepper, fraction):
        word = "many" if salt + pepper > fraction else "few"
        return f"Too {word} pixels are hit. Is some pixel chosen twice, or the fraction fixed?"
    return None


def _look_at_chance(first, _, other, again):
    if not np.array_equal(first, again):
        return "The same generator gives another noise the next time: use only `rng`."
    if np.array_equal(first, other):
        return "Another generator gives the same noise: is one made inside the function?"
    return None


salt_and_pepper = OpenExercise(
    look=_look_at_noise,
    praise="Right: as much salt as pepper, no coloured grains, and the same again by the same seed.",
)


# 5. Mixup of two batches, with a λ for each pair.


def _mix(a, b, lam):
    """`lam` is `(n,)`: one for each image or each row of targets."""
    lam = lam.reshape(-1, *[1] * (a.ndim - 1))
    return lam * a + (1 - lam) * b


_RANDOM = np.random.default_rng(3)


def _draw_pairs(n, *shape, k):
    x1, x2 = _RANDOM.random((2, n, *shape))
    y1, y2 = (np.eye(k)[_RANDOM.permutation(k)[:n]] for _ in range(2))
    return x1, y1, x2, y2, np.linspace(0.9, 0.2, n)


_PAIRS = [_draw_pairs(3, 2, 4, 1, k=5), _draw_pairs(4, 4, 3, 2, k=4)]


def _mix_targets(x1, y1, x2, y2, lam):
    return _mix(y1, y2, lam)


_mixed_images = FunctionExercise(
    reference=lambda x1, y1, x2, y2, lam: _mix(x1, x2, lam),
    cases=_PAIRS,
    mistakes=[
        (lambda x1, y1, x2, y2, lam: _mix(x2, x1, lam), "the two batches are swapped."),
        (lambda x1, y1, x2, y2, lam: x1 + x2, "they are added, and get too bright."),
        (lambda x1, y1, x2, y2, lam: (x1 + x2) / 2, "they are mixed half and half."),
        (lambda x1, y1, x2, y2, lam: x1.copy(), "they are not mixed at all."),
        (
            lambda x1, y1, x2, y2, lam: _mix(x1, x2, lam[:1].repeat(len(lam))),
            "all pairs are mixed with the λ of the first.",
        ),
        (
            lambda x1, y1, x2, y2, lam: _mix(x1, x2, np.full_like(lam, lam.mean())),
            "all pairs are mixed with the mean of all λ.",
        ),
        (
            lambda x1, y1, x2, y2, lam: _mix(x1, 0 * x2, lam),
            "the second batch is not there: the first one is only darker.",
        ),
        (
            lambda x1, y1, x2, y2, lam: _mix(x1, 0 * x2, lam) + x2,
            "the second batch is added whole, and it gets too bright.",
        ),
        (
            lambda x1, y1, x2, y2, lam: _mix(x1, -x2, lam),
            "the second batch is taken away instead of added.",
        ),
        (
            lambda x1, y1, x2, y2, lam: _mix_targets(x1, y1, x2, y2, lam),
            "these are targets: the results are in the wrong order, or one is missing.",
        ),
    ],
)

_mixed_targets = FunctionExercise(
    reference=_mix_targets,
    cases=_PAIRS,
    mistakes=[
        (lambda x1, y1, x2, y2, lam: y1.copy(), "only those of the first batch come back."),
        (lambda x1, y1, x2, y2, lam: y2.copy(), "only those of the second batch come back."),
        (lambda x1, y1, x2, y2, lam: _mix(y2, y1, lam), "the two batches are swapped."),
        (lambda x1, y1, x2, y2, lam: y1 + y2, "they add up to 2 in each row."),
        (lambda x1, y1, x2, y2, lam: (y1 + y2) / 2, "they are mixed half and half."),
        (
            lambda x1, y1, x2, y2, lam: np.eye(y1.shape[1])[_mix(y1, y2, lam).argmax(axis=1)],
            "the larger part takes it all: the other class is not told.",
        ),
        (
            lambda x1, y1, x2, y2, lam: _mix(y1, y2, lam[:1].repeat(len(lam))),
            "all pairs are mixed with the λ of the first.",
        ),
        (
            lambda x1, y1, x2, y2, lam: _mix(x1, x2, lam),
            "there are none: only the mixed images come back, or twice.",
        ),
    ],
)


def _look_at_mixup(answer, rng):
    """Look at the two results one after the other."""
    if not callable(answer):
        return f"A function is wanted, and this is {name_type(answer)}."
    return find_fault_in_parts(answer, {"images": _mixed_images, "targets": _mixed_targets})


mixup = OpenExercise(
    look=_look_at_mixup,
    praise="Right: each pair with its own λ, and the targets with the same.",
)


# 6. Test-time augmentation: what the network says about several views of the same images.


def _predict(x):
    """Probabilities `(n, 3)` for images `(n, h, w, c)`, as a network would give them."""
    h, w = x.shape[1:3]
    weights = np.sin(1.7 * np.arange(h * w * 3)).reshape(h * w, 3)
    logits = np.tanh(3 * x.mean(axis=-1).reshape(len(x), h * w) @ weights) * 3
    exponentials = np.exp(logits)
    return exponentials / exponentials.sum(axis=1, keepdims=True)


def _predict_all(predict, views):
    return np.stack([predict(view) for view in views])


def _vote(predict, views):
    votes = _predict_all(predict, views).argmax(axis=-1)
    return np.eye(3)[votes].mean(axis=0)


def _geometric(predict, views):
    mean = np.exp(np.log(_predict_all(predict, views)).mean(axis=0))
    return mean / mean.sum(axis=1, keepdims=True)


average_views = FunctionExercise(
    reference=lambda predict, views: _predict_all(predict, views).mean(axis=0),
    cases=[
        (_predict, np.random.default_rng(1).normal(size=(4, 5, 3, 2, 1))),
        (_predict, np.random.default_rng(2).normal(size=(3, 2, 4, 4, 3))),
    ],
    praise="Right: each view is looked at, and what is said of it is averaged.",
    mistakes=[
        (lambda predict, views: predict(views.mean(axis=0)), "The images are averaged, to a blur."),
        (lambda predict, views: predict(views[0]), "Only the first view is looked at."),
        (lambda predict, views: predict(views[-1]), "Only the last view is looked at."),
        (
            lambda predict, views: _predict_all(predict, views).sum(axis=0),
            "The probabilities are added up: they exceed 1.",
        ),
        (
            lambda predict, views: _predict_all(predict, views).mean(axis=1),
            "The mean is over the images: one row for each view is left.",
        ),
        (
            lambda predict, views: _predict_all(predict, views).mean(axis=2),
            "The mean is over the classes: it says nothing, it is always the same.",
        ),
        (lambda predict, views: _predict_all(predict, views), "Nothing is averaged yet."),
        (
            lambda predict, views: _predict_all(predict, views).mean(),
            "Everything is averaged: images and classes too.",
        ),
        (
            lambda predict, views: _predict_all(predict, views).max(axis=0),
            "That is the largest probability among the views.",
        ),
        (
            lambda predict, views: np.median(_predict_all(predict, views), axis=0),
            "That is the median: the probabilities no longer add up to 1.",
        ),
        (_vote, "These are votes: how sure the network is gets lost."),
        (_geometric, "The logarithms are averaged here; a plain mean is asked for."),
        (
            lambda predict, views: _predict_all(predict, views).mean(axis=0).argmax(axis=1),
            "These are classes; probabilities are asked for.",
        ),
        (
            lambda predict, views: _predict_all(predict, views[1:]).mean(axis=0),
            "The first view is left out.",
        ),
        (
            lambda predict, views: _predict_all(predict, views[:-1]).mean(axis=0),
            "The last view is left out.",
        ),
    ],
)


# 7. Find the bugs in what prepares the data.

EXAMPLES = 40
CUT = 30  # three quarters
MARK = 0.25  # what the tried augmentation adds; the images hold whole numbers


def _look_at_data(answer, rng):
    """A hint about a function that shuffles, splits and augments, tried on images that say who they are."""
    if hint := wrong_function(answer, "x", "y", "augment", "rng"):
        return hint
    runs = []
    for seed in (1, 1, 2):
        parts, hint = _prepare_once(answer, seed)
        if hint := hint or _look_at_parts(parts):
            return hint
        runs.append(parts)
    first, again, other = (np.concatenate([run[1], run[3]]) for run in runs)
    if not np.array_equal(first, again):
        return "The same generator gives another order the next time: use only `rng`."
    if np.array_equal(first, other):
        return "Another generator gives the same order: is one made inside the function?"
    return None


def _prepare_once(answer, seed):
    """The four parts as arrays, or a hint."""
    names = np.arange(EXAMPLES)
    x = np.tile(names[:, None, None, None], (1, 2, 2, 1)).astype(float)
    y = names + 100

    def augment(images):
        return images + MARK

    def call(seed):
        return answer(x, y, augment, np.random.default_rng(seed))

    parts, hint = call_safely(call, (seed,))
    if hint:
        return None, hint
    if parts is None:
        return None, "Not finished yet: None comes back. Replace the `...` and `return` the result."
    if not np.array_equal(y, names + 100) or not np.array_equal(x[:, 0, 0, 0], names):
        return None, "Your function changes its input. Work on a copy, or build a new array."
    if not isinstance(parts, (tuple, list)) or len(parts) != 4:
        return None, "Four results are wanted: images and labels to train on, and to validate with."
    if not all(map(is_numeric, parts)):
        return None, "All four results should be arrays of numbers."
    return [np.asarray(part) for part in parts], None


def _look_at_parts(parts):
    """A hint about sizes, about who is where, about labels, and about what is augmented."""
    if [part.shape[1:] for part in parts] != [(2, 2, 1), (), (2, 2, 1), ()]:
        return "The results are in another order, or an axis was lost."
    x_train, y_train, x_val, y_val = parts
    if len(x_train) != len(y_train) or len(x_val) != len(y_val):
        return "There are not as many labels as images."
    if (len(x_train), len(x_val)) == (EXAMPLES - CUT, CUT):
        return "There is more to validate with than to train on: the parts are swapped."
    if (len(x_train), len(x_val)) != (CUT, EXAMPLES - CUT):
        return (
            f"The parts have {len(x_train)} and {len(x_val)} of {EXAMPLES} images: look at the cut."
        )
    train, val = (np.floor(x[:, 0, 0, 0]).astype(int) for x in (x_train, x_val))
    if set(train) & set(val):
        return "Some images are in both parts: the network is tested on what it has learnt."
    if len({*train, *val}) < EXAMPLES:
        return "Some images are lost, and others are there twice."
    return _look_at_marks(x_train, x_val) or _look_at_order(train, val, y_train, y_val)


def _look_at_marks(x_train, x_val):
    in_train, in_val = (np.unique(x % 1 / MARK) for x in (x_train, x_val))
    if in_train.max() == 0:
        back = in_val.max() > 0
        return f"The training images are not augmented{', but the others are' if back else ''}."
    if in_val.max() > 0:
        return "The validation images are augmented too: that judges the network on other pictures."
    if not np.array_equal(in_train, [1]):
        return "Some training images are augmented more often than others, or twice."
    return None


def _look_at_order(train, val, y_train, y_val):
    if not (np.array_equal(train + 100, y_train) and np.array_equal(val + 100, y_val)):
        return "Labels and images don't belong together any more."
    if np.array_equal(np.concatenate([train, val]), np.arange(EXAMPLES)):
        return "Nothing is shuffled: sorted data would put whole classes into one part."
    if set(train) == set(range(CUT)):
        return "The parts are shuffled only after the cut: sorted data would still be split badly."
    return None


prepare = OpenExercise(
    look=_look_at_data,
    praise="Right: shuffled together, split, and only what is learnt from is augmented.",
)
