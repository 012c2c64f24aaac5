"""Deep MNIST: the lecture's recipe, a modern one, and the best we can do, on one machine.

`python -m benchmarks.deep_mnist --recipe lecture|modern|best --seed N` trains on MNIST's 60,000
training digits (the folder with `mnist.npz` in $DL_COURSE_DATA, or Keras' cache, or a download) and
prints one line of JSON: CPU and wall-clock seconds of the fit, compilation included, and the accuracy
on the 10,000 test digits, measured once, at the end. `--validation` trains on the first 50,000 and
measures on the other 10,000: all choices were made so. `--save` adds the line to
`data/deep_mnist.json`, which notebook 05 shows. The backend is Keras' (KERAS_BACKEND).

A recipe trains with Keras' own `fit`. `--compare` takes a minute or two: it trains the modern
recipe, takes a few hundred steps of the lecture's to reckon what its 20,000 would cost, and appends
a line to `benchmarks/RESULTS.md`.
"""

import argparse
import dataclasses
import datetime
import json
import math
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
    """All that decides what a network becomes.

    The learning rate is constant, or with `cycle` it rises to `learning_rate` in a fifth of the
    training and falls to zero along a cosine.
    """

    build: Callable[[], keras.Model]
    optimizer: Callable[..., keras.optimizers.Optimizer]
    learning_rate: float
    batch_size: int
    epochs: int
    cycle: bool = True
    label_smoothing: float = 0.1
    steps: int | None = None

    def schedule(self, examples):
        """The optimizer's `learning_rate`, for so many training examples."""
        if not self.cycle:
            return self.learning_rate
        steps = self.epochs * math.ceil(examples / self.batch_size)
        return keras.optimizers.schedules.CosineDecay(
            self.learning_rate / 25,
            decay_steps=steps - steps // 5,
            warmup_target=self.learning_rate,
            warmup_steps=steps // 5,
        )

    def compiled(self, examples):
        """A new network, compiled."""
        model = self.build()
        loss = keras.losses.CategoricalCrossentropy(
            from_logits=True, label_smoothing=self.label_smoothing
        )
        model.compile(self.optimizer(self.schedule(examples)), loss, metrics=["accuracy"])
        return model


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


def adamw(learning_rate):
    """Adam with weight decay on kernels alone."""
    optimizer = keras.optimizers.AdamW(learning_rate, weight_decay=0.05)
    optimizer.exclude_from_weight_decay(var_names=["bias", "gamma", "beta"])
    return optimizer


RECIPES = {
    "lecture": Recipe(
        build=models.wide_lenet,
        optimizer=keras.optimizers.Adam,
        learning_rate=1e-4,
        batch_size=32,
        epochs=11,
        cycle=False,
        label_smoothing=0.0,
        steps=20_000,
    ),
    "modern": Recipe(
        build=models.deep_mnist,
        optimizer=keras.optimizers.Adam,
        learning_rate=0.02,
        batch_size=64,
        epochs=1,
    ),
    "best": Recipe(
        build=best_network, optimizer=adamw, learning_rate=0.01, batch_size=64, epochs=30
    ),
}


class StopAfter(keras.callbacks.Callback):
    """End the training after so many steps, in the middle of an epoch."""

    def __init__(self, steps):
        super().__init__()
        self.steps, self.done = steps, 0

    def on_train_batch_begin(self, batch, logs=None):
        """Count; the step that begins is still taken."""
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
    model = recipe.compiled(len(train))
    callbacks = [StopAfter(recipe.steps)] if recipe.steps else []
    callbacks += [training.ProgressBar()] if progress else []
    cpu, wall = time.process_time(), time.perf_counter()
    model.fit(
        train.images,
        keras.utils.to_categorical(train.labels, 10),
        epochs=recipe.epochs,
        batch_size=recipe.batch_size,
        callbacks=callbacks,
        verbose=0,
    )
    cpu, wall = time.process_time() - cpu, time.perf_counter() - wall
    logits = model.predict(test.images, batch_size=500, verbose=0)
    images_seen = recipe.steps * recipe.batch_size if recipe.steps else recipe.epochs * len(train)
    return {
        "recipe": name,
        "seed": seed,
        "backend": keras.backend.backend(),
        "device": ", ".join(runtime.devices()) or processor(),
        "parameters": model.count_params(),
        "images_seen": images_seen,
        "fit_cpu_s": round(cpu, 1),
        "fit_wall_s": round(wall, 1),
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
