"""How good are the stand-in digits? Train on them alone, test on real MNIST.

Run as `python -m benchmarks.stand_in --data FOLDER`, where FOLDER (default: $DL_COURSE_DATA) holds
`mnist.npz`. Prints one line of JSON with the accuracy over several seeds. Held fixed: the model,
its optimiser and the number of steps. No real digit is trained on; the generator was tuned by eye
and by accuracy on the last 10,000 of MNIST's *training* images (`--part validation`).
"""

import argparse
import json
import os
import sys
import time
from pathlib import Path

import numpy as np

from dl_course.handwriting import draw_digits

DIGITS, EPOCHS, BATCH, RATE = 12_000, 5, 64, 3e-3


def build_model():
    """A small convnet, 28 x 28 greys from 0 to 255 -> 10 logits."""
    from keras import Sequential, layers

    return Sequential(
        [
            layers.Input((28, 28, 1)),
            layers.Rescaling(1 / 255),
            layers.Conv2D(16, 5, strides=2, padding="same", activation="relu"),
            layers.Conv2D(32, 3, padding="same", activation="relu"),
            layers.MaxPooling2D(),
            layers.Conv2D(64, 3, padding="same", activation="relu"),
            layers.MaxPooling2D(),
            layers.Flatten(),
            layers.Dropout(0.4),
            layers.Dense(10),
        ]
    )


def fresh_digits(seed, epoch):
    """New digits for each epoch: `(DIGITS, 28, 28)` images and shuffled labels."""
    rng = np.random.default_rng([seed, epoch])
    labels = rng.permutation(np.arange(DIGITS) % 10)
    return draw_digits(labels, seed=int(rng.integers(2**32))), labels


def file_digits(seed, epoch):
    """The training digits of `data/digits.npz`, the same in every epoch, in another order."""
    path = Path(__file__).parents[1] / "data" / "digits.npz"
    order = np.random.default_rng([seed, epoch]).permutation(DIGITS)
    with np.load(path, allow_pickle=False) as data:
        return data["x_train"][order], data["y_train"][order]


def train(seed, digits):
    """Train a fresh model on `digits(seed, epoch)`, epoch after epoch."""
    import keras

    keras.utils.set_random_seed(seed)
    model = build_model()
    rate = keras.optimizers.schedules.CosineDecay(RATE, -(-DIGITS // BATCH) * EPOCHS)
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    model.compile(optimizer=keras.optimizers.Adam(rate), loss=loss)
    for epoch in range(EPOCHS):
        images, labels = digits(seed, epoch)
        model.fit(images[..., None], labels, batch_size=BATCH, shuffle=False, verbose=0)
    return model


def accuracy(model, images, labels):
    """Share of the images that the model takes for what they are."""
    logits = model.predict(images[..., None], batch_size=500, verbose=0)
    return float(np.mean(logits.argmax(axis=1) == labels))


def load_real(folder, part):
    """Real digits to be tested on; says what to do and exits with code 2 if there are none."""
    path = Path(folder or ".") / "mnist.npz"
    if not folder or not path.is_file():
        where = f"no file {path}" if folder else "no folder named"
        print(
            f"stand_in needs the real MNIST to test on: {where}. Name the folder that holds "
            "mnist.npz with --data FOLDER or in $DL_COURSE_DATA.",
            file=sys.stderr,
        )
        raise SystemExit(2)
    with np.load(path, allow_pickle=False) as data:
        if part == "validation":
            return data["x_train"][-10_000:], data["y_train"][-10_000:]
        return data["x_test"], data["y_test"]


def parse_arguments():
    """Read the command line."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.stand_in", description=__doc__.splitlines()[0]
    )
    folder = os.environ.get("DL_COURSE_DATA")
    parser.add_argument("--data", default=folder, help="folder that holds mnist.npz")
    parser.add_argument("--seeds", type=int, default=3, help="how many models to train")
    parser.add_argument("--digits", choices=["fresh", "file"], default="fresh")
    parser.add_argument("--part", choices=["test", "validation"], default="test")
    return parser.parse_args()


def main():
    """Print one JSON line: accuracy of each seed, mean and spread (standard deviation)."""
    options = parse_arguments()
    images, labels = load_real(options.data, options.part)
    digits = fresh_digits if options.digits == "fresh" else file_digits
    start = time.perf_counter()
    scores = [accuracy(train(seed, digits), images, labels) for seed in range(options.seeds)]
    result = {
        "benchmark": "stand_in",
        "trained_on": f"{options.digits} stand-in digits, {EPOCHS} x {DIGITS}",
        "tested_on": f"MNIST {options.part}, {len(labels)} real digits",
        "accuracy_mean": round(float(np.mean(scores)), 4),
        "accuracy_spread": round(float(np.std(scores, ddof=min(1, len(scores) - 1))), 4),
        "accuracies": [round(score, 4) for score in scores],
        "seconds": round(time.perf_counter() - start, 1),
    }
    print(json.dumps(result))


if __name__ == "__main__":
    main()
