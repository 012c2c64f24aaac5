"""Figures have the shape asked for, colours differ, and a figure comes with a text."""

import base64
import os
import subprocess
from importlib import import_module
from pkgutil import iter_modules

import matplotlib.pyplot as plt
import nbformat
import numpy as np
import pytest
from matplotlib.colors import to_rgb
from nbclient import NotebookClient
from support import ROOT

from dl_course import plots


@pytest.mark.parametrize(
    ("arguments", "shape", "inches"),
    [
        ({}, (), [9, 2]),
        ({"columns": 3}, (3,), [9, 2]),
        ({"rows": 3}, (3,), [9, 6]),
        ({"rows": 2, "columns": 3}, (2, 3), [9, 4]),
    ],
)
def test_panels_have_the_size_and_shape_asked_for(arguments, shape, inches):
    axes = plots.panels(**arguments, width=9, height=2)
    assert np.shape(axes) == shape
    assert np.ravel(axes)[0].figure.get_size_inches().tolist() == inches


def test_panels_count_rows_first_as_pyplot_does():
    _, theirs = plt.subplots(2, 3)
    assert plots.panels(2, 3).shape == theirs.shape == (2, 3)


def test_six_lines_can_be_told_apart_without_colour():
    """In grey print, and with a colour-blindness: by dashes and markers."""
    assert len({to_rgb(color) for color in plots.COLORS}) == 6
    assert len(set(plots.MARKERS)) == len(set(plots.DASHES)) == 6


@pytest.mark.parametrize("alt", ["", "  "])
def test_show_needs_a_text(alt):
    plots.panels()
    with pytest.raises(ValueError, match="`alt` must say in words .*Received: "):
        plots.show(alt)


@pytest.mark.parametrize("alt", [None, 3])
def test_show_takes_nothing_but_a_text(alt):
    plots.panels()
    with pytest.raises(TypeError, match="`alt` must be a text .*Received: "):
        plots.show(alt)


def test_show_needs_a_figure():
    with pytest.raises(ValueError, match="no figure to show"):
        plots.show("a line")


def test_the_alternative_text_reaches_the_saved_notebook_and_its_html(python, tmp_path):
    source = (
        "from dl_course import plots\n"
        "plots.loss_curves({'loss': [3, 2]})\n"
        "plots.show('A line that \"falls\" from 3 to 2.')"
    )
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(source)])
    NotebookClient(notebook, timeout=120, kernel_name="python3").execute()
    (output,) = notebook.cells[0].outputs  # one figure, not a second time at the end of the cell
    assert output.metadata["image/png"]["alt"] == 'A line that "falls" from 3 to 2.'
    assert base64.b64decode(output.data["image/png"]).startswith(b"\x89PNG")

    nbformat.write(notebook, tmp_path / "figure.ipynb")
    convert = [python, "-m", "nbconvert", "--to", "html", "--config", "docs/nbconvert.json"]
    subprocess.run([*convert, tmp_path / "figure.ipynb"], cwd=ROOT, check=True, capture_output=True)
    html = (tmp_path / "figure.html").read_text(encoding="utf-8")
    assert "<img alt='A line that \"falls\" from 3 to 2.'" in html


def test_show_works_in_a_script(python, tmp_path):
    code = "from dl_course import plots; plots.panels(); plots.show('nothing much')"
    environment = {**os.environ, "MPLBACKEND": "Agg", "HOME": str(tmp_path)}
    done = subprocess.run(
        [python, "-W", "ignore", "-c", code], capture_output=True, text=True, env=environment
    )
    assert done.returncode == 0, done.stderr


def test_the_folder_hands_on_every_public_name_of_its_modules():
    modules = [
        import_module(f"dl_course.plots.{found.name}") for found in iter_modules(plots.__path__)
    ]
    assert sorted(name for module in modules for name in module.__all__) == plots.__all__


def test_helpers_draw_into_the_axes_they_are_given():
    ax = plots.panels()
    figures = plt.get_fignums()
    layer = {"name": "Dense", "shape": (2,), "parameters": 4}
    assert plots.function_curves({"f": np.sin}, np.arange(3), ax=ax) is ax
    assert plots.loss_curves({"loss": [1]}, ax=ax) is ax
    assert plots.contour_path(lambda a, b: a + b, ax=ax) is ax
    assert plots.image_as_numbers([[1]], ax=ax) is ax
    assert plots.feature_stack(np.zeros((2, 2, 1)), ax=ax) is ax
    assert plots.thumbnail_map([[0, 0]], np.zeros((1, 2, 2)), ax=ax) is ax
    assert plots.points([[0, 0]], [0], ax=ax) is ax
    assert plots.decision_boundary(lambda p: p[:, 0], [[0, 0]], [0], ax=ax) is ax
    assert plots.network_diagram([1, 2], ax=ax) is ax
    assert plots.convnet_blocks([layer], ax=ax) is ax
    assert plots.sliding_windows(5, 3, ax=ax) is ax
    assert plots.receptive_fields(np.zeros((8, 8)), {"conv": 3}, ax=ax) is ax
    assert plots.probability_bars([0.5, 0.5], "ab", ax=ax) is ax
    assert plots.confusion([[1]], "a", ax=ax) is ax
    assert plots.training_curves({"loss": [1]}, axes=[ax, ax]) == [ax, ax]
    assert plt.get_fignums() == figures
