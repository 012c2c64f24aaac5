"""Widgets under a hand: a mouse that draws, clicks and keys, in headless Chromium."""

import sys
import tempfile
import time
from pathlib import Path

import nbformat
import numpy as np
import pytest
from jupyterlab_pages import RUN_ALL, jupyterlab, open_notebook
from PIL import Image
from support import ROOT

from dl_course import handwriting

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
EXPLORER = """
from dl_course import datasets, widgets

widgets.augmentation_explorer(datasets.load_photograph("cat", size=(100, 150)).image)
"""
PHOTOS = """
from dl_course import datasets, widgets

class Colours:
    def classify(self, path):
        red, green, blue = datasets.load_picture(path, image_size=4).mean(axis=(0, 1)).tolist()
        total = red + green + blue
        return {"blue": blue / total, "green": green / total, "red": red / total}

widgets.photo_drop(Colours())
"""
COLLECTOR = """
from dl_course import widgets

collector = widgets.photo_collector(["cats & dogs", "tea", "else"], folder="mine")
collector
"""


@pytest.fixture(scope="module")
def lab(tmp_path_factory):
    """JupyterLab for all tests of this file: its folder and its address."""
    folder = tmp_path_factory.mktemp("lab")
    with jupyterlab([sys.executable, "-m", "jupyterlab"], folder) as address:
        yield folder, address


@pytest.fixture
def run(page, lab):
    """Run cells in a notebook of their own; gives the notebook's folder."""
    parent, address = lab

    def run_cells(*sources):
        folder = Path(tempfile.mkdtemp(dir=parent))
        cells = [nbformat.v4.new_code_cell(source.strip()) for source in sources]
        notebook = nbformat.v4.new_notebook(cells=cells)
        notebook.metadata["kernelspec"] = {"name": "python3", "display_name": "Python 3"}
        nbformat.write(notebook, folder / "widgets.ipynb")
        open_notebook(page, address, f"{folder.name}/widgets.ipynb")
        page.evaluate(RUN_ALL)
        return folder

    return run_cells


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


def test_digits_drawn_with_the_mouse_are_read(page, run):
    run(READER, "widgets.digit_canvas(classify)")
    page.locator(".dl-paper").scroll_into_view_if_needed()
    said = []
    for digit in (0, 1, 2, 4, 5, 6, 7, 8, 9, 3):
        page.locator(".dl-clear").click()
        page.locator(".dl-answer", has_text="Draw something").wait_for()
        draw(page, handwriting.sample_strokes(digit))
        said.append((str(digit), settled(page)))
    screenshots(page, "canvas")
    print("drawn and read:", said)
    assert sum(digit == answer for digit, answer in said) >= 8
    assert page.locator(".dl-error").is_hidden()


def test_an_error_is_shown_and_the_keyboard_clears(page, run):
    source = (
        "from dl_course import widgets\nwidgets.digit_canvas(lambda images: images[:, :, :, 3])"
    )
    run(source)
    page.locator(".dl-paper").click()
    page.locator(".dl-error", has_text="IndexError").wait_for()
    page.locator(".dl-widget").screenshot(path=ROOT / "build" / "canvas_error.png")
    page.locator(".dl-clear").focus()
    page.keyboard.press("Enter")
    page.locator(".dl-answer", has_text="Draw something").wait_for()
    assert page.locator(".dl-error").is_hidden()


def test_a_game_with_clicks_and_keys(page, run):
    run(GAME)
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
    assert "You read 6 of 8 correctly in" in headline.inner_text()
    assert "the network 2 of 8." in headline.inner_text()
    assert page.locator(".dl-cards li").count() == 8
    assert page.locator(".dl-cards .dl-correct").count() == 6 + 2
    screenshots(page, "game_end")
    page.get_by_role("button", name="Play again").click()
    page.locator(".dl-progress", has_text="Picture 1 of 8").wait_for()
    cells = page.evaluate(
        "() => window.jupyterapp.shell.currentWidget.content.model.cells.get(0).type"
    )
    assert cells == "code"  # keys went to the game, not to the notebook


def test_the_augmentation_explorer_follows_its_sliders(page, run):
    run(EXPLORER)
    picture = page.locator(".widget-html img")
    picture.scroll_into_view_if_needed()
    assert picture.get_attribute("alt") == "The picture: unchanged"
    before = picture.screenshot()
    angle = page.locator(".widget-slider", has_text="rotate, degrees").locator(".noUi-handle")
    angle.focus()
    page.keyboard.press("ArrowRight")
    page.locator(".widget-html code", has_text="rotate(5)").wait_for()
    assert picture.evaluate("img => img.naturalWidth") == 150
    assert picture.screenshot() != before
    page.get_by_label("flip left and right").check()
    page.get_by_label("border").select_option("edge")
    page.locator(".widget-html code", has_text="flip() → rotate(5, mode='edge')").wait_for()
    page.screenshot(path=ROOT / "build" / "explorer.png")


def photos(folder):
    """Files to drop: two pictures, one of them of 12 MB, a text, and one too large to be sent."""
    rng = np.random.default_rng(0)
    Image.new("RGB", (90, 60), "#d03020").save(folder / "red.png")
    noise = rng.integers(0, 256, (2000, 2000, 3)).astype(np.uint8) // [4, 1, 4]
    Image.fromarray(noise.astype(np.uint8)).save(folder / "green.bmp")  # more than Jupyter takes
    (folder / "notes.png").write_text("no picture")
    (folder / "huge.png").write_bytes(bytes(21_000_000))
    return [folder / name for name in ("red.png", "green.bmp", "notes.png", "huge.png")]


DROP = """async ([zone, name]) => {
    const blob = await new Promise(done => document.createElement('canvas').toBlob(done));
    const files = new DataTransfer();
    files.items.add(new File([blob], name, { type: 'image/png' }));
    for (const type of ['dragenter', 'dragover', 'drop']) {
        const what = { dataTransfer: files, bubbles: true, cancelable: true };
        document.querySelectorAll('.dl-zone')[zone].dispatchEvent(new DragEvent(type, what));
    }
}"""


def test_pictures_are_dropped_and_classified(page, run, tmp_path):
    files = photos(tmp_path)
    run(PHOTOS)
    page.locator(".dl-zone input").set_input_files(files)
    page.locator(".dl-photo-cards > li").nth(3).wait_for()
    cards = page.locator(".dl-photo-cards > li").all()
    names = [card.locator(".dl-file").inner_text() for card in cards]
    assert names == [path.name for path in files]
    best = [card.locator(".dl-best .dl-name").inner_text() for card in cards[:2]]
    assert best == ["red", "green"]
    errors = [card.locator(".dl-error").inner_text() for card in cards[2:]]
    assert errors == ["not readable as a picture", "21.0 MB is too large, the limit is 20.0 MB"]
    assert page.locator(".dl-photo-cards img:visible").count() == 2
    assert page.locator(".dl-status").inner_text() == ""
    screenshots(page, "photo_drop")
    page.evaluate(DROP, [0, "dropped.png"])
    page.locator(".dl-file", has_text="dropped.png").wait_for()
    button = page.get_by_role("button", name="Choose pictures")
    with page.expect_file_chooser() as chooser:
        button.press("Enter")  # focus and key in one go: JupyterLab may take the focus back
    assert chooser.value.is_multiple()


def test_pictures_are_collected_in_folders(page, run, tmp_path):
    files = photos(tmp_path)
    folder = run(COLLECTOR)
    first, second, _ = page.locator(".dl-zone input").all()
    first.set_input_files(files)
    page.locator(".dl-error", has_text="huge.png: 21.0 MB").wait_for()
    assert "notes.png: not readable as a picture" in page.locator(".dl-error").inner_text()
    second.set_input_files(files[0])
    page.locator(".dl-zone").nth(1).get_by_text("1 picture").wait_for()
    assert page.locator(".dl-error").is_hidden()  # of the drop before
    page.evaluate(DROP, [1, "red.png"])
    page.locator(".dl-zone").nth(1).get_by_text("2 pictures").wait_for()
    second.set_input_files(files[2])
    page.locator(".dl-error", has_text="notes.png").wait_for()
    screenshots(page, "photo_collector")
    counts = page.locator(".dl-count").all_inner_texts()
    assert counts == ["2 pictures", "2 pictures", "0 pictures"]
    page.get_by_role("button", name="Choose pictures of the class else").wait_for()
    kept = sorted(path.relative_to(folder / "mine").as_posix() for path in folder.glob("mine/*/*"))
    assert kept == ["cats & dogs/green.bmp", "cats & dogs/red.png", "tea/red.png", "tea/red_2.png"]
