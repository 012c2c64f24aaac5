"""An experiment that is repeated with several seeds."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from numbers import Integral
from typing import Any

import keras
import numpy as np

from dl_course import _validate
from dl_course.training._line import Line, Silence, clock, nested

__all__ = ["over_seeds"]


def over_seeds(
    build_and_fit: Callable[[int], float | np.ndarray],
    seeds: int | Iterable[int] = 5,
    *,
    progress: bool = True,
) -> dict[str, Any]:
    """Repeat an experiment once for each seed: a single run does not show how much chance decides.

    Before each run, Keras' state is cleared and all random numbers are seeded; afterwards they
    continue from the last seed. Clearing also makes TensorFlow compile each model anew, which takes a
    second or two for a small convnet: where that matters, do several experiments in one run.

    Args:
        build_and_fit: Takes a seed, returns a number, or an array of the same shape each time.
        seeds: The seeds, or how many: 5 are 0, 1, 2, 3, 4.
        progress: Whether to show a line. A `ProgressBar` inside the experiment appears on it.

    Returns:
        `values` (one for each seed), their `mean`, and `std`, the standard deviation over the seeds
        (divisor n - 1; 0 for a single seed).

    Raises:
        TypeError: If a seed is no whole number.
        ValueError: If there is no seed, or a negative one.

    Examples:
        >>> result = over_seeds(lambda seed: [0.8, 0.9, 1.0][seed], seeds=3, progress=False)
        >>> round(float(result["mean"]), 3), round(float(result["std"]), 3)
        (0.9, 0.1)

    Taught in notebook 05.
    """
    each = _list_seeds(seeds)
    line, start = (Line() if progress else Silence()), time.perf_counter()
    values: list[Any] = []
    for number, seed in enumerate(each, start=1):
        prefix = f"run {number} of {len(each)}, seed {seed}"
        line.show(prefix)
        keras.utils.clear_session()
        keras.utils.set_random_seed(seed)
        with nested(line, prefix):
            values.append(build_and_fit(seed))
    runs = "1 run" if len(each) == 1 else f"{len(each)} runs"
    line.show(f"{runs} in {clock(time.perf_counter() - start)}", last=True)
    std = np.std(values, axis=0, ddof=min(1, len(values) - 1))
    return {"values": values, "mean": np.mean(values, axis=0), "std": std}


def _list_seeds(seeds):
    """The seeds one by one, if only their number is given."""
    if isinstance(seeds, Integral):
        return list(range(_validate.whole("seeds", seeds, at_least=1)))
    if isinstance(seeds, str) or not isinstance(seeds, Iterable):
        raise TypeError(f"`seeds` must be whole numbers, or how many. Received: {seeds!r}")
    each = [_validate.whole("seeds", seed, at_least=0) for seed in seeds]
    if not each:
        raise ValueError(f"`seeds` must hold at least one seed. Received: {seeds!r}")
    return each
