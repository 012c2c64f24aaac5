"""JupyterLab in a browser: start it, open a notebook, run all of it."""

import contextlib
import os
import socket
import subprocess
import time
import urllib.request

import pytest
from support import ROOT

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
