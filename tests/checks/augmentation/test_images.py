"""Flips, translations and labels that survive: right answers of many styles, wrong ones and their hints."""

import functools
import re
from fractions import Fraction

import keras
import numpy as np
import pytest
from answers import faults, right_cases, wrong_cases

from dl_course import augmentation
from dl_course.checks.augmentation import images
from dl_course.checks.augmentation.images import AUGMENTATIONS, KINDS

# Flip some ---------------------------------------------------------------------------------------


def flip_by_a_mask(images, mask):
    result = images.copy()
    result[mask] = images[mask][:, :, ::-1]
    return result


def flip_by_pixels(images, mask):
    n, h, w, c = images.shape
    result = np.empty(images.shape)
    for i, y, x, k in np.ndindex(n, h, w, c):
        result[i, y, x, k] = images[i, y, w - 1 - x if mask[i] else x, k]
    return result


def flip_in_lists(images, mask):
    return [
        [row[::-1] if flipped else row for row in image]
        for image, flipped in zip(images.tolist(), mask.tolist(), strict=True)
    ]


def flip_by_places(images, mask):
    w = images.shape[2]
    columns = np.where(mask[:, None], np.arange(w)[::-1], np.arange(w))
    return np.take_along_axis(images, columns[:, None, :, None], axis=2)


def flip_by_the_course(images, mask):
    result = [augmentation.flip(x) if m else x for x, m in zip(images, mask, strict=True)]
    return np.array(result, "float32")


def flip_in_keras(images, mask):
    x = keras.ops.convert_to_tensor(images)
    return keras.ops.where(mask[:, None, None, None], keras.ops.flip(x, axis=2), x)


def flip_by_product(images, mask):
    m = mask.astype(float).reshape(-1, 1, 1, 1)
    return m * images[:, :, ::-1] + (1 - m) * images


def flip_as_tuple(images, mask):
    return tuple(np.fliplr(x) if m else x for x, m in zip(images, mask, strict=True))


class Flip:
    def __init__(self, axis):
        self.axis = axis

    def __call__(self, images, mask):
        chosen = np.flatnonzero(mask)
        result = np.array(images, dtype=object)
        result[chosen] = np.flip(result[chosen], self.axis)
        return result


def flip_along(images, mask, *, axis):
    return np.where(np.reshape(mask, (-1, 1, 1, 1)), np.flip(images, axis), images)


def flip_in_place(images, mask):
    images[mask] = images[mask][:, :, ::-1]
    return images


# Translate ---------------------------------------------------------------------------------------


def translate_by_pixels(image, dx, dy):
    h, w, c = image.shape
    moved = np.zeros((h, w, c))
    for y in range(h):
        for x in range(w):
            if 0 <= y - dy < h and 0 <= x - dx < w:
                moved[y, x] = image[y - dy, x - dx]
    return moved


def translate_by_padding(image, dx, dy):
    h, w, _ = image.shape
    wide = np.pad(image, ((h, h), (w, w), (0, 0)))
    return wide[h - dy : 2 * h - dy, w - dx : 2 * w - dx]


def translate_by_roll(image, dx, dy):
    moved = np.roll(image, (dy, dx), axis=(0, 1)).astype("float32")
    moved[: max(dy, 0)] = 0
    moved[:, : max(dx, 0)] = 0
    if dy < 0:
        moved[dy:] = 0
    if dx < 0:
        moved[:, dx:] = 0
    return moved


def translate_by_matrices(image, dx, dy):
    h, w, _ = image.shape
    return np.einsum("yi,xj,ijc->yxc", np.eye(h, k=-dy), np.eye(w, k=-dx), image.astype(float))


def translate_by_the_course(image, dx, dy):
    return augmentation.translate(image, dx, dy)


def translate_in_lists(image, dx, dy):
    h, w, c = image.shape
    black = [Fraction(0)] * c
    return [
        [
            [Fraction(float(v)) for v in image[y - dy, x - dx]]
            if y - dy in range(h) and x - dx in range(w)
            else black
            for x in range(w)
        ]
        for y in range(h)
    ]


def translate_in_keras(image, dx, dy):
    h, w, _ = image.shape
    pads = [(max(dy, 0), max(-dy, 0)), (max(dx, 0), max(-dx, 0)), (0, 0)]
    wide = keras.ops.pad(keras.ops.convert_to_tensor(image), pads)
    return wide[max(-dy, 0) : max(-dy, 0) + h, max(-dx, 0) : max(-dx, 0) + w]


def translate_positive(image, dx, dy):
    h, w, _ = image.shape
    moved = np.zeros_like(image)
    moved[dy:, dx:] = image[: h - dy, : w - dx]
    return moved


def translate_with_ends(image, dx, dy):
    """Wrong where dx or dy is 0."""
    moved = np.zeros_like(image)
    to, source = [], []
    for d in (dy, dx):
        to.append(slice(d, None) if d > 0 else slice(None, d))
        source.append(slice(None, -d) if d > 0 else slice(-d, None))
    moved[tuple(to)] = image[tuple(source)]
    return moved


def translate_in_place(image, dx, dy):
    image[:] = images._translate(image, dx, dy)
    return image


# What keeps the label ----------------------------------------------------------------------------

LABELS = {kind: set(needed) for kind, (needed, _, _) in KINDS.items()}
MIRROR = {"rotate by 10°", "translate by 2 pixels", "noise", "horizontal flip"}


def with_pets(*names):
    return {**LABELS, "cats and dogs": LABELS["cats and dogs"] | set(names)}


def in_form(form, answer=LABELS):
    return {kind: form(names) for kind, names in answer.items()}


RIGHT = {
    "flip_some": [
        flip_by_a_mask,
        flip_by_pixels,
        flip_in_lists,
        flip_by_places,
        flip_by_the_course,
        flip_in_keras,
        flip_by_product,
        flip_as_tuple,
        Flip(2),
        functools.partial(flip_along, axis=-2),
        lambda *batch: flip_by_a_mask(*batch).astype("float32"),
    ],
    "translate": [
        translate_by_pixels,
        translate_by_padding,
        translate_by_roll,
        translate_by_matrices,
        translate_by_the_course,
        translate_in_lists,
        translate_in_keras,
        functools.partial(augmentation.translate, mode="constant"),
    ],
    "keeps_label": [
        LABELS,
        in_form(list),
        in_form(tuple),
        in_form(frozenset),
        in_form(sorted),
        in_form(np.array, in_form(list)),
        in_form(lambda names: dict.fromkeys(names).keys()),
        in_form(lambda names: [*names, *names]),
        with_pets("vertical flip"),
        with_pets("rotate by 180°"),
        with_pets("vertical flip", "rotate by 180°"),
    ],
}

WRONG = {
    "flip_some": [
        (lambda images, mask: images[:, :, ::-1][mask] if mask.all() else images[mask], "shape"),
        (flip_in_place, "changes its input"),
        (lambda images, mask: print(flip_by_a_mask(images, mask)), "`return` (it|the result)"),
        (lambda images, mask: flip_by_a_mask(images, mask)[0], "axis is missing"),
        (lambda images, mask: flip_by_a_mask(images, mask)[..., 0], "axis is missing"),
        (lambda images, mask: flip_by_a_mask(images, mask).astype("uint8"), "digits after the dec"),
        (lambda images, mask: flip_by_a_mask(images, mask).tolist()[::-1], "numbers are wrong"),
        (lambda images, mask: flip_by_a_mask(images, mask)[::-1, ::-1, :, ::-1], "are wrong"),
        (lambda images, mask: images.transpose(0, 2, 1, 3), "shape"),
        (lambda images, mask: np.where(mask[:, None], images[:, :, ::-1], images), "broadcast"),
        (lambda images, mask: images[:, :, ::-1] if mask else images, "truth value"),
        (lambda images, mask: images[:, :, -1:0:-1], "shape"),
        (lambda images, mask: flip_by_a_mask(images, np.array([False, True])), "boolean index"),
        (
            lambda images, mask: [x[:, ::-1] for x, m in zip(images, mask, strict=True) if m],
            "Only the|shape",
        ),
        (lambda images, mask: (images, mask), "different lengths"),
        (lambda images, mask: flip_by_a_mask(images, mask[::-1]), "numbers are wrong"),
        (lambda images, mask: flip_by_a_mask(images[:3], mask[:3]), "The shape is"),
        (lambda images, mask: flip_by_a_mask(images, mask)[..., :3], "The shape is"),
        (lambda images, mask: flip_by_a_mask(images, mask) if any(mask) else None, "Not finished"),
        (lambda images, mask: images if all(mask) else flip_by_a_mask(images, mask), "are wrong"),
        (lambda images, mask: images[mask.astype(int)], "numbers are wrong|out of bounds"),
        (lambda images, mask: flip_by_a_mask, "a pair of brackets"),
        (lambda images: images, r"must take the arguments \(images, mask\)"),
        (np.zeros((2, 3)), "A function is wanted"),
    ],
    "translate": [
        (translate_positive, "broadcast"),
        (translate_with_ends, "broadcast"),
        (translate_in_place, "changes its input"),
        (lambda image, dx, dy: images._translate(image, abs(dx), abs(dy)), "numbers are wrong"),
        (lambda image, dx, dy: images._translate(image, 0, dy), "numbers are wrong"),
        (lambda image, dx, dy: images._translate(image, 1, 1), "numbers are wrong"),
        (lambda image, dx, dy: images._translate(image, max(dx, 0), max(dy, 0)), "are wrong"),
        (lambda image, dx, dy: images._translate(image, dx + 1, dy), "numbers are wrong"),
        (lambda image, dx, dy: 1 + images._translate(image - 1, dx, dy), "numbers are wrong"),
        (lambda image, dx, dy: np.roll(image, dx, 1), "numbers are wrong"),
        (lambda image, dx, dy: np.roll(image, (dx, dy), (1, 2)), "numbers are wrong"),
        (lambda image, dx, dy: np.pad(image, ((dy, 0), (dx, 0), (0, 0))), "shape"),
        (lambda image, dx, dy: image[max(dy, 0) :, max(dx, 0) :], "The shape is"),
        (lambda image, dx, dy: images._translate(image, dx, dy)[..., 0], "shape"),
        (lambda image, dx, dy: images._translate(image, dx, dy).astype(int), "digits after the"),
        (lambda image, dx, dy: images._translate(image, dx, dy) > 0, "numbers are wrong"),
        (lambda image, dx, dy: print(images._translate(image, dx, dy)), "`return` (it|the result)"),
        (lambda image, dx, dy: images._translate(image, np.clip(dx, -2, 2), dy), "are wrong"),
        (lambda image, dx, dy: images._translate(image[..., :3], dx, dy), "The shape is"),
        (lambda image, dx, dy: np.zeros_like(image), "numbers are wrong"),
        (lambda image, dx: image, r"must take the arguments \(image, dx, dy\)"),
    ],
    "keeps_label": [
        ({}, "should have the entries digits, cats and dogs, arrow signs"),
        ({**LABELS, "more": set()}, "should have the entries"),
        ({**LABELS, "digits": "noise"}, "digits: a set of names is wanted, and this is a text"),
        ({**LABELS, "digits": {"nois"}}, "digits: there is no augmentation 'nois'"),
        ({**LABELS, "digits": 3}, "digits: a set of names is wanted, and this is of type int"),
        ({**LABELS, "digits": {"noise": True}}, "digits: a set of names is wanted"),
        ({**LABELS, "arrow signs": [["noise"]]}, "arrow signs: there is no augmentation"),
        ({**LABELS, "arrow signs": set()}, "arrow signs: «rotate by 10°» is left out"),
        ({**LABELS, "arrow signs": {...}}, "Not attempted yet"),
        (["noise"], "A dictionary is wanted, and this is a list"),
        (dict.fromkeys(KINDS, MIRROR), "digits: «horizontal flip» is one too many"),
        (dict.fromkeys(KINDS, AUGMENTATIONS), "digits: «horizontal flip» is one too many"),
        (dict.fromkeys(KINDS, LABELS["digits"]), "cats and dogs: «horizontal flip» is left out"),
    ],
}


@pytest.mark.parametrize(("exercise", "answer"), right_cases(images, RIGHT))
def test_right_answers_pass_in_any_style(exercise, answer):
    assert set(faults(exercise, answer)) == {None}


@pytest.mark.parametrize(("exercise", "answer", "word"), wrong_cases(images, WRONG))
def test_wrong_answers_get_the_hint_that_is_meant(exercise, answer, word):
    assert all(fault and re.search(word, fault) for fault in faults(exercise, answer))


def test_the_right_labels_are_the_ones_meant():
    assert LABELS["digits"] == LABELS["arrow signs"] == MIRROR - {"horizontal flip"}
    assert LABELS["cats and dogs"] == MIRROR


def test_each_wrong_choice_is_told_with_its_kind():
    messages = set()
    for kind, (needed, taste, _) in KINDS.items():
        for name in set(AUGMENTATIONS) - taste:
            message = images.keeps_label.verdict({**LABELS, kind: LABELS[kind] ^ {name}}).message
            word = "left out" if name in needed else "one too many"
            assert message.startswith(f"{kind}: «{name}» is {word}: ")
            messages.add(message)
    assert len(messages) == 3 * len(AUGMENTATIONS) - 2
