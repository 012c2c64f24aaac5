"""The open exercises of notebook 07, both ways; the others are in test_exercises.py."""

import numpy as np
import pytest

from dl_course import augmentation
from dl_course.checks import augmentation as check
from dl_course.checks.augmentation import AUGMENTATIONS, HARMLESS, KINDS

# Which augmentations keep the label ---------------------------------------------------------------

LABELS = {kind: set(needed) for kind, (needed, _, _) in KINDS.items()}


@pytest.mark.parametrize("form", [set, list, tuple, frozenset])
@pytest.mark.parametrize("more", [set(), {"turn over"}, {"turn over", "rotate by 180°"}])
def test_right_labels_pass_in_every_form(form, more):
    answer = {**LABELS, "cats and dogs": LABELS["cats and dogs"] | more}
    assert check.keeps_label.verdict({kind: form(answer[kind]) for kind in answer}).passed


def test_the_right_answer_is_the_one_meant():
    assert LABELS["digits"] == LABELS["arrow signs"] == HARMLESS
    assert LABELS["cats and dogs"] == HARMLESS | {"mirror"}


def test_each_wrong_choice_is_told_with_its_kind():
    messages = set()
    for kind, (needed, allowed, hints) in KINDS.items():
        assert set(hints) == set(AUGMENTATIONS) - allowed
        for name in hints:
            verdict = check.keeps_label.verdict({**LABELS, kind: LABELS[kind] ^ {name}})
            assert not verdict.passed
            word = "left out" if name in needed else "one too many"
            assert verdict.message == f"{kind}: «{name}» is {word}: {hints[name]}"
            messages.add(verdict.message)
    assert len(messages) == sum(len(hints) for _, _, hints in KINDS.values())


@pytest.mark.parametrize(
    ("answer", "hint"),
    [
        ({}, "should have the entries digits, cats and dogs, arrow signs"),
        ({**LABELS, "more": set()}, "should have the entries"),
        ({**LABELS, "digits": "noise"}, "digits: a set of names is wanted, and this is a text"),
        ({**LABELS, "digits": {"nois"}}, "digits: there is no augmentation 'nois'"),
        (["noise"], "A dictionary is wanted, and this is a list"),
    ],
)
def test_something_else_than_sets_of_names(answer, hint):
    assert hint in check.keeps_label.verdict(answer).message


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
    return np.where(hit[..., None], colour[..., None], image)


def by_counting(image, fraction, rng):
    h, w, c = image.shape
    flat = image.reshape(-1, c).copy()
    places = rng.choice(h * w, int(fraction * h * w), replace=False)
    flat[places[::2]], flat[places[1::2]] = 0, 1
    return flat.reshape(image.shape)


def by_choice(image, fraction, rng):
    kinds = rng.choice(3, image.shape[:2], p=[1 - fraction, fraction / 2, fraction / 2])[..., None]
    return np.select([kinds == 1, kinds == 2], [0, 1], image).astype(np.float64)


@pytest.mark.parametrize(
    "answer", [by_the_course, by_masks, by_coins, by_counting, by_choice], ids=lambda f: f.__name__
)
def test_salt_and_pepper_by_different_ways_passes(answer):
    verdict = check.salt_and_pepper.verdict(answer)
    assert verdict.passed, verdict


def spoil(change):
    """An answer that is right but for one change of the chances, `(h, w, 1)`, or of the levels."""

    def answer(image, fraction, rng):
        chance, high, colours = rng.random(image.shape[:2])[..., None], fraction / 2, (0, 1)
        chance, high, fraction, colours = change(chance, high, fraction, colours, rng, image)
        noisy = np.where(chance < fraction, colours[1], image)
        return np.where(chance < high, colours[0], noisy)

    return answer


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


SPOILT = {
    "nothing": (lambda image, fraction, rng: image, "Nothing has changed"),
    "in place": (in_place, "changes its input"),
    "unfinished": (lambda image, fraction, rng: None, "Not attempted"),
    "a list": (lambda image, fraction, rng: image.tolist(), "this is a list"),
    "grey": (lambda image, fraction, rng: image[..., 0], "The shape is (400, 400)"),
    "neither": (
        lambda image, fraction, rng: image + rng.normal(0, 0.1, image.shape),
        "neither black nor white",
    ),
    "255": (spoil(lambda c, h, s, v, r, i: (c, h, s, (0, 255))), "neither black nor white"),
    "coloured": (
        spoil(lambda c, h, s, v, r, i: (r.random(i.shape), h, s, v)),
        "one by one: that gives coloured grains",
    ),
    "mixed": (
        spoil(lambda c, h, s, v, r, i: (c, h, s, (r.integers(0, 2, i.shape), 1))),
        "Some grains are coloured",
    ),
    "stripes": (
        spoil(lambda c, h, s, v, r, i: (r.random((1, i.shape[1], 1)), h, s, v)),
        "Whole rows or columns",
    ),
    "no salt": (spoil(lambda c, h, s, v, r, i: (c, h, s, (0, 0))), "no salt at all"),
    "no pepper": (spoil(lambda c, h, s, v, r, i: (c, h, s, (1, 1))), "no pepper at all"),
    "twice": (spoil(lambda c, h, s, v, r, i: (c, s, 2 * s, v)), "Twice as many"),
    "half": (spoil(lambda c, h, s, v, r, i: (c, h / 2, s / 2, v)), "Half as many"),
    "the others": (
        spoil(lambda c, h, s, v, r, i: (c, (1 - s) / 2, 1 - s, v)),
        "The pixels that should stay are hit",
    ),
    "more pepper": (
        spoil(lambda c, h, s, v, r, i: (c, 0.7 * s, s, v)),
        "There is more pepper than the other",
    ),
    "one on the other": (one_on_the_other, "There is more salt than the other"),
    "with replacement": (with_replacement, "Too few pixels are hit"),
    "a fixed fraction": (
        spoil(lambda c, h, s, v, r, i: (c, 0.2, 0.4, v)),
        "Twice as many pixels",
    ),
    "its own generator": (
        lambda image, fraction, rng: by_masks(image, fraction, np.random.default_rng(0)),
        "is one made inside",
    ),
    "no seed": (
        lambda image, fraction, rng: by_masks(image, fraction, np.random.default_rng()),
        "use only `rng`",
    ),
    "other arguments": (lambda image, fraction: image, "the arguments (image, fraction, rng)"),
    "no function": (3, "A function is wanted, and this is of type int"),
    "an error": (lambda image, fraction, rng: 1 / 0, "ZeroDivisionError"),
}


@pytest.mark.parametrize(("answer", "hint"), SPOILT.values(), ids=SPOILT)
def test_noise_that_is_wrong_gets_its_hint(answer, hint):
    verdict = check.salt_and_pepper.verdict(answer)
    assert not verdict.passed
    assert hint in verdict.message


# Mixup -------------------------------------------------------------------------------------------


def mix(x1, y1, x2, y2, lam):
    wide = lam[:, None, None, None]
    return wide * x1 + (1 - wide) * x2, lam[:, None] * y1 + (1 - lam[:, None]) * y2


def by_einsum(x1, y1, x2, y2, lam):
    return [a + np.einsum("n,n...->n...", 1 - lam, b - a) for a, b in ((x1, x2), (y1, y2))]


def by_a_loop(x1, y1, x2, y2, lam):
    pairs = [
        (s * a + (1 - s) * b, s * c + (1 - s) * d)
        for a, c, b, d, s in zip(x1, y1, x2, y2, lam, strict=True)
    ]
    return tuple(np.array(part) for part in zip(*pairs, strict=True))


@pytest.mark.parametrize("answer", [mix, by_einsum, by_a_loop])
def test_mixup_by_different_ways_passes(answer):
    assert check.mixup.verdict(answer).passed


@pytest.mark.parametrize(
    ("answer", "hint"),
    [
        (lambda *a: (mix(*a)[0], a[1]), "targets: only those of the first batch come back."),
        (lambda *a: (mix(*a)[0], a[1] + a[3]), "targets: they add up to 2 in each row."),
        (lambda *a: mix(*a)[0], "targets: there are none"),
        (lambda *a: mix(*a)[::-1], "images: these are targets: the results are in the wrong order"),
        (lambda *a: (a[0] + a[2], mix(*a)[1]), "images: they are added, and get too bright."),
        (lambda *a: mix(*a[2:4], *a[:2], a[4]), "images: the two batches are swapped."),
        (lambda *a: (mix(*a)[0], None), "targets: Not finished yet"),
        (lambda *a: (a[4] * a[0], a[1]), "images: Your code raised ValueError"),
        (lambda x, y: (x, y), "images: Your function must take the arguments (x1, y1, x2, y2, lam"),
        ((1, 2), "A function is wanted, and this is a tuple."),
    ],
)
def test_mixup_that_is_wrong_gets_its_hint(answer, hint):
    verdict = check.mixup.verdict(answer)
    assert not verdict.passed
    assert hint in verdict.message


def test_a_stub_of_mixup_is_not_finished_like_any_other():
    def mixup(x1, y1, x2, y2, lam): ...

    assert check.mixup.verdict(mixup).message.startswith("Not attempted yet")


# Find the bugs -----------------------------------------------------------------------------------


def steps(
    augment_train=1, augment_val=0, labels=True, cut=0.75, shuffle="first", keep=None, swap=False
):
    """What a learner may write, with one thing or another wrong."""

    def prepare(x, y, augment, rng):
        order = rng.permutation(len(x)) if shuffle == "first" else np.arange(len(x))
        at = int(cut * len(x))
        if shuffle == "parts":
            order = np.concatenate([rng.permutation(at), at + rng.permutation(len(x) - at)])
        x, y = x[order], y[order] if labels else y
        x_train, y_train, x_val, y_val = x[:at], y[:at], x[at:], y[at:]
        if keep == "both":
            x_val, y_val = x[at - 3 : -3], y[at - 3 : -3]
        if keep == "twice":
            x_val, y_val = np.repeat(x_val[::2], 2, axis=0), np.repeat(y_val[::2], 2)
        for _ in range(augment_train):
            x_train = augment(x_train)
        for _ in range(augment_val):
            x_val = augment(x_val)
        return (x_train, x_val, y_train, y_val) if swap else (x_train, y_train, x_val, y_val)

    return prepare


def one_by_one(x, y, augment, rng):
    order = rng.permutation(len(x)).tolist()
    cut = 3 * len(x) // 4
    x_train = np.array([augment(x[i]) for i in order[:cut]])
    return [x_train, y[order[:cut]], x[order[cut:]], y[order[cut:]]]


def validation_first(x, y, augment, rng):
    val = rng.choice(len(x), len(x) // 4, replace=False)
    train = np.setdiff1d(np.arange(len(x)), val)
    return augment(x[train]), y[train], x[val], y[val]


@pytest.mark.parametrize("answer", [steps(), one_by_one, validation_first])
def test_data_prepared_in_different_ways_passes(answer):
    verdict = check.prepare.verdict(answer)
    assert verdict.passed, verdict


def shuffled_in_place(x, y, augment, rng):
    rng.shuffle(x)
    return steps()(x, y, augment, rng)


BUGS = {
    "validation too": (steps(augment_val=1), "The validation images are augmented too"),
    "not at all": (steps(augment_train=0), "The training images are not augmented."),
    "the other part": (steps(0, 1), "The training images are not augmented, but the others are."),
    "twice": (steps(augment_train=2), "augmented more often than others, or twice"),
    "labels stay": (steps(labels=False), "Labels and images don't belong together"),
    "not shuffled": (steps(shuffle=None), "Nothing is shuffled"),
    "shuffled in parts": (steps(shuffle="parts"), "shuffled only after the cut"),
    "a quarter": (steps(cut=0.25), "the parts are swapped"),
    "another cut": (steps(cut=0.5), "The parts have 20 and 20 of 40 images"),
    "in both": (steps(keep="both"), "Some images are in both parts"),
    "lost": (steps(keep="twice"), "Some images are lost"),
    "order": (steps(swap=True), "The results are in another order"),
    "in place": (shuffled_in_place, "changes its input"),
    "its own generator": (
        lambda x, y, augment, rng: steps()(x, y, augment, np.random.default_rng(0)),
        "is one made inside the function",
    ),
    "no seed": (
        lambda x, y, augment, rng: steps()(x, y, augment, np.random.default_rng()),
        "use only `rng`",
    ),
    "two results": (lambda x, y, augment, rng: (augment(x), y), "Four results are wanted"),
    "other lengths": (
        lambda *a: (*steps()(*a)[:3], steps()(*a)[3][1:]),
        "not as many labels as images",
    ),
    "texts": (lambda x, y, augment, rng: ("a", "b", "c", "d"), "arrays of numbers"),
    "unfinished": (lambda x, y, augment, rng: None, "Not attempted yet"),
    "an error": (lambda x, y, augment, rng: x[99], "IndexError"),
    "other arguments": (lambda x, y: (x, y), "must take the arguments (x, y, augment, rng)"),
    "no function": ([1], "A function is wanted, and this is a list"),
}


@pytest.mark.parametrize(("answer", "hint"), BUGS.values(), ids=BUGS)
def test_each_bug_gets_its_hint(answer, hint):
    verdict = check.prepare.verdict(answer)
    assert not verdict.passed
    assert hint in verdict.message


# Ways that are as right as the reference ---------------------------------------------------------


def test_functions_written_another_way_pass():
    def shift_right(image, pixels):
        return np.pad(image, ((0, 0), (pixels, 0)))[:, : image.shape[1]]

    def average_views(predict, views):
        total = 0
        for view in views:
            total = total + predict(view)
        return total / len(views)

    assert check.mirror.verdict(lambda x: np.flip(x, axis=2)).passed
    assert check.mirror.verdict(augmentation.flip).passed
    assert check.shift_right.verdict(shift_right).passed
    assert check.shift_right.verdict(lambda x, p: augmentation.translate(x, p, 0)).passed
    assert check.average_views.verdict(average_views).passed
