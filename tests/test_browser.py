"""A learner's way through JupyterLab, in headless Chromium: `pytest -m browser`.

`pytest -m nightly` runs every notebook so; it takes as long as all notebooks do.

Screenshots stay in build/. Nothing is fetched: Chromium is the system's (Debian: `apt install chromium`).
"""

import json
import shutil
import sys

import pytest
from jupyterlab_pages import READY, RUN_ALL, TOKEN, jupyterlab, open_notebook
from support import ROOT, code_cells, course_notebooks, printed, read_notebook

pytestmark = [
    # Playwright's event loop leaves a socket to the garbage collector when it stops.
    pytest.mark.filterwarnings("ignore::ResourceWarning"),
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
]


@pytest.fixture(scope="module")
def lab(tmp_path_factory):
    """JupyterLab over a copy of the notebooks, which running them changes; the folder has spaces."""
    folder = tmp_path_factory.mktemp("copy") / "my deep learning course"
    shutil.copytree(ROOT / "notebooks", folder, ignore=shutil.ignore_patterns(".ipynb_checkpoints"))
    with jupyterlab([sys.executable, "-m", "jupyterlab"], folder) as address:
        yield address


def run_all(page, lab, notebook):
    """Open a notebook and run its cells; every figure and every kept promise must be there again."""
    open_notebook(page, lab, notebook.name)
    cells = json.loads(page.evaluate(RUN_ALL))
    image = page.locator(".jp-RenderedImage img").first
    image.wait_for()
    image.scroll_into_view_if_needed()
    assert image.evaluate("img => img.naturalWidth") > 100
    page.screenshot(path=ROOT / "build" / f"{notebook.stem}.png")

    outputs = [output for cell in cells for output in cell["outputs"]]
    assert not [output for output in outputs if output["output_type"] == "error"]
    assert [cell["execution_count"] for cell in cells] == list(range(1, len(cells) + 1))
    expected = code_cells(read_notebook(notebook))
    drawn = sum("image/png" in output.get("data", {}) for output in outputs)
    assert (
        drawn
        == sum("image/png" in o.get("data", {}) for cell in expected for o in cell.outputs)
        > 0
    )
    text = "".join("".join(o["text"]) for o in outputs if o["output_type"] == "stream")
    promised = sum(printed(cell).count("✔") for cell in expected)
    assert text.count("✔") == promised > 0


@pytest.mark.browser
def test_a_notebook_runs_and_its_stepper_moves_with_the_slider(page, lab):
    run_all(page, lab, ROOT / "notebooks" / "03_convolution.ipynb")
    handle = page.locator(".noUi-handle").first
    handle.scroll_into_view_if_needed()
    page.locator(".widget-html b", has_text="3").first.wait_for()
    handle.focus()
    page.keyboard.press("ArrowRight")
    page.locator(".widget-html b", has_text="2").first.wait_for()
    page.screenshot(path=ROOT / "build" / "stepper.png")


@pytest.mark.nightly
@pytest.mark.parametrize("notebook", course_notebooks(), ids=lambda path: path.stem)
def test_every_notebook_runs_in_jupyterlab(notebook, page, lab):
    run_all(page, lab, notebook)


@pytest.fixture(scope="module")
def course():
    """JupyterLab as `make lab` starts it."""
    with jupyterlab([sys.executable, str(ROOT / "tools" / "lab.py")], ROOT) as address:
        yield address


@pytest.mark.browser
def test_the_map_opens_rendered_and_leads_to_the_first_notebook(page, course):
    page.goto(f"{course}/lab/tree/README.md?reset&token={TOKEN}")
    map_ = page.locator(".jp-RenderedMarkdown").first
    map_.locator("h1").wait_for()
    page.screenshot(path=ROOT / "build" / "map.png")
    map_.locator("a", has_text="Neurons and gradient descent").first.click()
    page.wait_for_function(READY)
    path = page.evaluate("() => window.jupyterapp.shell.currentWidget.context.path")
    assert path == "notebooks/01_neurons.ipynb"
