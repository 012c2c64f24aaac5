"""Does augmentation keep up with the network? Images per second of both, on one machine.

`python -m benchmarks.augmentation` prints one line of JSON: images per second of `models.augmenter`,
of the NumPy functions that do the same one image at a time, of a training step of `models.deep_mnist`
without augmentation, and with it; and what share of the training time augmentation takes. The images
are noise: how they look does not matter here.
"""

import json
import time

import keras
import numpy as np

from dl_course import augmentation, models, runtime

BATCH, BATCHES, REPEATS = 64, 60, 3
TURN, SHIFT, SCALE = 12, 2, 0.12


def best_rate(work, images):
    """Images per second of the fastest of some repetitions; the first, which compiles, is left out."""
    work()
    times = []
    for _ in range(REPEATS):
        start = time.perf_counter()
        work()
        times.append(time.perf_counter() - start)
    return images / min(times)


def with_numpy(images, rng):
    """Rotate, translate and scale each image with the functions of `dl_course.augmentation`."""
    for image in images:
        turned = augmentation.rotate(image, rng.uniform(-TURN, TURN))
        moved = augmentation.translate(turned, *rng.integers(-SHIFT, SHIFT + 1, 2).tolist())
        augmentation.scale(moved, 1 + rng.uniform(-SCALE, SCALE))


def train_step(network, images, labels):
    """A function that trains on all batches once."""
    loss = keras.losses.CategoricalCrossentropy(from_logits=True, label_smoothing=0.1)
    network.compile("adam", loss)
    targets = keras.utils.to_categorical(labels, 10)
    return lambda: network.fit(images, targets, batch_size=BATCH, epochs=1, verbose=0)


def augment_step(pipeline, images):
    """A function that transforms all batches once, compiled as in training."""
    wrapped = keras.Sequential([keras.layers.Input(images.shape[1:]), Always(pipeline)])
    return lambda: wrapped.predict(images, batch_size=BATCH, verbose=0)


class Always(keras.layers.Layer):
    """A layer as in training, also when it is not."""

    def __init__(self, inner):
        super().__init__()
        self.inner = inner

    def call(self, x):
        """Transform."""
        return self.inner(x, training=True)


def main():
    """Measure and print."""
    keras.utils.set_random_seed(0)
    rng = np.random.default_rng(0)
    images = rng.random((BATCH * BATCHES, 28, 28, 1), dtype=np.float32)
    labels = rng.integers(0, 10, len(images))
    pipeline = models.augmenter(rotation=TURN, shift=SHIFT, scale=SCALE)
    augmented = keras.Sequential([keras.layers.Input((28, 28, 1)), pipeline, models.deep_mnist()])
    rates = {
        "augmenter": best_rate(augment_step(pipeline, images), len(images)),
        "numpy": best_rate(lambda: with_numpy(images[:256], rng), 256),
        "training": best_rate(train_step(models.deep_mnist(), images, labels), len(images)),
        "training_augmented": best_rate(train_step(augmented, images, labels), len(images)),
    }
    line = {
        "benchmark": "augmentation",
        "backend": keras.backend.backend(),
        "device": ", ".join(runtime.devices()) or f"CPU, {runtime.cores()} cores",
        "images_per_second": {name: round(rate) for name, rate in rates.items()},
        "share_of_training": round(1 - rates["training_augmented"] / rates["training"], 3),
    }
    print(json.dumps(line))


if __name__ == "__main__":
    main()
