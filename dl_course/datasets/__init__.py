"""Data that is always there: MNIST, small real digits, flowers, photographs, your own pictures.

Every loader of images gives the same thing, a `Dataset`: images `(n, h, w, c)` as float32 in [0, 1],
integer labels, class names and what data it is.
"""

from dl_course.datasets.dataset import Dataset
from dl_course.datasets.digits import load_digits, load_mnist
from dl_course.datasets.flowers import load_flowers
from dl_course.datasets.folders import load_image_folder, load_picture
from dl_course.datasets.photographs import load_patches, load_photograph, photograph_names
from dl_course.datasets.tables import load_number_table

__all__ = [
    "Dataset",
    "load_digits",
    "load_flowers",
    "load_image_folder",
    "load_mnist",
    "load_number_table",
    "load_patches",
    "load_photograph",
    "load_picture",
    "photograph_names",
]
