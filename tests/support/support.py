"""What tests share: where the course lies, and its notebooks."""

from pathlib import Path

import nbformat
from run_notebooks import find_notebooks

ROOT = Path(__file__).resolve().parents[2]


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
