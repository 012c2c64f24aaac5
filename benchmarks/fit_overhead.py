"""What one step of Keras' `fit` costs beside the arithmetic, and what a new seed costs.

`python -m benchmarks.fit_overhead` prints one line of JSON. It trains a model that is next to nothing
(one neuron), so that nearly all the time is Python's and the backend's own: with no callback, with
`training.ProgressBar`, with Keras' bar, and with `TerminateOnNaN`, which asks for the loss in every
step; one step at a time and, where the backend can, 50 in one go. These take turns; the figures are
medians over the rounds, the ratios medians of paired ratios. Then a small convnet is trained for one
step under `training.over_seeds`: what it takes in a new session, where it is compiled anew, and when
the same model takes another step. `fit` returns when the last loss has arrived, so all of it is done.
"""

import contextlib
import io
import json
import statistics
import time

import keras
import numpy as np

from dl_course import models, runtime, training

STEPS, BATCH, ROUNDS, TOGETHER = 1000, 32, 5, 50


def trivial_model(steps_per_execution):
    """One neuron."""
    model = keras.Sequential([keras.layers.Input((4,)), keras.layers.Dense(1)])
    model.compile("sgd", "mse", steps_per_execution=steps_per_execution)
    return model


WATCHING = {
    "no callback": dict,
    "ProgressBar": lambda: {"callbacks": [training.ProgressBar()]},
    "Keras' bar": lambda: {"verbose": 1},
    "TerminateOnNaN": lambda: {"callbacks": [keras.callbacks.TerminateOnNaN()]},
}


def microseconds_per_step(model, options):
    """Wall-clock time of a whole `fit`, over its steps."""
    x, y = np.ones((STEPS * BATCH, 4), "float32"), np.ones((STEPS * BATCH, 1), "float32")
    with contextlib.redirect_stdout(io.StringIO()):
        start = time.perf_counter()
        model.fit(x, y, batch_size=BATCH, **{"verbose": 0, **options()})
        return 1e6 * (time.perf_counter() - start) / STEPS


def steps_by_turns(steps_per_execution):
    """For each way to watch: microseconds a step, and times the way without a callback."""
    model = trivial_model(steps_per_execution)
    microseconds_per_step(model, dict)  # compiles
    rounds = [
        {name: microseconds_per_step(model, options) for name, options in WATCHING.items()}
        for _ in range(ROUNDS)
    ]
    return {
        name: {
            "us_per_step": round(statistics.median(each[name] for each in rounds)),
            "ratio": round(
                statistics.median(each[name] / each["no callback"] for each in rounds), 2
            ),
        }
        for name in WATCHING
    }


def seconds_of_a_seed():
    """Seconds of a run under `over_seeds` that takes one step, and of one step more in it."""
    x, y = np.zeros((64, 28, 28, 1), "float32"), np.zeros(64, int)
    seconds = []

    def run(seed):
        start = time.perf_counter()
        model = models.deep_mnist()
        loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
        model.compile("adam", loss)
        for _ in range(2):
            model.fit(x, y, batch_size=64, verbose=0)
            seconds.append(time.perf_counter() - start)
            start = time.perf_counter()
        return 0.0

    training.over_seeds(run, ROUNDS, progress=False)
    return {
        "new_model_s": round(statistics.median(seconds[2::2]), 2),  # the first loads libraries
        "same_model_s": round(statistics.median(seconds[3::2]), 3),
    }


def main():
    """Measure and print."""
    backend = keras.backend.backend()
    line = {
        "benchmark": "fit_overhead",
        "backend": f"{backend}, Keras {keras.__version__}",
        "device": ", ".join(runtime.devices()) or f"CPU, {runtime.cores()} cores",
        "one_at_a_time": steps_by_turns(1),
    }
    if backend != "torch":
        line[f"{TOGETHER}_in_one_go"] = steps_by_turns(TOGETHER)
    print(json.dumps({**line, "over_seeds": seconds_of_a_seed()}))


if __name__ == "__main__":
    main()
