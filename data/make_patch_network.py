"""Makes `patch_network.npz`: the weights of the network that stands in for MobileNet.

Run as `python data/make_patch_network.py`; it takes some minutes. The network is shown patches of
scikit-image's photographs, in many sizes, turned, mirrored, brighter and darker, and learns to say
from which photograph each was cut. Three photographs are kept for others to learn from (`KEPT`). The
right quarter of each photograph is kept out to measure on. Training is not the same to the last digit
on every machine, so neither are the weights.
"""

import argparse
import hashlib
import math
from pathlib import Path

import keras
import numpy as np
from make_digits import write

from dl_course import datasets, models, training

KEPT = ("brick", "grass", "gravel")  # textures to transfer to; the network never sees them
LEFT_OUT = ("colorwheel", "camera")  # a drawing; a picture with large parts that look the same
SIZE, SMALLEST, LARGEST = 96, 40, 160
BATCH, PEAK = 64, 0.005  # examples in a step, and the highest learning rate


def cut_patches(photograph, n, random, *, held_out):
    """Square patches `(n, 96, 96, 3)` from the left three quarters of a photograph, or the rest."""
    h, w, _ = photograph.shape
    border = 3 * w // 4
    part = photograph[:, border:] if held_out else photograph[:, :border]
    patches = []
    for _ in range(n):
        side = int(random.integers(SMALLEST, min(LARGEST, *part.shape[:2]) + 1))
        top, left = (int(random.integers(0, length - side + 1)) for length in part.shape[:2])
        patches.append(part[top : top + side, left : left + side])
    resized = [np.asarray(keras.ops.image.resize(patch, (SIZE, SIZE))) for patch in patches]
    return np.clip(np.stack(resized), 0, 1).astype("float32")


def make_data(names, per_class, seed, *, held_out=False):
    """A `Dataset` of patches, their labels the photographs they were cut from."""
    random = np.random.default_rng(seed)
    photographs = [datasets.load_photograph(name).image for name in names]
    images = [cut_patches(one, per_class, random, held_out=held_out) for one in photographs]
    labels = np.arange(len(names)).repeat(per_class)
    return datasets.Dataset(np.concatenate(images), labels, names, "patches of photographs")


def build_classifier(classes):
    """The network with its chance on top: a half is mirrored, turned, brighter, without colour."""
    base = models.patch_network(SIZE, pretrained=False)
    chance = [
        models.augmenter(flip="horizontal_and_vertical", rotation=180, fill_mode="reflect"),
        keras.layers.RandomBrightness(0.2, value_range=(0, 1)),
        keras.layers.RandomContrast(0.4, value_range=(0, 1)),
        keras.layers.RandomGrayscale(0.5),
    ]
    top = [keras.layers.Dropout(0.2), keras.layers.Dense(classes)]
    return base, keras.Sequential([keras.layers.Input((SIZE, SIZE, 3)), *chance, base, *top])


def main():
    """Train, measure, write the file and print its checksum."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--out", type=Path, default=Path(__file__).with_name("patch_network.npz"))
    parser.add_argument("--per-class", type=int, default=600)
    parser.add_argument("--epochs", type=int, default=15)
    options = parser.parse_args()
    names = tuple(n for n in datasets.photograph_names() if n not in KEPT + LEFT_OUT)
    keras.utils.set_random_seed(0)
    train = make_data(names, options.per_class, seed=1)
    val = make_data(names, 50, seed=2, held_out=True)
    base, model = build_classifier(len(names))
    steps = options.epochs * math.ceil(len(train) / BATCH)
    schedule = keras.optimizers.schedules.CosineDecay(
        PEAK / 25, decay_steps=steps - steps // 5, warmup_target=PEAK, warmup_steps=steps // 5
    )
    loss = keras.losses.CategoricalCrossentropy(from_logits=True, label_smoothing=0.1)
    model.compile(keras.optimizers.Adam(schedule), loss, metrics=["accuracy"])
    x, y = train.images, keras.utils.to_categorical(train.labels)
    val_pair = val.images, keras.utils.to_categorical(val.labels)
    bar = training.ProgressBar()
    model.fit(
        x,
        y,
        validation_data=val_pair,
        epochs=options.epochs,
        batch_size=BATCH,
        verbose=0,
        callbacks=[bar],
    )
    weights = base.get_weights()
    arrays = {f"{place:02d}": weight.astype("float16") for place, weight in enumerate(weights)}
    write(options.out, arrays)
    content = options.out.read_bytes()
    print(f"{len(names)} photographs: {', '.join(names)}")
    print(f"{hashlib.sha256(content).hexdigest()}  {options.out.name}  {len(content):,} bytes")


if __name__ == "__main__":
    main()
