"""Exercises about the base: what learns in each stage, and how to unfreeze its upper layers."""

from __future__ import annotations

import numpy as np

from dl_course.checks import _guard
from dl_course.checks._exercise import OpenExercise, ValueExercise, wrong_function
from dl_course.checks._kinds import Count, Several
from dl_course.checks._models import flat_layers

__all__ = ["unfreeze_top", "weights_to_train"]


# 1. How many numbers learn? Conv 8, BN, conv 16, BN, in colour, the kernels 3 × 3 without biases; global
# average pooling; a head for 5 classes. In stage 1, in stage 2 (BN frozen), and in neither.

_HEAD = 16 * 5 + 5
_KERNELS = 3 * 3 * 3 * 8 + 3 * 3 * 8 * 16
_ALL, _NORMS = _HEAD + _KERNELS, 4 * (8 + 16)
_EVERY_PIXEL = 32 * 32 * 16 * 5 + 5

weights_to_train = ValueExercise(
    kind=Several(parts={"stage 1": Count(), "stage 2": Count(), "neither": Count()}),
    expected=(_HEAD, _ALL, _NORMS),
    praise="Right: a head is small. That is why a handful of pictures can be enough for it.",
    hints=[
        "Write down for each layer how many numbers it holds, and of which kind.",
        "Global average pooling makes one feature of each map: how many come into the head?",
        "A BN layer holds γ, β and two moving averages, each with one number for each channel.",
    ],
    mistakes=[
        ((_HEAD - 5, _ALL - 5, ...), "The biases of the head are not counted."),
        ((_EVERY_PIXEL, ..., ...), "stage 1: look at what comes before the head: not every pixel."),
        ((_ALL, ..., ...), "stage 1: the base is frozen."),
        ((..., _KERNELS, ...), "stage 2: the head goes on learning."),
        ((..., _ALL + _NORMS // 2, ...), "stage 2: γ and β belong to BN, which is frozen."),
        ((..., _ALL - 3 * 3 * 2 * 8, ...), "stage 2: the first kernels see more than grey."),
        ((..., ..., _NORMS // 2), "neither: BN holds more numbers for each channel than this."),
        ((..., ..., 0), "neither: some layers of this network change in neither of the stages."),
    ],
)


# 4. Unfreeze the upper layers of a frozen base, but no batch normalisation.


def _plain_base():
    """Nine layers and no model inside: three times dense, batch normalisation, ReLU."""
    from keras import Sequential, layers

    parts = [layers.Input((3,))]
    for units in (2, 3, 4):
        parts += [layers.Dense(units), layers.BatchNormalization(), layers.ReLU()]
    return Sequential(parts)


def _block(rng, depth):
    """Layers with names of their own, one of them a model of the same sort if `depth` isn't 0."""
    from keras import Sequential, layers

    def name(kind):
        return f"{kind}_{rng.integers(10**9)}"

    parts = [
        layers.Dense(int(rng.integers(2, 5)), name=name("fc")),
        layers.BatchNormalization(name=name("bn")),
        layers.ReLU(name=name("relu")),
        layers.LayerNormalization(name=name("normalization")),
    ]
    if depth:
        parts.append(Sequential(_block(rng, depth - 1), name=name("block")))
    return [parts[place] for place in rng.permutation(len(parts))]


def _deep_base(rng):
    """Two or three blocks, models inside models in one of them; its first layer may be an input."""
    from keras import Model, Sequential, layers

    depths = rng.permutation([2, *rng.integers(0, 2, size=rng.integers(1, 3))])
    parts = [layer for depth in depths for layer in _block(rng, depth)]
    base = Sequential([layers.Input((3,)), *parts])
    return base if rng.integers(2) else Model(base.inputs, base.outputs)


def _tries(rng):
    """Pairs of a base and `first`; what is drawn is cut at every place."""
    plain = _plain_base()
    yield from ((plain, first) for first in (3, 0, 9))
    deep = _deep_base(rng)
    yield from ((deep, first) for first in range(len(deep.layers) + 1))


def _look_at_unfreezing(unfreeze, rng):
    """A hint about a function that unfreezes layers, from the weights that can learn afterwards."""
    if hint := wrong_function(unfreeze, "base", "first"):
        return hint
    for base, first in _tries(rng):
        base.trainable = False
        if hint := _look_at_one(unfreeze, base, first):
            kinds = ", ".join(type(layer).__name__ for layer in base.layers)
            return f"{hint} (called with first={first}; `base.layers` are {kinds})"
    return None


def _look_at_one(unfreeze, base, first):
    """What is wrong after one call; the base itself is handed over, no copy."""
    layers, weights = list(base.layers), [*base.weights]
    before = base.get_weights()
    outcome = _guard.shield(unfreeze, base, first)
    if outcome.hint:
        return outcome.hint
    if [*map(id, base.layers)] != [*map(id, layers)]:
        return "Layers have been added or taken away: they should stay as they are."
    after = base.get_weights()
    same = [*map(id, base.weights)] == [*map(id, weights)]
    if not same or not all(map(np.array_equal, before, after)):
        return "Weights have changed: to unfreeze a layer is to let it learn later, no more."
    return _look_at_layers(base, first)


def _leaves(layer):
    return list(flat_layers(layer)) if getattr(layer, "layers", None) else [layer]


def _look_at_layers(base, first):
    """What is wrong with the layers that can learn, if anything is."""
    from keras import layers

    can = {id(weight) for weight in base.trainable_weights}
    leaves = [(place, leaf) for place, one in enumerate(base.layers) for leaf in _leaves(one)]
    leaves = [(place, leaf) for place, leaf in leaves if leaf.weights]
    norms = [leaf for _, leaf in leaves if isinstance(leaf, layers.BatchNormalization)]
    wanted = [(place, leaf) for place, leaf in leaves if place >= first and leaf not in norms]
    learns = [pair for pair in leaves if any(id(weight) in can for weight in pair[1].weights)]
    whole = [pair for pair in leaves if all(id(weight) in can for weight in pair[1].weights)]
    extra = [pair for pair in learns if pair not in wanted]
    missing = [pair for pair in wanted if pair not in whole]
    if not extra and not missing:
        if any(norm.trainable for norm in norms):
            return "γ and β of a BN don't learn, but the layer is not in inference mode: freeze it."
        return None
    if not learns:
        if any(leaf.trainable for _, leaf in leaves):
            return (
                "Nothing can learn: layers are unfrozen, but a model around them is still frozen."
            )
        return "Nothing can learn: the base is as frozen as before."
    if any(leaf in norms for _, leaf in extra):
        inside = all(leaf not in base.layers for _, leaf in extra if leaf in norms)
        where = " inside a model that is itself a layer" if inside else ""
        return f"Batch normalisation{where} learns: was it never frozen, or unfrozen again?"
    if extra and missing and missing == wanted:
        return "It is the lower layers that learn, those near the input."
    if extra:
        return f"Layer number {extra[0][0]} learns, which comes before number `first`."
    place, leaf = missing[0]
    where = f"number {place}" if leaf in base.layers else f"inside layer number {place}"
    return f"A layer that should learn is frozen: a {type(leaf).__name__}, {where}."


unfreeze_top = OpenExercise(
    look=_look_at_unfreezing,
    praise="Right: edges and colours stay as they are, and BN keeps using its moving averages.",
    hints=[
        "As long as the base is frozen, nothing in it learns: what comes first?",
        "Unfreezing the base unfreezes every layer in it, BN too: what has to be frozen again?",
        "BN can be inside a layer that is itself a model. Section 6 names a function that finds it.",
    ],
)
