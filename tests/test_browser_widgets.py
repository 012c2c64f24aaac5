"""Widgets under a hand: a mouse that draws, clicks and keys, in headless Chromium."""

import sys
import time

import nbformat
import numpy as np
import pytest
from conftest import READY, ROOT, RUN_ALL, TOKEN, jupyterlab

from dl_course import widgets

pytestmark = [
    pytest.mark.browser,
    # Playwright's event loop leaves a socket to the garbage collector when it stops.
    pytest.mark.filterwarnings("ignore::ResourceWarning"),
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
]

READER = """
import os
os.environ["DL_COURSE_OFFLINE"] = "1"
os.environ.pop("DL_COURSE_DATA", None)
import keras
from dl_course import datasets, models, widgets

keras.utils.set_random_seed(0)
train, _ = datasets.load_mnist()
model = models.lenet()
loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
model.compile("adam", loss)
model.fit(train.images[:12000], train.labels[:12000], batch_size=64, epochs=3, verbose=0)

def classify(images):
    return keras.ops.convert_to_numpy(keras.ops.softmax(model(images)))
"""
GAME = """
import numpy as np
from dl_course import handwriting, widgets

labels = np.array([3, 5, 8, 1, 7, 4, 9, 6])
images = handwriting.draw_digits(labels, seed=1)[..., None] / 255
said = np.eye(10)[[5, 5, 3, 7, 7, 9, 4, 0]]
game = widgets.human_against_network(images, labels, said)
game
"""


def write(folder, *sources):
    """A notebook of these cells; returns its name."""
    cells = [nbformat.v4.new_code_cell(source.strip()) for source in sources]
    notebook = nbformat.v4.new_notebook(cells=cells)
    notebook.metadata["kernelspec"] = {"name": "python3", "display_name": "Python 3"}
    nbformat.write(notebook, folder / "widgets.ipynb")
    return "widgets.ipynb"


def run(page, address, notebook):
    """Open a notebook and run its cells."""
    page.goto(f"{address}/lab/tree/{notebook}?reset&token={TOKEN}")
    page.wait_for_function(READY)
    page.evaluate(RUN_ALL)


def screenshots(page, name):
    """The widget in a light and in a dark JupyterLab, in build/."""
    for look in ("Dark", "Light"):
        theme = {"theme": f"JupyterLab {look}"}
        page.evaluate("t => window.jupyterapp.commands.execute('apputils:change-theme', t)", theme)
        page.locator(f"body[data-jp-theme-name='JupyterLab {look}']").wait_for(state="attached")
        page.wait_for_timeout(300)
        path = ROOT / "build" / f"{name}_{look.lower()}.png"
        page.locator(".dl-widget").screenshot(path=path)
    page.screenshot(path=ROOT / "build" / f"{name}.png")


def draw(page, strokes):
    """Draw with the mouse, a few places of each stroke."""
    corner = page.locator(".dl-paper").bounding_box()
    for stroke in strokes:
        places = (stroke[np.linspace(0, len(stroke) - 1, 25).astype(int)]).tolist()
        page.mouse.move(corner["x"] + places[0][0], corner["y"] + places[0][1])
        page.mouse.down()
        for x, y in places[1:]:
            page.mouse.move(corner["x"] + x, corner["y"] + y)
        page.mouse.up()


def settled(page):
    """What the network says, once it has said the same for half a second."""
    page.locator(".dl-answer", has_text="The network says").wait_for()
    deadline, said = time.monotonic() + 30, None
    while said != (said := page.locator(".dl-bars").inner_text()):
        assert time.monotonic() < deadline, "the answer keeps changing"
        page.wait_for_timeout(500)
    return page.locator(".dl-answer").inner_text().removeprefix("The network says: ")


def test_digits_drawn_with_the_mouse_are_read(page, tmp_path):
    notebook = write(tmp_path, READER, "widgets.digit_canvas(classify)")
    with jupyterlab([sys.executable, "-m", "jupyterlab"], tmp_path) as address:
        run(page, address, notebook)
        page.locator(".dl-paper").scroll_into_view_if_needed()
        said = []
        for digit in (0, 1, 2, 4, 5, 6, 7, 8, 9, 3):
            page.locator(".dl-clear").click()
            page.locator(".dl-answer", has_text="Draw something").wait_for()
            draw(page, widgets.sample_strokes(digit))
            said.append((str(digit), settled(page)))
        screenshots(page, "canvas")
    print("drawn and read:", said)
    assert sum(digit == answer for digit, answer in said) >= 8
    assert page.locator(".dl-error").is_hidden()


def test_an_error_is_shown_and_the_keyboard_clears(page, tmp_path):
    source = (
        "from dl_course import widgets\nwidgets.digit_canvas(lambda images: images[:, :, :, 3])"
    )
    with jupyterlab([sys.executable, "-m", "jupyterlab"], tmp_path) as address:
        run(page, address, write(tmp_path, source))
        page.locator(".dl-paper").click()
        page.locator(".dl-error", has_text="IndexError").wait_for()
        page.locator(".dl-widget").screenshot(path=ROOT / "build" / "canvas_error.png")
        page.locator(".dl-clear").focus()
        page.keyboard.press("Enter")
        page.locator(".dl-answer", has_text="Draw something").wait_for()
        assert page.locator(".dl-error").is_hidden()


def test_a_game_with_clicks_and_keys(page, tmp_path):
    with jupyterlab([sys.executable, "-m", "jupyterlab"], tmp_path) as address:
        run(page, address, write(tmp_path, GAME))
        page.locator(".dl-start").wait_for()
        page.locator(".dl-widget").screenshot(path=ROOT / "build" / "game_start.png")
        page.locator(".dl-start").click()
        for n, digit in enumerate("35817460"):  # the last two are wrong
            page.locator(".dl-progress", has_text=f"Picture {n + 1} of 8").wait_for()
            if n == 2:
                screenshots(page, "game")
            if n % 2:
                page.keyboard.press(digit)
            else:
                page.locator(".dl-keys button", has_text=digit).click()
        headline = page.locator(".dl-headline", has_text="You win!")
        headline.wait_for()
        assert "You 6 of 8 in" in headline.inner_text()
        assert "the network 2 of 8." in headline.inner_text()
        assert page.locator(".dl-cards li").count() == 8
        assert page.locator(".dl-cards .dl-right").count() == 6 + 2
        screenshots(page, "game_end")
        page.get_by_role("button", name="Play again").click()
        page.locator(".dl-progress", has_text="Picture 1 of 8").wait_for()
        cells = page.evaluate(
            "() => window.jupyterapp.shell.currentWidget.content.model.cells.get(0).type"
        )
        assert cells == "code"  # keys went to the game, not to the notebook
