"""Collected photographs: kept in the folder of their class, and nothing of yours is touched."""

import re
from pathlib import Path

import pytest
from photos import kept, picture_file, sends

from dl_course import datasets, widgets


def test_collected_pictures_are_a_folder_to_learn_from(tmp_path):
    collector = widgets.photo_collector(["café", "green tea"], folder=tmp_path / "new" / "mine")
    assert collector.path == str(tmp_path / "new" / "mine")
    collector.add("café", "a.png", picture_file("red"))
    sends(collector, "b.jpg", picture_file("lime", "jpeg"), to="green tea")
    collector.add("green tea", "c.gif", picture_file("green", "gif"))
    assert collector.counts == {"café": 1, "green tea": 2}
    assert collector.error == ""
    data = datasets.load_image_folder(collector.path, image_size=4)
    assert data.class_names == ("café", "green tea")
    assert data.labels.tolist() == [0, 1, 1]
    with pytest.raises(ValueError, match=r"`class_name` must be one of .* Received: 'tea'"):
        collector.add("tea", "a.png", picture_file())


def test_a_picture_never_takes_the_place_of_another(tmp_path):
    collector = widgets.photo_collector(["a", "b"], folder=tmp_path)
    contents = [picture_file(colour) for colour in ("red", "lime", "blue")]
    for content in contents:
        collector.add("a", "x.png", content)
    collector.add("b", "x.png", contents[0])
    names = ["a/x.png", "a/x_2.png", "a/x_3.png", "b/x.png"]
    assert kept(collector) == dict(zip(names, [*contents, contents[0]], strict=True))


def test_errors_are_those_of_the_last_drop(tmp_path):
    collector = widgets.photo_collector(["a", "b"], folder=tmp_path)
    sends(collector, "x.txt", b"text" * 30, to="a")
    sends(collector, "y.txt", b"text" * 30, to="a", is_first=False)
    lines = [f"{name}.txt: not readable as a picture" for name in "xy"]
    assert collector.error.splitlines() == lines
    sends(collector, "z.png", picture_file(), to="a")
    assert collector.error == ""


def test_a_folder_that_cannot_be_written_is_shown(tmp_path):
    collector = widgets.photo_collector(["a", "b"], folder=tmp_path)
    (tmp_path / "a").rmdir()
    (tmp_path / "a").write_text("a file in its place")
    collector.add("a", "x.png", picture_file())
    assert collector.error == "x.png: File exists"
    assert collector.counts["a"] == 0


def test_a_temporary_folder_by_default(tmp_path, monkeypatch):
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    first, second = (widgets.photo_collector(["a", "b"]) for _ in range(2))
    assert first.path != second.path
    assert {Path(first.path).parent, Path(second.path).parent} == {tmp_path}


@pytest.mark.parametrize("make", ["file", "full folder", "hidden file"])
def test_nothing_of_yours_is_touched(make, tmp_path):
    place = tmp_path / "mine"
    if make == "file":
        place.write_text("mine")
    else:
        place.mkdir()
        (place / {"full folder": "notes.txt", "hidden file": ".hidden"}[make]).write_text("mine")
    before = sorted(tmp_path.rglob("*"))
    with pytest.raises(ValueError, match=r"`folder` must be new or empty. Received: '.*mine'"):
        widgets.photo_collector(["a", "b"], folder=place)
    assert sorted(tmp_path.rglob("*")) == before


@pytest.mark.parametrize(
    ("names", "error", "message"),
    [
        ("ab", TypeError, "`class_names` must be a list of strings. Received: 'ab'"),
        ([1, 2], TypeError, r"`class_names` must be a list of strings. Received: \[1, 2\]"),
        (["a"], ValueError, r"`class_names` must hold two names or more. Received: \['a'\]"),
        ([], ValueError, r"two names or more. Received: \[\]"),
        (["a", "b", "a"], ValueError, "must all be different"),
        (["a", "A"], ValueError, "must all be different"),
        (["é", "e\u0301"], ValueError, "must all be different"),
        *(
            (
                ["a", name],
                ValueError,
                f"must be names of folders.* Received: {re.escape(repr(name))}",
            )
            for name in (
                "",
                " ",
                "a/b",
                "a\\b",
                "..",
                ".b",
                "b.",
                "b ",
                "b?",
                "b\n",
                "nul",
                51 * "b",
            )
        ),
    ],
)
def test_class_names_that_are_no_folders(names, error, message, tmp_path):
    with pytest.raises(error, match=message):
        widgets.photo_collector(names, folder=tmp_path / "mine")
    assert not (tmp_path / "mine").exists()
