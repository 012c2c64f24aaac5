"""Files from a browser, dropped or collected: what is no picture, and names that are no good."""

import pytest
from photos import Colours, kept, picture_file

from dl_course import widgets


@pytest.mark.parametrize(
    ("name", "content", "error"),
    [
        ("a.png", b"no picture", "not readable as a picture"),
        ("a.png", picture_file()[:50], "not readable as a picture"),
        ("IMG_1.HEIC", b"no picture", "not readable as a picture; save it as JPEG"),
    ],
)
def test_a_file_that_is_no_picture(name, content, error, tmp_path):
    drop = widgets.photo_drop(Colours())
    drop.drop(name, content)
    assert drop.answers == [{"name": name, "probabilities": {}, "error": error}]
    collector = widgets.photo_collector(["a", "b"], folder=tmp_path)
    collector.add("a", name, content)
    assert collector.error == f"{name}: {error}"
    assert collector.counts == {"a": 0, "b": 0}
    assert kept(collector) == {}


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("../../x.png", "x.png"),
        ("/etc/x.png", "x.png"),
        ("..\\..\\x.png", "x.png"),
        ("C:\\x.png", "x.png"),
        ("C:x.png", "C_x.png"),
        ("..", "picture"),
        ("", "picture"),
        ("...x.png", "x.png"),
        ('a<>:"|?*\0\n\ud800.png', "a__________.png"),
        ("x.png. .", "x.png"),
        ("con.png", "_con.png"),
        ("Brücke 東京.png", "Brücke 東京.png"),
        (300 * "東" + ".png", 50 * "東" + ".png"),
        ("x." + 300 * "y", "x.yyyyyyyyy"),
    ],
)
def test_hostile_file_names(name, expected, tmp_path):
    collector = widgets.photo_collector(["a", "b"], folder=tmp_path / "mine")
    collector.add("a", name, picture_file())
    assert list(kept(collector)) == [f"a/{expected}"]
    assert [path.name for path in tmp_path.iterdir()] == ["mine"]
    drop = widgets.photo_drop(Colours())
    drop.drop(name, picture_file())
    assert (drop.answers[0]["name"], drop.answers[0]["error"]) == (name, "")
