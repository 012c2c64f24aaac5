"""What can be said about a Keras model that is handed over, of whatever sort it is."""

from __future__ import annotations

import re
import warnings
from collections.abc import Iterator
from typing import Any

import numpy as np

from dl_course.checks._answer import name_type
from dl_course.checks._guard import cut

__all__ = ["flat_layers", "too_many_parameters", "wrong_model", "wrong_shapes"]


def wrong_model(model: Any) -> str | None:
    """A hint if this is no Keras model, or one whose weights don't exist yet."""
    import keras  # only here: importing it takes seconds

    if isinstance(model, type):
        return "This is a class; a model is wanted, an object of it."
    if not isinstance(model, keras.Model):
        return f"A Keras model is wanted, and this is {name_type(model)}."
    if not (model.layers or model.weights):
        return "The model has no layers yet."
    if model.built:
        return None
    if isinstance(model, keras.Sequential):
        return "The model doesn't know its shapes yet: begin with a `keras.Input(shape=...)`."
    return "The model has no weights yet: call it once, on a batch of zeros of the right shape."


def wrong_shapes(model: Any, inputs: tuple[int, ...], outputs: tuple[int, ...]) -> str | None:
    """A hint if a model takes or gives something else, each for one example.

    Args:
        model: A built Keras model.
        inputs: Shape of one input.
        outputs: Shape of one output.
    """
    if hint := _wrong_input(model, inputs):
        return hint
    shape = (2, *inputs)  # a subclassed model has no shapes, only what it does
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # an input in a list is no mistake
            out = model(np.zeros(shape, "float32"), training=False)
    except Exception as error:  # each backend has its own
        words = re.sub(r"\x1b\[\d*m", "", str(error))  # Keras prints in bold
        return f"A batch of shape {shape} can't be put in: {cut(' '.join(words.split()))}"
    if isinstance(out, (list, tuple, dict)):
        return f"{len(out)} outputs come back; one is wanted, not in a list or dictionary."
    found = tuple(getattr(out, "shape", ()))
    if found == (2, *outputs):
        return None
    hint = f"For a batch of 2 the output has shape {found}, and should have {(2, *outputs)}"
    return f"{hint}: are the maps flattened or averaged?" if len(found) == 4 else f"{hint}."


def _wrong_input(model, inputs):
    """A hint if a model says of itself that it takes something else; None is any size."""
    given = getattr(model, "inputs", None)
    if not given:
        return None
    if len(given) > 1:
        return f"The model has {len(given)} inputs; one is wanted."
    shape = tuple(given[0].shape[1:])
    if len(shape) == len(inputs) and all(
        a in (None, b) for a, b in zip(shape, inputs, strict=True)
    ):
        return None
    return f"The input has shape {shape}, and should have {inputs}."


def too_many_parameters(model: Any, most: int) -> str | None:
    """A hint, with the largest layer, if a model has more parameters than this.

    Args:
        model: A built Keras model.
        most: The largest number allowed.
    """
    if (count := model.count_params()) <= most:
        return None
    counts = {layer.name: layer.count_params() for layer in flat_layers(model)}
    largest = max(counts, key=counts.__getitem__, default="")
    where = f"; the largest layer is {largest}, with {counts[largest]:,}" if counts else ""
    return f"{count:,} parameters are too many: at most {most:,} are wanted{where}."


def flat_layers(model: Any) -> Iterator[Any]:
    """The layers of a model, with those of the models inside it."""
    for layer in model.layers:
        if getattr(layer, "layers", None):
            yield from flat_layers(layer)
        else:
            yield layer
