"""What tests share: quiet pictures, repeatable Hypothesis, the notebooks, and JupyterLab in a browser."""

import contextlib
import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
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


# JupyterLab in a browser --------------------------------------------------------------------------

TOKEN = "course"
QUIET = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
READY = "() => window.jupyterapp?.shell.currentWidget?.sessionContext?.session?.kernel != null"
RUN_ALL = """async () => {
    const patience = new Promise((_, reject) => setTimeout(() => reject('not done in time'), 300000));
    await window.jupyterapp.shell.currentWidget.sessionContext.ready;
    await Promise.race([window.jupyterapp.commands.execute('notebook:run-all-cells'), patience]);
    const cells = window.jupyterapp.shell.currentWidget.content.model.sharedModel.cells;
    return JSON.stringify(cells.filter(c => c.cell_type == 'code').map(c => c.toJSON()));
}"""


@contextlib.contextmanager
def jupyterlab(command, folder):
    """Run JupyterLab on a free port until the block ends; give its address."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    options = ["--no-browser", "--ip=127.0.0.1", f"--port={port}", "--expose-app-in-browser"]
    options += [f"--IdentityProvider.token={TOKEN}", "--allow-root"]
    own = ROOT / "build" / "jupyter"  # not the user's settings, and not their open tabs
    environment = {
        **os.environ,
        "JUPYTER_CONFIG_DIR": str(own),
        "JUPYTERLAB_SETTINGS_DIR": str(own / "settings"),
        "JUPYTERLAB_WORKSPACES_DIR": str(own / "workspaces"),
    }
    log = (ROOT / "build" / "jupyterlab.log").open("w")
    server = subprocess.Popen(
        [*command, *options], cwd=folder, stdout=log, stderr=log, env=environment
    )
    try:
        address = f"http://127.0.0.1:{port}"
        wait_for(f"{address}/api/status?token={TOKEN}", server)
        yield address
    finally:
        server.terminate()
        server.wait(timeout=30)
        log.close()


def open_notebook(page, address, notebook):
    """Open a notebook in JupyterLab; it is ready when this returns."""
    page.goto(f"{address}/lab/tree/{notebook}?reset&token={TOKEN}")
    page.wait_for_function(READY)


def wait_for(address, server):
    """Return when the server answers; fail when it does not within a minute."""
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        assert server.poll() is None, "JupyterLab ended; see build/jupyterlab.log"
        with contextlib.suppress(OSError), urllib.request.urlopen(address, timeout=5):
            return
        time.sleep(0.3)
    pytest.fail("JupyterLab did not start within a minute; see build/jupyterlab.log")


@pytest.fixture(scope="module")
def browser():
    (ROOT / "build").mkdir(exist_ok=True)
    from playwright.sync_api import sync_playwright

    names = ["chromium", "chromium-browser", "google-chrome"]
    program = next((found for found in map(shutil.which, names) if found), None)
    assert program, "this test needs Chromium; on Debian: apt install chromium"
    with sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=program, args=QUIET)
        yield running
        running.close()


@pytest.fixture
def page(browser):
    page = browser.new_page(viewport={"width": 1280, "height": 1000})
    page.set_default_timeout(90_000)
    yield page
    page.evaluate("() => window.jupyterapp?.serviceManager.sessions.shutdownAll()")
    page.close()
