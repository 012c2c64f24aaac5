"""What all tests share: quiet pictures, repeatable Hypothesis, and the notebooks."""

import os
import sys
from pathlib import Path

import matplotlib
import nbformat
import pytest
from hypothesis import settings
from run_notebooks import find_notebooks

ROOT = Path(__file__).resolve().parent.parent

matplotlib.use("Agg")
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
settings.register_profile("course", deadline=None, derandomize=True, database=None)
settings.load_profile("course")


def course_notebooks():
    """The notebooks without their solutions."""
    return [path for path in find_notebooks() if path.parent.name != "solutions"]


def read_notebook(path):
    return nbformat.read(path, as_version=4)


def code_cells(notebook):
    return [cell for cell in notebook.cells if cell.cell_type == "code"]


def tags(cell):
    return cell.metadata.get("tags", [])


def printed(cell):
    """What a cell printed to stdout."""
    streams = (output for output in cell.outputs if output.output_type == "stream")
    return "".join(output.text for output in streams if output.name == "stdout")


@pytest.fixture
def python():
    """The interpreter that runs the tests, for subprocesses."""
    return sys.executable
