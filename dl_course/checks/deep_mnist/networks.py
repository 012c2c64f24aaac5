"""The exercises about networks: their parameters, dropout, what a trained network finds, a small one."""

from __future__ import annotations

import numpy as np

from dl_course.checks._answer import name_type, normalize
from dl_course.checks._exercise import FunctionExercise, OpenExercise, ValueExercise
from dl_course.checks._kinds import Count, Real, Several
from dl_course.checks._models import too_many_parameters, wrong_model, wrong_shapes
from dl_course.datasets import Dataset

__all__ = ["colour_parameters", "dropout", "mislabelled", "small_network"]


# 1. The lecture's network for small colour photographs: (32, 32, 3), 100 classes.

_CONVOLUTION_1, _CONVOLUTION_2 = 5 * 5 * 3 * 32 + 32, 5 * 5 * 32 * 64 + 64
_DENSE_1, _DENSE_2 = 8 * 8 * 64 * 1024 + 1024, 1024 * 100 + 100
_LAYERS = ("convolution 1", "convolution 2", "dense 1", "dense 2")

colour_parameters = ValueExercise(
    kind=Several(parts={name: Count() for name in _LAYERS}),
    expected=(_CONVOLUTION_1, _CONVOLUTION_2, _DENSE_1, _DENSE_2),
    praise="Right. A few pixels more, and the first dense layer grows by nearly a million.",
    hints=[
        "Write the shape after each layer first: height × width × channels.",
        "A kernel looks at all channels that come in, and each kernel has one bias.",
        "Flattening takes all the numbers of the last maps: how many are they here?",
    ],
    mistakes=[
        ((_CONVOLUTION_1 - 32, ..., ..., ...), "convolution 1: are there no biases?"),
        ((832, ..., ..., ...), "convolution 1: that is for grey images; look at the input."),
        ((..., 5 * 5 * 64 + 64, ..., ...), "convolution 2: a kernel looks at all maps, not one."),
        ((..., 5 * 5 * 3 * 64 + 64, ..., ...), "convolution 2: the colours are gone here."),
        (
            (..., ..., 7 * 7 * 64 * 1024 + 1024, ...),
            "dense 1: these are the maps of the network for MNIST. Follow yours.",
        ),
        ((..., ..., 16 * 16 * 64 * 1024 + 1024, ...), "dense 1: a pooling is missing."),
        (
            (..., ..., 5 * 5 * 64 * 1024 + 1024, ...),
            'dense 1: with padding `"same"` a convolution does not shrink the maps.',
        ),
        ((..., ..., ..., 10_250), "dense 2: how many classes are there?"),
    ],
)


# 2. Dropout.


def _dropout(x, rate, keep):
    return np.where(keep, x / (1 - rate), 0.0)


def _draw_dropout(rng):
    """Other shapes and rates; how many stay is not what is expected, sometimes none or all."""
    shape = [(6,), (3, 5), (2, 3, 4)][rng.integers(3)]
    x = rng.normal(scale=rng.choice([0.1, 1, 100]), size=shape).round(3) + 0.5
    keep = rng.random(shape) < rng.choice([0, 0.2, 0.5, 0.9, 1], p=[0.1, 0.3, 0.3, 0.2, 0.1])
    return x.astype(rng.choice(["float32", "float64"])), round(rng.uniform(0.05, 0.9), 2), keep


dropout = FunctionExercise(
    kind=Real(),
    reference=_dropout,
    cases=[
        (
            np.array([[1.0, -2.0, 3.0, 4.0], [5.0, 6.0, -7.0, 8.0]]),
            0.25,
            np.array([[True, False, True, True], [False, True, True, False]]),
        ),
        (np.array([2.0, -1.0, 4.0, 0.5, 3.0]), 0.8, np.array([True, True, False, False, False])),
        (np.array([1.5, -2.5, 3.5]), 0.0, np.array([True, True, True])),
        (np.array([[[0.3], [-40.0]]]), 0.4, np.array([[[True], [True]]])),
    ],
    draw=_draw_dropout,
    praise="Right: what stays is scaled up, so that the next layer gets as much as before.",
    hints=[
        "Two cases: what comes out where `keep` is True, and what where it is False?",
        "A number stays with probability 1 - rate. What is its expected value without scaling?",
    ],
    mistakes=[
        (
            lambda x, rate, keep: x * keep,
            "What stays is not scaled: the next layer gets less than without dropout.",
        ),
        (
            lambda x, rate, keep: np.where(keep, x * (1 - rate), 0),
            "What stays is made smaller, although something is missing already.",
        ),
        (
            lambda x, rate, keep: np.where(keep, x / rate if rate else x, 0),
            "`rate` is the probability of being dropped, not of staying.",
        ),
        (
            lambda x, rate, keep: np.where(keep, x * (1 + rate), 0),
            "Larger, but not enough: try it with a rate of 0.5.",
        ),
        (
            lambda x, rate, keep: np.where(keep, 0, x / (1 - rate)),
            "The mask is the wrong way round: True means that a number stays.",
        ),
        (lambda x, rate, keep: x / (1 - rate), "Nothing is dropped: where is the mask used?"),
        (
            lambda x, rate, keep: np.where(keep, x / (1 - rate), x),
            "What is dropped keeps its value.",
        ),
        (
            lambda x, rate, keep: x * keep / keep.mean(),
            "Scaled by the fraction that happened to stay; Keras uses the expected one.",
        ),
    ],
)


# 3. Labels that are wrong.

LEAST_RECALL, LEAST_PRECISION = 0.8, 0.8


def _look_at_found(answer, rng):
    """A hint about the positions that were found, given with those that were planted."""
    if not isinstance(answer, (tuple, list)) or len(answer) != 2:
        return "Hand over a pair: (found, planted)."
    parts = []
    for part in answer:
        given = normalize(sorted(part) if isinstance(part, (set, frozenset)) else part)
        if given.hint:
            return given.hint
        parts.append(given.value)
    found, planted = parts
    return _look_at_positions(found) or _look_at_hits(set(found.tolist()), set(planted.tolist()))


def _look_at_positions(found):
    if found.dtype == bool:
        return "This is True or False for each example; np.flatnonzero makes positions of it."
    if found.ndim != 1:
        advice = " `np.where` gives a tuple, `np.flatnonzero` a row." if 1 in found.shape else ""
        return f"A row of positions is wanted; the shape of this is {found.shape}.{advice}"
    if not found.size:
        return "No positions are in it yet."
    if found.dtype.kind == "c" or np.any(found != np.rint(found)):
        return "Positions are whole numbers; these have digits after the point."
    if found.min() < 0:
        return "A position is negative: positions count from 0."
    if len(np.unique(found)) == len(found):
        return None
    if found.max() <= 1:
        return "Is this 0 or 1 for each example? np.flatnonzero makes positions of it."
    if found.max() <= 9:
        return "These look like labels, from 0 to 9; the positions of the examples are wanted."
    return "Some positions are there more than once."


def _look_at_hits(found, planted):
    hits = len(found & planted)
    recall, precision = hits / len(planted), hits / len(found)
    score = f"Recall {recall:.3f}, precision {precision:.3f}"
    if hits == 0:
        return f"{score}: none of these was planted. Which end of the list did you take?"
    if recall < LEAST_RECALL and precision < LEAST_PRECISION:
        return f"{score}: many are missing, and many of yours were not planted."
    if recall < LEAST_RECALL:
        return f"{score}: most of those that you name were planted, but too many are missing."
    if precision < LEAST_PRECISION:
        return f"{score}: you found them, and too many others with them."
    return None


mislabelled = OpenExercise(
    look=_look_at_found,
    praise="Right: a trained network finds wrong labels. Some of the others may be real mistakes.",
    hints=[
        "What does a network that reads well say about the label that is written there?",
        "Take the probability of the given label, for each example.",
        "You know how many there are: sort by that probability.",
    ],
)


# 4. A small network that reads well.

MOST_PARAMETERS = 9_999
LEAST_ACCURACY, LEAST_ON_STAND_IN = 0.99, 0.95
SIZES, SIZES_ON_STAND_IN = (2_500, 9_500), (500, 1_900)  # neither training nor test data, nor a few


def _look_at_small(answer, rng):
    """A hint about a trained model, given with validation data."""
    if not isinstance(answer, (tuple, list)) or len(answer) != 2:
        return "Hand over a pair: (small_network, val)."
    model, val = answer
    if not isinstance(val, Dataset):
        return f"Second the validation data are wanted, and this is {name_type(val)}."
    if len(np.unique(val.labels)) < 10:
        return "Not all ten digits occur in these validation data: hand over all of `val`."
    low, high = SIZES_ON_STAND_IN if val.is_stand_in else SIZES
    if not low <= len(val) <= high:
        return f"These are {len(val):,} images, not as many as `val` has: hand over all of `val`."
    return (
        wrong_model(model)
        or wrong_shapes(model, (28, 28, 1), (10,))
        or too_many_parameters(model, MOST_PARAMETERS)
        or _look_at_answers(model, val)
    )


def _look_at_answers(model, val):
    outputs = model.predict(val.images, batch_size=500, verbose=0)
    if not np.all(np.isfinite(outputs)):
        return "The outputs are not finite: training diverged. Try a lower learning rate."
    accuracy = np.mean(outputs.argmax(axis=1) == val.labels)
    wanted = LEAST_ON_STAND_IN if val.is_stand_in else LEAST_ACCURACY
    if accuracy > wanted:
        return None
    score = f"The validation accuracy is {accuracy:.2%}"
    if accuracy < 0.3:
        return f"{score}: has the model been trained?"
    if accuracy < wanted - 0.02:
        return f"{score}: it learns, but far too little. Does it see enough of the digit?"
    return f"{score}, and more than {wanted:.0%} is asked for: the recipe is not yet good enough."


small_network = OpenExercise(
    look=_look_at_small,
    seconds=60.0,
    praise="Right: few parameters, and it reads nearly all digits.",
    hints=[
        "Most parameters of a convnet lie in the dense layer after flattening. Keep it small.",
        "More rounds of pooling leave fewer numbers to flatten.",
        "The modern recipe of section 4 helps small networks too, with fewer kernels in each layer.",
    ],
)
