"""What all widgets need: libraries, static files, images as bytes, and outputs worth saving."""

import re
import sys

import numpy as np
import pytest
from photos import Colours

from dl_course import widgets
from dl_course.widgets import _host

IMAGE = np.eye(4)
MADE_OF_IPYWIDGETS = {
    "stepper": lambda folder: widgets.convolution_stepper(IMAGE, IMAGE[:2, :2]),
    "explorer": lambda folder: widgets.augmentation_explorer(IMAGE),
}
MADE_OF_ANYWIDGET = {
    "A canvas to draw a digit on": lambda folder: widgets.digit_canvas(lambda images: [[1]]),
    "A game of 1 pictures": lambda folder: widgets.human_against_network(
        IMAGE[None], [1], np.eye(10)[:1]
    ),
    "A place to drop pictures on": lambda folder: widgets.photo_drop(Colours()),
    "A place to collect pictures of 2 classes": lambda folder: widgets.photo_collector(
        ["a", "b"], folder=folder
    ),
}


@pytest.mark.parametrize("library", ["ipywidgets", "anywidget"])
def test_a_missing_library_is_named_before_anything_is_made(library, monkeypatch, tmp_path):
    monkeypatch.setitem(sys.modules, library, None)
    made = MADE_OF_IPYWIDGETS if library == "ipywidgets" else MADE_OF_ANYWIDGET
    for make in made.values():
        with pytest.raises(ImportError, match=f"Install it with: pip install {library}"):
            make(tmp_path / "mine")
    assert not (tmp_path / "mine").exists()


@pytest.mark.parametrize("text", MADE_OF_ANYWIDGET)
def test_saved_outputs_stay_the_same(text, tmp_path, saved):
    """A notebook's test compares the text beside a widget: no address, no identifier in it."""
    assert saved(MADE_OF_ANYWIDGET[text](tmp_path))["text/plain"] == text


@pytest.mark.parametrize("text", MADE_OF_ANYWIDGET)
def test_browsers_are_given_all_they_need(text, tmp_path):
    widget = MADE_OF_ANYWIDGET[text](tmp_path)
    assert "export default { render }" in widget._esm
    classes = set(re.findall(r"dl-[a-z-]+", widget._esm)) & {"dl-widget", "dl-bars", "dl-error"}
    assert classes <= set(re.findall(r"dl-[a-z-]+", widget._css))
    for code in (widget._esm, widget._css):
        assert not re.search(r"import |https?:(?!//www.w3.org/2000/svg)", code)  # fetches nothing


def test_every_static_file_is_used():
    sources = "".join(path.read_text("utf-8") for path in _host.STATIC.parent.glob("*.py"))
    assert all(f'"{path.name}"' in sources for path in _host.STATIC.iterdir())


def test_numbers_become_grey_levels():
    grey = _host.as_uint8([-1, 0, 0.5, 1, 2])
    assert grey.dtype == np.uint8
    assert grey.tolist() == [0, 0, 128, 255, 255]
    assert _host.as_uint8(grey) is grey


def test_a_class_is_not_an_instance_of_it():
    assert _host.kind_of(3) == "int"
    assert _host.kind_of(Colours) == "the class Colours"
