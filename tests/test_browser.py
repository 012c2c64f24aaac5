"""A learner's way through JupyterLab, in headless Chromium: `pytest -m browser`.

Screenshots stay in build/. Nothing is fetched: Chromium is the system's (Debian: `apt install chromium`).
"""

import json
import shutil
import sys

import pytest
from conftest import (
    READY,
    ROOT,
    RUN_ALL,
    TOKEN,
    code_cells,
    course_notebooks,
    jupyterlab,
    printed,
    read_notebook,
)

pytestmark = [
    pytest.mark.browser,
    # Playwright's event loop leaves a socket to the garbage collector when it stops.
    pytest.mark.filterwarnings("ignore::ResourceWarning"),
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
]


@pytest.fixture
def copied_course(tmp_path):
    """The notebooks in a folder with spaces in its name, so that running them changes no file."""
    folder = tmp_path / "my deep learning course"
    shutil.copytree(ROOT / "notebooks", folder, ignore=shutil.ignore_patterns(".ipynb_checkpoints"))
    return folder


@pytest.mark.parametrize("notebook", course_notebooks(), ids=lambda path: path.stem)
def test_run_all_in_jupyterlab(notebook, page, copied_course):
    command = [sys.executable, "-m", "jupyterlab"]
    with jupyterlab(command, copied_course) as address:
        page.goto(f"{address}/lab/tree/{notebook.name}?reset&token={TOKEN}")
        page.wait_for_function(READY)
        cells = json.loads(page.evaluate(RUN_ALL))
        page.locator(".jp-RenderedImage img").first.wait_for()
        image = page.locator(".jp-RenderedImage img").first
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


def test_the_convolution_stepper_moves_with_the_slider(page, copied_course):
    with jupyterlab([sys.executable, "-m", "jupyterlab"], copied_course) as address:
        page.goto(f"{address}/lab/tree/02_convolution.ipynb?reset&token={TOKEN}")
        page.wait_for_function(READY)
        page.evaluate(RUN_ALL)
        handle = page.locator(".noUi-handle").first
        handle.scroll_into_view_if_needed()
        page.locator(".widget-html b", has_text="3").first.wait_for()
        handle.focus()
        page.keyboard.press("ArrowRight")
        page.locator(".widget-html b", has_text="2").first.wait_for()
        page.screenshot(path=ROOT / "build" / "stepper.png")


def test_the_map_opens_rendered_and_leads_to_the_first_notebook(page):
    with jupyterlab([sys.executable, str(ROOT / "tools" / "lab.py")], ROOT) as address:
        page.goto(f"{address}/lab/tree/README.md?reset&token={TOKEN}")
        map_ = page.locator(".jp-RenderedMarkdown").first
        map_.locator("h1").wait_for()
        page.screenshot(path=ROOT / "build" / "map.png")
        map_.locator("a", has_text="Neurons and gradient descent").first.click()
        page.wait_for_function(READY)
        path = page.evaluate("() => window.jupyterapp.shell.currentWidget.context.path")
        assert path == "notebooks/01_neurons.ipynb"
        page.evaluate("() => window.jupyterapp.commands.execute('kernelmenu:shutdown')")
