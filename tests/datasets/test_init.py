"""`dl_course.datasets` as a whole."""

import os
import subprocess
import sys

from support import ROOT

from dl_course import datasets


def test_importing_loads_nothing_heavy():
    code = (
        "import sys, dl_course.datasets;"
        "print({'keras', 'tensorflow', 'skimage', 'sklearn', 'h5py', 'PIL'} & set(sys.modules))"
    )
    command = [sys.executable, "-W", "error", "-c", code]
    done = subprocess.run(
        command,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        check=True,
        capture_output=True,
        text=True,
    )
    assert done.stdout.strip() == "set()"


def test_public_names():
    assert set(datasets.__all__) == {
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
    }
    for name in datasets.__all__:
        assert getattr(datasets, name).__doc__
