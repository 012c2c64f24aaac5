"""Deep MNIST: the lecture's recipe, a modern one, and the best we can do, on one machine.

`python -m benchmarks.deep_mnist --recipe lecture|modern|best --seed N` trains on MNIST's 60,000
training digits (the folder with `mnist.npz` in $DL_COURSE_DATA, or Keras' cache, or a download) and
prints one line of JSON: CPU and wall-clock seconds of the fit, compilation included, and the accuracy
on the 10,000 test digits, measured once, at the end. `--validation` trains on the first 50,000 and
measures on the other 10,000: all choices were made so. `--save` adds the line to
`data/deep_mnist.json`, which notebook 04 shows. The backend is Keras' (KERAS_BACKEND).

`--compare` takes a minute or two: it trains the modern recipe, takes a few hundred steps of the
lecture's to reckon what its 20,000 would cost, and appends a line to `benchmarks/RESULTS.md`.
"""

import argparse
import dataclasses
import datetime
import json
import platform
import time
from collections.abc import Callable
from pathlib import Path

import keras
from keras import layers

from dl_course import datasets, models, runtime, training

RESULTS = runtime.data_folder() / "deep_mnist.json"
DIARY = Path(__file__).parent / "RESULTS.md"


@dataclasses.dataclass(frozen=True)
class Recipe:
    """All that decides what a network becomes."""

    build: Callable[[], keras.Model]
    optimizer: Callable[[], keras.optimizers.Optimizer]
    loss: keras.losses.Loss
    batch_size: int
    epochs: int
    schedule: Callable[[float], float] | None = None
    steps: int | None = None


def best_network():
    """The modern network, twice as wide in its first layers and one convolution deeper.

    Its digits are turned, shifted, stretched and slanted by chance. Convolutions compute with 16 bits,
    which is faster where the processor has instructions for it; weights keep 32.
    """
    return keras.Sequential(
        [
            layers.Input((28, 28, 1)),
            models.augmenter(rotation=15, shift=3, scale=0.15, shear=0.2),
            *block(32, 5, pool=True),  # (12, 12, 32)
            *block(64, 3, padding="same"),  # (12, 12, 64)
            *block(64, 3, padding="same", pool=True),  # (6, 6, 64)
            *block(128, 3),  # (4, 4, 128)
            *block(128, 3),  # (2, 2, 128)
            layers.Flatten(),  # (512,)
            layers.Dropout(0.1),
            layers.Dense(10),
        ]
    )


def block(filters, kernel, *, padding="valid", pool=False):
    """Convolution, pooling if asked for, batch normalisation, ReLU: as in `models.deep_mnist`."""
    short = {"dtype": "mixed_bfloat16"}
    convolution = layers.Conv2D(filters, kernel, padding=padding, use_bias=False, **short)
    pooling = [layers.MaxPooling2D(**short)] if pool else []
    return [convolution, *pooling, layers.BatchNormalization(momentum=0.9), layers.ReLU()]


def adamw():
    """Adam with weight decay on kernels alone."""
    optimizer = keras.optimizers.AdamW(weight_decay=0.05)
    optimizer.exclude_from_weight_decay(var_names=["bias", "gamma", "beta"])
    return optimizer


RECIPES = {
    "lecture": Recipe(
        build=models.lecture_cnn,
        optimizer=lambda: keras.optimizers.Adam(1e-4),
        loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True),
        batch_size=32,
        epochs=11,
        steps=20_000,
    ),
    "modern": Recipe(
        build=models.deep_mnist,
        optimizer=keras.optimizers.Adam,
        loss=training.label_smoothing(0.1),
        batch_size=64,
        epochs=1,
        schedule=training.one_cycle(0.02),
    ),
    "best": Recipe(
        build=best_network,
        optimizer=adamw,
        loss=training.label_smoothing(0.1),
        batch_size=64,
        epochs=30,
        schedule=training.one_cycle(0.01),
    ),
}


class StopAfter(keras.callbacks.Callback):
    """End the training after so many steps, in the middle of an epoch."""

    def __init__(self, steps):
        super().__init__()
        self.steps, self.done = steps, 0

    def on_train_batch_end(self, batch, logs=None):
        """Count."""
        self.done += 1
        if self.done == self.steps:
            self.model.stop_training = True


def measure(name, seed, *, validation=False, progress=True, steps=None):
    """Train once, or only some steps of it, and return what is printed."""
    recipe = RECIPES[name] if steps is None else dataclasses.replace(RECIPES[name], steps=steps)
    train, test = datasets.load_mnist()
    if train.is_stand_in:
        raise SystemExit("deep_mnist needs the real MNIST, and it could not be had.")
    if validation:
        train, test = head(train, 50_000)
    keras.utils.set_random_seed(seed)
    model = recipe.build()
    model.compile(recipe.optimizer(), recipe.loss, metrics=["accuracy"])
    cpu, wall = time.process_time(), time.perf_counter()
    training.fit(
        model,
        train,
        epochs=recipe.epochs,
        batch_size=recipe.batch_size,
        schedule=recipe.schedule,
        seed=seed,
        callbacks=[StopAfter(recipe.steps)] if recipe.steps else [],
        progress=progress,
    )
    cpu, wall = time.process_time() - cpu, time.perf_counter() - wall
    logits = model.predict(test.images, batch_size=500, verbose=0)
    per_epoch = len(train) // recipe.batch_size
    steps = recipe.steps or recipe.epochs * per_epoch
    return {
        "recipe": name,
        "seed": seed,
        "backend": keras.backend.backend(),
        "device": ", ".join(runtime.devices()) or processor(),
        "parameters": model.count_params(),
        "images_seen": steps * recipe.batch_size,
        "fit_cpu_s": round(cpu, 1),
        "fit_wall_s": round(wall, 1),
        "data_share": round(
            steps / per_epoch * batching_seconds(train, recipe.batch_size) / wall, 4
        ),
        "validation_accuracy" if validation else "test_accuracy": accuracy(logits, test.labels),
    }


def processor():
    """Its kind, and how many of its cores this process may use."""
    cores = runtime.cores()
    return f"{platform.machine()}, {cores} core{'s' if cores > 1 else ''}"


def head(data, count):
    """The first `count` examples, and the rest."""
    return tuple(
        datasets.Dataset(data.images[part], data.labels[part], data.class_names, data.source)
        for part in (slice(count), slice(count, None))
    )


def batching_seconds(data, batch_size):
    """Seconds to cut one epoch into batches, as if nothing else ran meanwhile."""
    start = time.perf_counter()
    for _ in data.batches(batch_size):
        pass
    return time.perf_counter() - start


def accuracy(logits, labels):
    """Share of the answers that are right."""
    return round(float((logits.argmax(axis=1) == labels).mean()), 4)


def save(line):
    """Put the line into the file, in place of the one of the same recipe, seed and device."""
    same = ("recipe", "seed", "backend", "device")
    lines = json.loads(RESULTS.read_text("utf-8")) if RESULTS.exists() else []
    lines = [other for other in lines if any(other[key] != line[key] for key in same)] + [line]
    recipes = list(RECIPES)
    lines.sort(key=lambda x: (x["device"], x["backend"], recipes.index(x["recipe"]), x["seed"]))
    RESULTS.write_text("[\n" + ",\n".join(map(json.dumps, lines)) + "\n]\n", "utf-8")


def compare(few=100, many=500):
    """What the modern recipe costs of the lecture's, reckoned from the first steps of that one."""
    modern = measure("modern", 0)
    first, second = (measure("lecture", 0, steps=steps)["fit_cpu_s"] for steps in (few, many))
    per_step = (second - first) / (many - few)
    lecture = second + per_step * (RECIPES["lecture"].steps - many)
    return {
        "date": datetime.date.today().isoformat(),
        "device": modern["device"],
        "backend": f"{modern['backend']}, Keras {keras.__version__}",
        "modern_cpu_s": modern["fit_cpu_s"],
        "modern_accuracy": modern["test_accuracy"],
        "lecture_cpu_s": round(lecture),
        "ratio": round(lecture / modern["fit_cpu_s"], 1),
    }


def write_down(line):
    """Append a row to the last table of RESULTS.md."""
    row = "| " + " | ".join(str(value) for value in line.values()) + " |\n"
    DIARY.write_text(DIARY.read_text("utf-8").rstrip() + "\n" + row, "utf-8")


def main():
    """Measure and print."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.deep_mnist", description=__doc__.splitlines()[0]
    )
    parser.add_argument("--recipe", choices=list(RECIPES), default="modern")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--validation", action="store_true", help="hold out 10,000 training digits")
    parser.add_argument("--save", action="store_true", help=f"add the line to {RESULTS.name}")
    parser.add_argument("--compare", action="store_true", help="a short run of two recipes")
    options = parser.parse_args()
    if options.compare:
        line = compare()
        write_down(line)
        print(json.dumps(line))
        return
    line = measure(options.recipe, options.seed, validation=options.validation)
    if options.save and not options.validation:
        save(line)
    print(json.dumps(line))


if __name__ == "__main__":
    main()
