"""Fixtures: quiet pictures, repeatable Hypothesis, an interpreter, a page in a browser."""

import os
import shutil
import sys

import matplotlib
import pytest
from hypothesis import Phase, settings
from jupyterlab_pages import QUIET
from support import ROOT

matplotlib.use("Agg")
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
# In CI the same examples each time; the nightly run explores: `HYPOTHESIS_PROFILE=explore`.
settings.register_profile("course", deadline=None, derandomize=True, database=None)
settings.register_profile("explore", deadline=None, max_examples=1000)
settings.register_profile(  # for `make mutants`: that a test fails is enough, not on how small an example
    "mutants", settings.get_profile("course"), phases=(Phase.explicit, Phase.generate)
)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "course"))


@pytest.fixture
def python():
    """The interpreter that runs the tests, for subprocesses."""
    return sys.executable


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
