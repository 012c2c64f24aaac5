"""What can be said about a Keras model that is handed over, of whatever sort it is."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from dl_course.checks._answer import name_type

__all__ = ["flat_layers", "too_many_parameters", "wrong_model", "wrong_shapes"]


def wrong_model(model: Any) -> str | None:
    """A hint if this is no Keras model, or one whose weights don't exist yet."""
    import keras  # only here: importing it takes seconds

    if isinstance(model, type):
        return "This is a class; a model is wanted, an object of it."
    if not isinstance(model, keras.Model):
        return f"A Keras model is wanted, and this is {name_type(model)}."
    if not model.layers:
        return "The model has no layers yet."
    if not model.built:
        return "The model doesn't know its shapes yet: begin with a `keras.Input(shape=...)`."
    return None


def wrong_shapes(model: Any, inputs: tuple[int, ...], outputs: tuple[int, ...]) -> str | None:
    """A hint if a model takes or gives something else, each for one example.

    Args:
        model: A built Keras model.
        inputs: Shape of one input.
        outputs: Shape of one output.
    """
    import numpy as np

    shape = (2, *inputs)  # a subclassed model has no shapes, only what it does
    given = getattr(model, "input_shape", None) if hasattr(model, "inputs") else None
    if given is not None and tuple(given[1:]) != inputs:
        return f"The input has shape {tuple(given[1:])}, and should have {inputs}."
    try:
        out = model(np.zeros(shape, "float32"), training=False)
    except (ValueError, TypeError) as error:
        return f"A batch of shape {shape} can't be put in: {str(error)[:200]}"
    if isinstance(out, (list, tuple, dict)):
        return f"{len(out)} outputs come back; one is wanted."
    if (found := tuple(out.shape)) == (2, *outputs):
        return None
    hint = f"For a batch of 2 the output has shape {found}, and should have {(2, *outputs)}"
    return f"{hint}: are the maps flattened or averaged?" if len(found) == 4 else f"{hint}."


def too_many_parameters(model: Any, most: int) -> str | None:
    """A hint, with the largest layer, if a model has more parameters than this.

    Args:
        model: A built Keras model.
        most: The largest number allowed.
    """
    if (count := model.count_params()) <= most:
        return None
    largest = max(flat_layers(model), key=lambda layer: layer.count_params())
    return (
        f"{count:,} parameters are too many: most of them are in the layer {largest.name}, "
        f"with {largest.count_params():,}."
    )


def flat_layers(model: Any) -> Iterator[Any]:
    """The layers of a model, with those of the models inside it."""
    for layer in model.layers:
        if getattr(layer, "layers", None):
            yield from flat_layers(layer)
        else:
            yield layer
