"""The exercises of notebook 05, Deep MNIST."""

from __future__ import annotations

import inspect

import numpy as np

from dl_course.checks._exercise import (
    FunctionExercise,
    OpenExercise,
    ValueExercise,
    call_safely,
    is_numeric,
    is_unfinished,
    name_type,
)
from dl_course.datasets import Dataset

__all__ = [
    "colour_parameters",
    "dropout",
    "kept_epoch",
    "mislabelled",
    "pick_rate",
    "range_test_rate",
    "small_network",
    "smooth_targets",
]


# 1. The lecture's network for small colour photographs: (32, 32, 3), 100 classes.

_CONV_1, _CONV_2 = 5 * 5 * 3 * 32 + 32, 5 * 5 * 32 * 64 + 64
_DENSE_1, _DENSE_2 = 8 * 8 * 64 * 1024 + 1024, 1024 * 100 + 100

colour_parameters = ValueExercise(
    expected=np.array([_CONV_1, _CONV_2, _DENSE_1, _DENSE_2]),
    praise="Right. A few pixels more, and the first dense layer grows by nearly a million.",
    mistakes=[
        (
            [_CONV_1 - 32, _CONV_2 - 64, _DENSE_1 - 1024, _DENSE_2 - 100],
            "There are no biases in this count.",
        ),
        ([832, _CONV_2, _DENSE_1, _DENSE_2], "The first kernels are for grey images."),
        (
            [832, _CONV_2, 7 * 7 * 64 * 1024 + 1024, 10_250],
            "This is the network for MNIST: input and classes are others here.",
        ),
        (
            [_CONV_1, _CONV_2, 7 * 7 * 64 * 1024 + 1024, _DENSE_2],
            "The third: the maps before flattening are not of MNIST's size. Follow them.",
        ),
        ([_CONV_1, _CONV_2, _DENSE_1, 10_250], "The fourth: how many classes are there?"),
        (
            [_CONV_1, _CONV_2, 32 * 32 * 64 * 1024 + 1024, _DENSE_2],
            "The third: the poolings are missing.",
        ),
        (
            [_CONV_1, _CONV_2, 16 * 16 * 64 * 1024 + 1024, _DENSE_2],
            "The third: a pooling is missing.",
        ),
        (
            [_CONV_1, _CONV_2, 5 * 5 * 64 * 1024 + 1024, _DENSE_2],
            "The third: with padding «same» a convolution does not shrink the maps.",
        ),
        (
            [_CONV_1, _CONV_2, 8 * 8 * 1024 + 1024, _DENSE_2],
            "The third: flattening takes the numbers of all maps, not of one.",
        ),
        (
            [_CONV_1, 5 * 5 * 64 + 64, _DENSE_1, _DENSE_2],
            "The second: each kernel looks at all maps that come in, not at one.",
        ),
        (
            [_CONV_1, 5 * 5 * 3 * 64 + 64, _DENSE_1, _DENSE_2],
            "The second: the three colours are gone here. How many maps come in?",
        ),
        (
            [_CONV_1, _CONV_2, _DENSE_1, 512 * 100 + 100],
            "The fourth: dropout sets numbers to zero, but their weights are still there.",
        ),
        (
            [_CONV_1, _CONV_2, (_DENSE_1 - 1024) // 2 + 1024, _DENSE_2],
            "The third: dropout takes no weights away.",
        ),
        (
            [_CONV_1, 0, _CONV_2, 0, 0, _DENSE_1, 0, _DENSE_2],
            "The layers without parameters are in the list too; four numbers are asked for.",
        ),
        (_CONV_1 + _CONV_2 + _DENSE_1 + _DENSE_2, "This is the sum; the four are asked for."),
    ],
)


# 2. Dropout.


def _dropout(x, rate, keep):
    return np.where(keep, x / (1 - rate), 0.0)


dropout = FunctionExercise(
    reference=_dropout,
    cases=[
        (
            np.array([[1.0, -2.0, 3.0, 4.0], [5.0, 6.0, -7.0, 8.0]]),
            0.25,
            np.array([[True, False, True, True], [False, True, True, False]]),
        ),
        (np.array([2.0, -1.0, 4.0, 0.5, 3.0]), 0.8, np.array([True, True, False, False, False])),
        (np.array([1.5, -2.5, 3.5]), 0.0, np.array([True, True, True])),
    ],
    praise="Right: what stays is made larger, so that the next layer gets as much as before.",
    mistakes=[
        (
            lambda x, rate, keep: x * keep,
            "What stays is not scaled: the next layer gets less than without dropout.",
        ),
        (
            lambda x, rate, keep: np.where(keep, x * (1 - rate), 0),
            "What stays is made smaller; but something is missing already.",
        ),
        (
            lambda x, rate, keep: np.where(keep, x / rate, 0) if rate else x,
            "`rate` is the share that is dropped, and not the one that stays.",
        ),
        (
            lambda x, rate, keep: np.where(keep, x * rate, 0),
            "What stays is multiplied by the share that goes: think of what is missing.",
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
            "Scaled by the share that happened to stay; Keras uses the share that is expected.",
        ),
        (lambda x, rate, keep: keep / (1 - rate), "This is the scaled mask; where is x?"),
        (
            lambda x, rate, keep: np.where(keep, x / np.sqrt(1 - rate), 0),
            "There is a root too many: the sum shall stay as it was, not the spread.",
        ),
        (
            lambda x, rate, keep: x[keep] / (1 - rate),
            "The numbers that are dropped have vanished: the shape must stay.",
        ),
    ],
)


# 3. The learning rates of a range test.


def _range_test_rate(step, steps, low, high):
    return low * (high / low) ** (step / (steps - 1))


range_test_rate = FunctionExercise(
    reference=_range_test_rate,
    cases=[
        (0, 101, 0.001, 10.0),
        (50, 101, 0.001, 10.0),
        (100, 101, 0.001, 10.0),
        (1, 3, 0.01, 4.0),
        (7, 20, 0.02, 0.5),
    ],
    praise="Right: every step multiplies by the same factor.",
    mistakes=[
        (
            lambda step, steps, low, high: low + (high - low) * step / (steps - 1),
            "The same is *added* in each step; so nearly all of them are near the high end.",
        ),
        (
            lambda step, steps, low, high: low * (high / low) ** (step / steps),
            "The last step, number steps - 1, does not reach `high`.",
        ),
        (
            lambda step, steps, low, high: low * (high / low) ** ((step + 1) / steps),
            "The first step, number 0, is above `low` already.",
        ),
        (
            lambda step, steps, low, high: low * (high / low) ** ((step + 1) / (steps - 1)),
            "You are one step ahead all the time: the first step has the number 0.",
        ),
        (
            lambda step, steps, low, high: high * (low / high) ** (step / (steps - 1)),
            "The rates fall, and should grow.",
        ),
        (
            lambda step, steps, low, high: low * (high / low) * step / (steps - 1),
            "Of the whole factor, a share is taken by multiplying; a share of a *growth* is a power.",
        ),
        (
            lambda step, steps, low, high: low * (high - low) ** (step / (steps - 1)),
            "The factor for the whole way is a quotient, and not a difference.",
        ),
        (
            lambda step, steps, low, high: low * high ** (step / (steps - 1)),
            "At the end this is `low * high`: by what must `low` be multiplied to become `high`?",
        ),
        (
            lambda step, steps, low, high: np.log10(_range_test_rate(step, steps, low, high)),
            "This is the exponent; the rate is 10 to the power of it.",
        ),
        (
            lambda step, steps, low, high: np.geomspace(low, high, steps),
            "These are the rates of all steps; one is asked for.",
        ),
        (
            lambda step, steps, low, high: low * (1 + step / (steps - 1) * np.log(high / low)),
            "The growth is by the same amount; where is the power?",
        ),
        (
            lambda step, steps, low, high: (high / low) ** (step / (steps - 1)),
            "This is the factor; where does the walk start?",
        ),
    ],
)


# 4. The learning rate that a range test suggests.

# Where the loss has done half of its fall, where it starts to rise, and its height before and after.
# half, rise, before, after, and the ends: their middle must not always be a good answer.
CURVES = [
    (0.002, 0.3, 2.3, 0.3, 0.0002, 3.0),
    (0.03, 5.0, 4.0, 1.0, 0.0001, 15.0),
    (0.0002, 0.02, 2.3, 0.6, 1e-7, 0.06),
]


def _range_test_curve(half, rise, before, after, low, high):
    """Rates and losses of a range test, as smooth as they never are: both `(81,)`."""
    rates = np.geomspace(low, high, 81)
    falling = after + (before - after) / (1 + (rates / half) ** 1.5)
    return rates, falling + before * (rates / rise) ** 3


def _look_at_picks(pick, rng):
    """A hint about a function from rates and losses to a rate."""
    if not callable(pick):
        return f"A function is wanted, and this is {name_type(pick)}."
    try:
        inspect.signature(pick).bind(*_range_test_curve(*CURVES[0]))
    except TypeError:
        return "Your function must take the arguments (rates, losses), in this order."
    picks = []
    for curve in CURVES:
        pair = _range_test_curve(*curve)
        picked, hint = call_safely(pick, pair)
        if hint or (hint := _look_at_pick(picked, pair[0])):
            return hint
        picks.append((float(np.asarray(picked)), *pair, curve[0]))
    if np.ptp([pick[0] for pick in picks]) == 0:
        return "The rate is the same for each curve: it must be read off the losses."
    return next((hint for pick in picks if (hint := _look_at_place(*pick))), None)


def _look_at_pick(picked, rates):
    if is_unfinished(picked):
        return "Not finished yet: None comes back. Replace the `...` and `return` the rate."
    if isinstance(picked, (bool, np.bool_)) or not is_numeric(picked):
        return f"One rate is wanted, and this is {name_type(picked)}."
    if np.ndim(picked):
        return f"One rate is wanted, and this is an array of shape {np.shape(picked)}."
    if not np.isfinite(picked):
        return "The rate is no finite number."
    if picked <= 0:
        return "A learning rate is positive. Is this a slope, or an exponent?"
    if np.asarray(picked).dtype.kind in "iu" and picked < len(rates):
        return "This is a position in the list; the rate that stands there is wanted."
    return None


def _look_at_place(picked, rates, losses, half):
    """A hint about a rate that is read off the wrong place of a curve."""
    lowest = rates[losses.argmin()]
    known = [
        (np.isclose(losses, picked, rtol=1e-9, atol=0).any(), "This is a loss, and no rate."),
        (picked == lowest, "At the lowest loss it is too late: the fall is over there."),
        (picked == rates[0], "This is the lowest rate: nearly nothing is learned with it."),
        (picked == rates[-1], "This is the highest rate: look what the loss does there."),
        (picked > lowest, "The rate is too high: the loss rises there."),
        (
            picked > 0.35 * lowest,
            "That is near the edge: the loss hardly falls there, and soon it rises.",
        ),
        (picked < 0.25 * half, "The rate is too low: the loss has hardly begun to fall there."),
    ]
    return next((hint for is_so, hint in known if is_so), None)


pick_rate = OpenExercise(
    look=_look_at_picks,
    praise="Right: where the loss falls, and well below the place where it rises.",
)


# 5. Label smoothing.


def _one_hot(labels, classes):
    return np.eye(classes)[labels]


def _smooth_targets(labels, classes, amount):
    return _one_hot(labels, classes) * (1 - amount) + amount / classes


def _same_column_everywhere(labels, classes, amount):
    targets = np.full((len(labels), classes), amount / classes)
    targets[:, labels] = 1 - amount + amount / classes
    return targets


smooth_targets = FunctionExercise(
    reference=_smooth_targets,
    cases=[
        (np.array([0, 2]), 4, 0.2),
        (np.array([1, 1, 3, 0]), 5, 0.1),
        (np.array([2, 0]), 3, 0.0),
    ],
    praise="Right: each row still sums to 1, and nobody is asked to be certain.",
    mistakes=[
        (
            lambda labels, classes, amount: np.where(
                _one_hot(labels, classes) > 0, 1 - amount, amount / classes
            ),
            "The rows don't sum to 1: every class gets its share of `amount`, the right one too.",
        ),
        (
            lambda labels, classes, amount: np.where(
                _one_hot(labels, classes) > 0, 1 - amount, amount / (classes - 1)
            ),
            "The share is spread over the wrong classes only; here all classes get one.",
        ),
        (
            lambda labels, classes, amount: _one_hot(labels, classes),
            "This is certainty: `amount` is not used.",
        ),
        (
            lambda labels, classes, amount: _one_hot(labels, classes) + amount / classes,
            "The rows sum to more than 1: what is given to all has to be taken from somewhere.",
        ),
        (
            lambda labels, classes, amount: _one_hot(labels, classes) * (1 - amount) + amount,
            "`amount` is given to each class; it is to be shared among them.",
        ),
        (
            lambda labels, classes, amount: np.where(
                _one_hot(labels, classes) > 0, 1 - amount, amount
            ),
            "Each wrong class gets the whole `amount`; it is to be shared.",
        ),
        (
            lambda labels, classes, amount: _one_hot(labels, classes) * (1 - amount),
            "The rows sum to less than 1: what is taken away has to go somewhere.",
        ),
        (
            lambda labels, classes, amount: (
                _one_hot(labels, classes) * amount + (1 - amount) / classes
            ),
            "The two parts are swapped: with an amount of 0 there should be no smoothing.",
        ),
        (
            lambda labels, classes, amount: (
                (1 - _one_hot(labels, classes)) * (1 - amount) + amount / classes
            ),
            "Right and wrong classes are swapped.",
        ),
        (
            lambda labels, classes, amount: _smooth_targets(labels - 1, classes, amount),
            "The classes are one column too far left: labels count from 0.",
        ),
        (
            _same_column_everywhere,
            "Each row marks the right classes of all rows: index rows and columns in pairs.",
        ),
        (
            lambda labels, classes, amount: _smooth_targets(labels, classes, amount).T,
            "Rows and columns are swapped: one row for each example.",
        ),
        (
            lambda labels, classes, amount: _smooth_targets(labels, classes, amount).sum(axis=1),
            "This is the sum of each row; the rows themselves are wanted.",
        ),
    ],
)


# 6. Early stopping.


def _watch(
    losses,
    patience,
    *,
    is_better=lambda loss, best, before: loss < best,
    resets=True,
    stopped=False,
):
    """Number of the epoch that is kept; with `stopped`, of the one after which training ends."""
    best, kept, waited, before = np.inf, 0, 0, np.inf
    for epoch, loss in enumerate(losses, start=1):
        if is_better(loss, best, before):
            best, kept, waited = loss, epoch, 0 if resets else waited
        else:
            waited += 1
        before = loss
        if waited >= patience:
            return epoch if stopped else kept
    return len(losses) if stopped else kept


kept_epoch = FunctionExercise(
    reference=lambda val_losses, patience: _watch(val_losses, patience),
    cases=[
        ([0.9, 0.7, 0.5, 0.6, 0.55, 0.3, 0.4, 0.35, 0.38, 0.2], 2),
        ([0.9, 0.8, 0.85, 0.7, 0.75, 0.72, 0.95, 0.6], 3),
        ([0.9, 0.5, 0.5, 0.5, 0.4], 2),
        ([0.9, 0.6, 0.7, 0.4, 0.5, 0.3, 0.35, 0.33], 3),
        ([0.9, 0.8, 0.85, 0.6, 0.65, 0.5], 2),
    ],
    praise="Right: the best one until patience ran out, and not the best one that might have come.",
    mistakes=[
        (
            lambda val_losses, patience: int(np.argmin(val_losses)) + 1,
            "That is the lowest of all losses; but training had stopped before.",
        ),
        (
            lambda val_losses, patience: int(np.argmin(val_losses)),
            "That is the lowest of all losses, counted from 0; and patience is not used.",
        ),
        (
            lambda val_losses, patience: _watch(val_losses, patience) - 1,
            "The right one, but counted from 0: the first epoch is number 1.",
        ),
        (
            lambda val_losses, patience: _watch(val_losses, patience, stopped=True),
            "After this epoch training stops; kept are the weights of another one.",
        ),
        (
            lambda val_losses, patience: _watch(val_losses, patience, resets=False),
            "The bad epochs are counted since the start: a new best begins the count anew.",
        ),
        (
            lambda val_losses, patience: _watch(
                val_losses, patience, is_better=lambda loss, best, before: loss <= best
            ),
            "An equal loss is not better.",
        ),
        (
            lambda val_losses, patience: _watch(
                val_losses, patience, is_better=lambda loss, best, before: loss < before
            ),
            "Each loss is compared with the one before; it should be with the best so far.",
        ),
        (
            lambda val_losses, patience: _watch(val_losses, patience + 1),
            "You wait one epoch too long.",
        ),
        (
            lambda val_losses, patience: _watch(val_losses, patience - 1),
            "You stop one epoch too early.",
        ),
        (lambda val_losses, patience: len(val_losses), "That is the number of losses."),
        (
            lambda val_losses, patience: min(val_losses),
            "That is a loss; the number of its epoch is wanted.",
        ),
        (
            lambda val_losses, patience: _watch([-loss for loss in val_losses], patience),
            "The largest loss is looked for: lower is better.",
        ),
    ],
)


# 7. Labels that are wrong.

LEAST_RECALL, LEAST_PRECISION = 0.8, 0.8


def _look_at_found(answer, rng):
    """A hint about the positions that were found, given with those that were planted."""
    if not isinstance(answer, (tuple, list)) or len(answer) != 2:
        return "Hand over a pair: (found, planted)."
    found, planted = (np.asarray(part) for part in answer)
    if not is_numeric(found) or found.ndim != 1 or not found.size:
        return "What you found must be a row of positions, with at least one in it."
    if found.dtype == bool:
        return "This is True or False for each example; np.flatnonzero makes positions of it."
    if found.dtype.kind not in "iu":
        return "Positions are whole numbers; these have digits after the point."
    if found.min() < 0:
        return "A position is negative: positions count from 0."
    if len(np.unique(found)) < len(found):
        return _explain_repeats(found)
    return _look_at_hits(set(found.tolist()), set(planted.tolist()))


def _explain_repeats(found):
    if found.max() <= 9:
        return "These look like labels, from 0 to 9; the positions of the examples are wanted."
    return "Some positions are there more than once."


def _look_at_hits(found, planted):
    hits = len(found & planted)
    recall, precision = hits / len(planted), hits / len(found)
    score = f"Recall {recall:.2f}, precision {precision:.2f}"
    if hits == 0:
        return f"{score}: none of these was planted. Which end of the list did you take?"
    if recall < LEAST_RECALL and precision < LEAST_PRECISION:
        return f"{score}: many are missing, and many of yours are innocent."
    if recall < LEAST_RECALL:
        return f"{score}: those that you name are planted ones, but too many are missing."
    if precision < LEAST_PRECISION:
        return f"{score}: you caught them, and too many innocent ones with them."
    return None


mislabelled = OpenExercise(
    look=_look_at_found,
    praise="Right: a trained network reads proofs. Some that you found may be real mistakes.",
)


# 8. A small network that reads well.

MOST_PARAMETERS = 10_000
LEAST_ACCURACY, LEAST_ON_STAND_IN = 0.99, 0.95


def _look_at_small(answer, rng):
    """A hint about a trained model, given with validation data."""
    import keras  # only here: importing it takes seconds

    if not isinstance(answer, (tuple, list)) or len(answer) != 2:
        return "Hand over a pair: (model, val)."
    model, val = answer
    if not isinstance(model, keras.Model):
        return f"First a Keras model is wanted, and this is {name_type(model)}."
    if not isinstance(val, Dataset):
        return f"Second the validation data are wanted, and this is {name_type(val)}."
    if not model.built:
        return "The model doesn't know its shapes yet: its first layer should be an Input."
    return _look_at_size(model) or _look_at_answers(model, val)


def _look_at_size(model):
    if tuple(model.output_shape[1:]) != (10,):
        return f"The output has shape {tuple(model.output_shape[1:])}: one number for each digit?"
    if (count := model.count_params()) < MOST_PARAMETERS:
        return None
    largest = max(model.layers, key=lambda layer: layer.count_params())
    return (
        f"{count:,} parameters are too many: most of them are in the layer {largest.name}, "
        f"with {largest.count_params():,}."
    )


def _look_at_answers(model, val):
    logits = model.predict(val.images, batch_size=500, verbose=0)
    if not np.all(np.isfinite(logits)):
        return "The outputs are not finite: training went astray. Try a lower learning rate."
    accuracy = np.mean(logits.argmax(axis=1) == val.labels)
    wanted = LEAST_ON_STAND_IN if val.is_stand_in else LEAST_ACCURACY
    if accuracy > wanted:
        return None
    score = f"{accuracy:.2%} of the validation data are right"
    if accuracy < 0.3:
        return f"{score}: has the model been trained?"
    if accuracy < 0.97:
        return f"{score}: it learns, but far too little. Does it see enough of the digit?"
    return f"{score}, and more than {wanted:.0%} are asked for: the recipe is not yet good enough."


small_network = OpenExercise(
    look=_look_at_small,
    praise="Right: few parameters, and it reads nearly all digits.",
)
