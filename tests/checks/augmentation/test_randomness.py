"""Salt and pepper, shuffled data: right answers of many styles, wrong ones and their hints."""

import functools
import re

import keras
import numpy as np
import pytest
from answers import faults, right_cases, wrong_cases

from dl_course import augmentation
from dl_course.checks.augmentation import randomness

# Salt and pepper ---------------------------------------------------------------------------------


def by_the_course(image, fraction, rng):
    return augmentation.salt_and_pepper(image, fraction, rng=rng)


def by_masks(image, fraction, rng):
    noisy, chance = image.copy(), rng.random(image.shape[:2])
    noisy[chance < fraction / 2] = 1
    noisy[chance > 1 - fraction / 2] = 0
    return noisy


def by_coins(image, fraction, rng):
    hit = rng.random(image.shape[:2]) < fraction
    colour = rng.integers(0, 2, image.shape[:2])
    return np.where(hit[..., None], colour[..., None], image).astype("float32")


def by_counting(image, fraction, rng):
    h, w, c = image.shape
    flat = image.reshape(-1, c).copy()
    places = rng.choice(h * w, int(fraction * h * w), replace=False)
    flat[places[::2]], flat[places[1::2]] = 0, 1
    return flat.reshape(image.shape)


def by_choice(image, fraction, rng):
    kinds = rng.choice(3, image.shape[:2], p=[1 - fraction, fraction / 2, fraction / 2])[..., None]
    return np.select([kinds == 1, kinds == 2], [0, 1], image).astype(np.float64)


def by_turns(image, fraction, rng):
    """Black, white, black … in the order of the pixels."""
    hit = rng.random(image.shape[:2]) < fraction
    noisy = image.copy()
    noisy[hit] = np.arange(hit.sum())[:, None] % 2
    return noisy


def in_a_loop(image, fraction, rng):
    noisy = image.tolist()
    for row in noisy:
        for place in range(len(row)):
            if rng.random() < fraction:
                row[place] = [float(rng.random() < 0.5)] * len(row[place])
    return noisy


def in_keras(image, fraction, rng):
    chance = keras.ops.convert_to_tensor(rng.random(image.shape[:2])[..., None])
    noisy = keras.ops.where(chance < fraction, 0.0, keras.ops.convert_to_tensor(image))
    return keras.ops.where(chance < fraction / 2, 1.0, noisy)


def by_a_seed(image, fraction, rng):
    """Another generator, though one that depends on `rng`."""
    return by_masks(image, fraction, np.random.default_rng(rng.integers(2**60)))


class Grains:
    colours = (0, 1)

    def __call__(self, image, fraction, rng):
        colours = np.array(self.colours)[rng.binomial(1, 0.5, image.shape[:2])]
        keep = rng.uniform(size=image.shape[:2]) >= fraction
        return keep[..., None] * image + (~keep * colours)[..., None]


def spoil(change):
    """An answer that is right but for one change of the chances, `(h, w, 1)`, or of the levels."""

    def answer(image, fraction, rng):
        chance, high, colours = rng.random(image.shape[:2])[..., None], fraction / 2, (0, 1)
        chance, high, fraction, colours = change(chance, high, fraction, colours, rng, image)
        noisy = np.where(chance < fraction, colours[1], image)
        return np.where(chance < high, colours[0], noisy)

    return answer


def with_fraction(change):
    return lambda image, fraction, rng: by_coins(image, change(fraction), rng)


def with_rng(make):
    return lambda image, fraction, rng: by_coins(image, fraction, make())


def in_place(image, fraction, rng):
    image[rng.random(image.shape[:2]) < fraction] = 0
    return image


def one_on_the_other(image, fraction, rng):
    noisy = image.copy()
    noisy[rng.random(image.shape[:2]) < fraction / 2] = 0
    noisy[rng.random(image.shape[:2]) < fraction / 2] = 1
    return noisy


def with_replacement(image, fraction, rng):
    h, w, _ = image.shape
    noisy = image.copy()
    rows, columns = (rng.integers(n, size=int(fraction * h * w)) for n in (h, w))
    noisy[rows, columns] = np.arange(len(rows))[:, None] % 2
    return noisy


def black_first(image, fraction, rng):
    """Half of what is black turns white: what was black before, too."""
    noisy = np.where(rng.random(image.shape[:2])[..., None] < fraction, 0, image)
    lift = (noisy == 0).all(axis=2) & (rng.random(image.shape[:2]) < 0.5)
    return np.where(lift[..., None], 1, noisy)


def in_halves(image, fraction, rng):
    noisy, (rows, columns) = image.copy(), np.nonzero(rng.random(image.shape[:2]) < fraction)
    middle = len(rows) // 2
    noisy[rows[:middle], columns[:middle]], noisy[rows[middle:], columns[middle:]] = 0, 1
    return noisy


def in_blocks(image, fraction, rng):
    h, w, _ = image.shape
    chance = np.repeat(rng.random(((h + 1) // 2, w)), 2, axis=0)[:h, :, None]
    return np.where(chance < fraction, np.where(chance < fraction / 2, 0, 1), image)


def mixed_generators(hits, colours):
    def answer(image, fraction, rng):
        hit = hits(rng).random(image.shape[:2]) < fraction
        return np.where(
            hit[..., None], colours(rng).integers(2, size=image.shape[:2])[..., None], image
        )

    return answer


def same(rng):
    return rng


def fixed(rng):
    return np.random.default_rng(7)


def by_the_global_one(image, fraction, rng):
    chance = np.random.rand(*image.shape[:2], 1)  # noqa: NPY002
    return np.where(chance < fraction, np.where(chance < fraction / 2, 0, 1), image)


# Data that are prepared --------------------------------------------------------------------------


def steps(
    augment_train=1, augment_val=0, labels=True, cut=0.75, shuffle="first", keep=None, swap=False
):
    """What a learner may write, with one thing or another wrong."""

    def prepare(x, y, augment, rng):
        order = rng.permutation(len(x)) if shuffle == "first" else np.arange(len(x))
        at = int(cut * len(x))
        if shuffle == "parts":
            order = np.concatenate([rng.permutation(at), at + rng.permutation(len(x) - at)])
        if shuffle == "roll":
            order = np.roll(order, rng.integers(len(x)))
        if shuffle == "others":
            order = np.append(0, 1 + rng.permutation(len(x) - 1))
        if shuffle == "sattolo":
            for i in range(len(x) - 1, 0, -1):
                j = rng.integers(i)
                order[[i, j]] = order[[j, i]]
        x, y = x[order], y[order] if labels else y
        x_train, y_train, x_val, y_val = x[:at], y[:at], x[at:], y[at:]
        if keep == "both":
            x_val, y_val = x[at - 3 : -3], y[at - 3 : -3]
        if keep == "twice":
            x_val, y_val = (
                np.repeat(x_val, 2, axis=0)[: len(x_val)],
                np.repeat(y_val, 2)[: len(y_val)],
            )
        for _ in range(augment_train):
            x_train = augment(x_train)
        for _ in range(augment_val):
            x_val = augment(x_val)
        return (x_train, x_val, y_train, y_val) if swap else (x_train, y_train, x_val, y_val)

    return prepare


def shuffle_in_place(x, y, augment, rng):
    pairs = list(zip(x.copy(), y, strict=True))
    rng.shuffle(pairs)
    x, y = (np.array(part) for part in zip(*pairs, strict=True))
    cut = len(x) * 3 // 4
    return [augment(x[:cut]), y[:cut], x[cut:], y[cut:]]


def shuffle_by_sorting(x, y, augment, rng):
    order = np.argsort(rng.random(len(y)))
    x, y = np.take(x, order, axis=0), np.take(y, order)
    n_val = -(-len(y) // 4)
    x_train, x_val = np.split(x, [len(y) - n_val])
    y_train, y_val = np.split(y, [len(y) - n_val])
    return augment(x_train), y_train, x_val, y_val


def shuffle_by_hand(x, y, augment, rng):
    places = list(range(len(x)))
    for i in range(len(places) - 1, 0, -1):
        j = int(rng.integers(i + 1))
        places[i], places[j] = places[j], places[i]
    train, val = places[: len(x) * 3 // 4], places[len(x) * 3 // 4 :]
    return augment(x[train]), y[train], x[val], y[val]


def validation_first(x, y, augment, rng):
    order = rng.choice(len(x), len(x), replace=False)
    val, train = np.split(order, [len(x) - int(0.75 * len(x))])
    return augment(x[train]), y[train], x[val], y[val]


def with_the_state(x, y, augment, rng):
    x, y, state = x.copy(), y.copy(), rng.bit_generator.state
    rng.shuffle(x)
    rng.bit_generator.state = state
    rng.shuffle(y)
    cut = 3 * len(x) // 4
    return augment(x[:cut]), y[:cut], x[cut:], y[cut:]


class Preparer:
    def __init__(self, parts):
        self.parts = parts

    def __call__(self, x, y, augment, rng):
        cut = (self.parts - 1) * len(x) // self.parts
        train, val = np.array_split(rng.permutation(np.arange(len(x))), [cut])
        return augment(x[train]), y[train], x[val], y[val]


def shuffled_in_place(x, y, augment, rng):
    rng.shuffle(x)
    return steps()(x, y, augment, rng)


def one_by_one(x, y, augment, rng):
    order = rng.permutation(len(x)).tolist()
    cut = 3 * len(x) // 4
    x_train = np.concatenate([augment(x[i : i + 1]) for i in order[:cut]])
    return [x_train, y[order[:cut]], x[order[cut:]], y[order[cut:]]]


def sorted_parts(x, y, augment, rng):
    val = rng.choice(len(x), len(x) - 3 * len(x) // 4, replace=False)
    train = np.setdiff1d(np.arange(len(x)), val)
    return augment(x[train]), y[train], x[val], y[val]


def each_by_chance(x, y, augment, rng):
    train = rng.random(len(x)) < 0.75
    return augment(x[train]), y[train], x[~train], y[~train]


def augment_all(x, y, augment, rng):
    changed, order, cut = augment(x), rng.permutation(len(x)), 3 * len(x) // 4
    train, val = order[:cut], order[cut:]
    return changed[train], y[train], x[val], y[val]


def shuffle_twice(x, y, augment, rng):
    x, y = rng.permutation(x), rng.permutation(y)
    cut = 3 * len(x) // 4
    return augment(x[:cut]), y[:cut], x[cut:], y[cut:]


def rounded(x, y, augment, rng):
    return steps(cut=round(0.75 * len(x)) / len(x) + 1e-9)(x, y, augment, rng)


def change(function):
    """The right four arrays, changed."""
    return lambda *arguments: function(*steps()(*arguments))


def prepare_with_bugs(x, y, augment, rng):
    x = augment(x)
    x = x[np.random.default_rng().permutation(len(x))]
    cut = len(x) // 4
    return x[:cut], y[:cut], x[cut:], y[cut:]


def by_the_global_shuffle(x, y, augment, rng):
    order = np.random.permutation(len(x))  # noqa: NPY002
    return steps(shuffle=None)(x[order], y[order], augment, rng)


RIGHT = {
    "salt_and_pepper": [
        by_the_course,
        by_masks,
        by_coins,
        by_counting,
        by_choice,
        by_turns,
        in_a_loop,
        in_keras,
        by_a_seed,
        Grains(),
        functools.partial(spoil(lambda *a: a[:4])),
    ],
    "prepare": [
        steps(),
        shuffle_in_place,
        shuffle_by_sorting,
        shuffle_by_hand,
        validation_first,
        with_the_state,
        Preparer(4),
        functools.partial(lambda form, *given: form(steps()(*given)), list),
    ],
}

WRONG = {
    "salt_and_pepper": [
        (lambda image, fraction, rng: image, "Nothing has changed"),
        (in_place, "changes its input"),
        (lambda image, fraction, rng: None, "Not (attempted|finished) yet"),
        (lambda image, fraction, rng: print(image), "None comes back"),
        (lambda image, fraction, rng: "noise", "this is a text"),
        (lambda *a: by_coins(*a)[..., 0], r"The shape is \(200, 300\)"),
        (lambda *a: by_coins(*a).transpose(1, 0, 2), r"The shape is \(300, 200, 3\)"),
        (lambda image, fraction, rng: image + rng.normal(0, 0.1, image.shape), "neither black nor"),
        (lambda *a: 255 * by_coins(*a), "neither black nor white"),
        (lambda *a: by_coins(*a).astype("uint8"), "no salt|Too many pixels"),
        (spoil(lambda c, h, s, v, r, i: (c, h, s, (0, 255))), "neither black nor white"),
        (spoil(lambda c, h, s, v, r, i: (c, h, s, (-1, 1))), "neither black nor white"),
        (spoil(lambda c, h, s, v, r, i: (r.random(i.shape), h, s, v)), "one by one"),
        (
            spoil(lambda c, h, s, v, r, i: (c, h, s, (r.integers(0, 2, i.shape), 1))),
            "Some grains are coloured",
        ),
        (spoil(lambda c, h, s, v, r, i: (r.random((1, i.shape[1], 1)), h, s, v)), "Neighbouring"),
        (spoil(lambda c, h, s, v, r, i: (r.random((i.shape[0], 1, 1)), h, s, v)), "Neighbouring"),
        (in_blocks, "Neighbouring pixels are hit together"),
        (in_halves, "One half of the image"),
        (spoil(lambda c, h, s, v, r, i: (c, h, s, (0, 0))), "no salt at all"),
        (spoil(lambda c, h, s, v, r, i: (c, h, s, (1, 1))), "no pepper at all"),
        (with_fraction(lambda s: 2 * s), "Twice as many|Too many"),
        (with_fraction(lambda s: s / 2), "Half as many"),
        (with_fraction(lambda s: 1.2 * s), "Too many pixels"),
        (with_fraction(lambda s: 0.8 * s), "Too few pixels"),
        (with_fraction(lambda s: 0.4), "Too (many|few) pixels|Twice|Half"),
        (with_fraction(lambda s: min(s, 0.95)), "Too few pixels"),
        (with_fraction(lambda s: max(s, 0.05)), "Nothing should change with a fraction of 0"),
        (with_fraction(lambda s: 1 - s), "The pixels that should stay are hit"),
        (spoil(lambda c, h, s, v, r, i: (c, 0.6 * s, s, v)), "There is more pepper than the other"),
        (spoil(lambda c, h, s, v, r, i: (c, 0.4 * s, s, v)), "There is more salt than the other"),
        (one_on_the_other, "Too few pixels are hit"),
        (with_replacement, "Too few pixels are hit"),
        (black_first, "Nothing should change with a fraction of 0"),
        (with_rng(lambda: np.random.default_rng(0)), "is one made inside"),
        (with_rng(np.random.default_rng), "use only `rng`"),
        (by_the_global_one, "use only `rng`"),
        (mixed_generators(same, fixed), "gives the same colours"),
        (mixed_generators(fixed, same), "hits the same pixels"),
        (mixed_generators(same, lambda rng: np.random.default_rng()), "use only `rng`"),
        (lambda image, fraction: image, r"the arguments \(image, fraction, rng\)"),
        (3, "A function is wanted, and this is of type int"),
        (lambda image, fraction, rng: 1 / 0, "ZeroDivisionError"),
    ],
    "prepare": [
        (steps(augment_val=1), "`augment` is called 2 times"),
        (steps(augment_train=0), "`augment` isn't called"),
        (steps(0, 1), "The validation images are augmented"),
        (steps(augment_train=2), "`augment` is called 2 times"),
        (one_by_one, "`augment` is called .* times"),
        (augment_all, "`augment` gets all images"),
        (change(lambda a, b, c, d: (a - 0.25, b, c, d)), "not what `augment` has returned"),
        (steps(labels=False), "Labels and images don't belong together"),
        (shuffle_twice, "Labels and images don't belong together"),
        (steps(shuffle=None), "Nothing is shuffled"),
        (steps(shuffle="parts"), "shuffled only after the cut"),
        (steps(shuffle="roll"), "Some orders come more often"),
        (steps(shuffle="others"), "Some orders come more often"),
        (steps(shuffle="sattolo"), "Some orders come more often"),
        (sorted_parts, "always come in their old order"),
        (each_by_chance, r"The parts have \d+ and|not as many|validate with than"),
        (steps(cut=0.25), "the parts swapped"),
        (steps(cut=0.5), r"The parts have \d+ and \d+ of"),
        (rounded, r"The parts have \d+ and \d+ of"),
        (steps(keep="both"), "Some images are in both parts"),
        (steps(keep="twice"), "Some images are lost"),
        (steps(swap=True), "in another order"),
        (shuffled_in_place, "changes its input"),
        (change(lambda *parts: [part.tolist() for part in parts]), "x_train: a NumPy array is w"),
        (change(lambda a, b, c, d: (a, b.astype(float), c, d)), "y_train is of type float64"),
        (change(lambda a, b, c, d: (a, b, c.astype(float), d)), "x_val is of type float64"),
        (change(lambda a, b, c, d: (a, b[1:], c, d)), "not as many labels as images"),
        (change(lambda a, b, c, d: (c, d, a, b)), "the parts swapped"),
        (change(lambda *parts: dict(enumerate(parts))), "Four results are wanted"),
        (lambda x, y, a, rng: steps()(x, y, a, np.random.default_rng(0)), "is one made inside"),
        (lambda x, y, a, rng: steps()(x, y, a, np.random.default_rng()), "use only `rng`"),
        (by_the_global_shuffle, "use only `rng`"),
        (prepare_with_bugs, "`augment` gets all images"),
        (lambda x, y, augment, rng: (augment(x), y), "Four results are wanted"),
        (lambda x, y, augment, rng: ("a", "b", "c", "d"), "x_train: a NumPy array is wanted"),
        (lambda x, y, augment, rng: (augment(x), y, ..., ...), "x_val: a NumPy array is wanted"),
        (lambda x, y, augment, rng: None, "Not (attempted|finished) yet"),
        (lambda x, y, augment, rng: x[99], "IndexError"),
        (lambda x, y: (x, y), r"must take the arguments \(x, y, augment, rng\)"),
        ([1], "A function is wanted, and this is a list"),
    ],
}


@pytest.mark.parametrize(("exercise", "answer"), right_cases(randomness, RIGHT))
def test_right_answers_pass_in_any_style(exercise, answer):
    assert set(faults(exercise, answer)) == {None}


@pytest.mark.parametrize(("exercise", "answer", "word"), wrong_cases(randomness, WRONG))
def test_wrong_answers_get_the_hint_that_is_meant(exercise, answer, word):
    assert all(fault and re.search(word, fault) for fault in faults(exercise, answer))
