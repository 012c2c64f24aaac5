"""Tiny data, models and pictures that tests train with, in a second."""

import keras
import numpy as np
from keras import layers
from PIL import Image

from dl_course import datasets, training

COLORS = {"red": (200, 40, 40), "green": (40, 200, 40), "blue": (40, 40, 200)}


def tiny_data(n=60, seed=0):
    """Images of 4 × 4 and labels: dark, bright on the left, bright on the right."""
    rng = np.random.default_rng(seed)
    labels = rng.integers(0, 3, n)
    images = rng.uniform(0, 0.4, (n, 4, 4, 1)).astype(np.float32)
    images[labels == 1, :, :2] += 0.5
    images[labels == 2, :, 2:] += 0.5
    return images, labels


def compiled(**options):
    keras.utils.set_random_seed(0)
    model = keras.Sequential([layers.Input((4, 4, 1)), layers.Flatten(), layers.Dense(3)])
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    model.compile(keras.optimizers.Adam(0.05), loss, metrics=["accuracy"], **options)
    return model


def quick_fit(model, data=None, *, bar=None, **options):
    """Train for two epochs of three steps, with a bar that is always up to date."""
    data = tiny_data() if data is None else data
    bar = training.ProgressBar(every=0) if bar is None else bar
    options = {"epochs": 2, "batch_size": 20, "verbose": 0, "callbacks": [bar], **options}
    return model.fit(*data, **options)


def tiny_base(size=12, *, frozen=True):
    """Eight maps of colours, batch normalisation in between, and their means."""
    keras.utils.set_random_seed(1)
    base = keras.Sequential(
        [
            layers.Input((size, size, 3)),
            layers.Conv2D(8, 3, use_bias=False),
            layers.BatchNormalization(),
            layers.ReLU(),
            layers.GlobalAveragePooling2D(),
        ],
        name="tiny",
    )
    base.trainable = not frozen
    return base


def color_data(per_class=6, size=12, seed=0):
    """Noisy pictures in one of three colours."""
    rng = np.random.default_rng(seed)
    labels = np.arange(3).repeat(per_class)
    plain = np.array(list(COLORS.values()))[labels] / 255
    images = plain[:, None, None] + rng.normal(0, 0.15, (len(labels), size, size, 3))
    images = np.clip(images, 0, 1).astype("float32")
    return datasets.Dataset(images, labels, tuple(COLORS), "colours")


def write_pictures(folder, counts, *, size=20, seed=0):
    """A folder of noisy pictures: name of the class → how many; the names start with their colour."""
    rng = np.random.default_rng(seed)
    for name, count in counts.items():
        color = COLORS[name.split()[0]]
        (folder / name).mkdir(parents=True)
        for number in range(count):
            pixels = np.array(color) + rng.normal(0, 30, (size, size, 3))
            image = Image.fromarray(pixels.clip(0, 255).astype("uint8"))
            image.save(folder / name / f"{number}.png")
    return folder
