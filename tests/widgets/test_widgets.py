"""Widgets: what they show is what the function below says; a still picture is always there."""

import base64
import io
import re
import sys
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
import pytest
from PIL import Image

from dl_course import augmentation, convolution, datasets, drawings, widgets

IMAGE = np.array(
    [[0, 1, 0, 1, 1], [1, 1, 0, 1, 0], [1, 0, 1, 0, 1], [1, 1, 0, 1, 0], [0, 0, 1, 1, 0]]
)
CROSS = np.array([[1, 0, 1], [0, 1, 0], [1, 0, 1]])


def sum_in(html):
    return float(re.search(r"= <b>(-?[\d.]+)</b>", html)[1])


@pytest.mark.parametrize(("stride", "padding"), [(1, 0), (2, 0), (1, 1), (2, 1)])
def test_every_step_shows_the_sum_that_correlate_computes(stride, padding):
    expected = convolution.correlate(IMAGE, CROSS, stride=stride, padding=padding).ravel()
    for step, value in enumerate(expected):
        html = widgets.step_html(IMAGE, CROSS, step, stride=stride, padding=padding)
        assert sum_in(html) == value


def test_a_step_marks_the_window_and_hides_what_is_to_come():
    html = widgets.step_html(IMAGE, CROSS, 1)
    assert "1·1 + 0·0 + 1·1" in html
    marked = re.findall(r"background:#fbe0c8[^>]*>([^<]*)<", html)
    assert len(marked) == 9 + 9 + 1  # the window, the kernel, the new output
    assert html.count("></td>") == 7  # outputs not yet computed


@pytest.mark.parametrize("step", [-1, 9])
def test_a_step_that_does_not_exist(step):
    with pytest.raises(ValueError, match=rf"`step` must be from 0 to 8. Received: {step}"):
        widgets.step_html(IMAGE, CROSS, step)


def test_moving_the_slider_moves_the_window():
    box = widgets.convolution_stepper(IMAGE, CROSS)
    controls, picture = box.children
    play, slider, speed = controls.children
    assert sum_in(picture.value) == 3
    assert slider.max == play.max == 8
    slider.value = 4
    assert sum_in(picture.value) == 5
    speed.value = 250
    assert play.interval == 250


def test_without_ipywidgets_it_says_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "ipywidgets", None)
    with pytest.raises(ImportError, match="pip install ipywidgets"):
        widgets.convolution_stepper(IMAGE, CROSS)
    with pytest.raises(ImportError, match="pip install ipywidgets"):
        widgets.augmentation_explorer(PHOTO)


# Augmentation -------------------------------------------------------------------------------------

PHOTO = np.random.default_rng(1).random((8, 6, 3)).astype(np.float32)


def shown(explorer):
    """What the picture of an explorer holds: pixels, alternative text, and the line of code."""
    html = explorer.children[1].value
    code, alt = re.search(r'base64,([^"]+)" alt="([^"]+)"', html).groups()
    line = re.search(r"<code>(.+)</code>", html)[1]
    return np.asarray(Image.open(io.BytesIO(base64.b64decode(code)))), alt, line


def controls(explorer):
    return {control.description: control for control in explorer.children[0].children}


def test_nothing_asked_for_changes_nothing():
    np.testing.assert_array_equal(widgets.augmented(PHOTO), PHOTO)
    assert widgets.augmented(PHOTO).dtype == PHOTO.dtype


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"flip": True}, augmentation.flip(PHOTO)),
        ({"factor": 0.8}, augmentation.scale(PHOTO, 0.8)),
        ({"degrees": 30, "mode": "edge"}, augmentation.rotate(PHOTO, 30, mode="edge")),
        ({"right": 2, "down": -1}, augmentation.translate(PHOTO, 2, -1)),
        (
            {"noise": 0.3, "seed": 5},
            augmentation.salt_and_pepper(PHOTO, 0.3, rng=np.random.default_rng(5)),
        ),
        (
            {"flip": True, "degrees": 90, "right": 1},
            augmentation.translate(augmentation.rotate(augmentation.flip(PHOTO), 90), 1, 0),
        ),
    ],
)
def test_each_change_is_the_function_of_that_name(changes, expected):
    np.testing.assert_array_equal(widgets.augmented(PHOTO, **changes), expected)


def test_the_explorer_begins_with_the_picture_as_it_is():
    pixels_, alt, line = shown(widgets.augmentation_explorer(PHOTO))
    np.testing.assert_array_equal(pixels_, np.rint(255 * PHOTO))
    assert (alt, line) == ("The picture: unchanged", "unchanged")


def test_every_control_changes_the_picture_at_once():
    explorer = widgets.augmentation_explorer(PHOTO)
    values = {
        "flip left and right": True,
        "scale": 0.8,
        "turn, degrees": 45,
        "to the right": 2,
        "down": -1,
        "border": "wrap",
        "noise": 0.2,
    }
    assert set(controls(explorer)) == set(values)
    before, _, _ = shown(explorer)
    for name, value in values.items():
        controls(explorer)[name].value = value
        now, alt, line = shown(explorer)
        assert np.any(now != before), name
        before = now
    expected = widgets.augmented(
        PHOTO, flip=True, factor=0.8, degrees=45, right=2, down=-1, mode="wrap", noise=0.2
    )
    np.testing.assert_array_equal(now, np.rint(255 * expected))
    calls = "scale(0.8, mode='wrap') → rotate(45, mode='wrap') → translate(2, -1, mode='wrap')"
    assert line == f"flip() → {calls} → salt_and_pepper(0.2)"
    assert alt == f"The picture: {line}"


def test_sliders_reach_as_far_as_half_the_picture():
    sliders = controls(widgets.augmentation_explorer(np.zeros((7, 20))))
    assert (sliders["to the right"].min, sliders["to the right"].max) == (-10, 10)
    assert (sliders["down"].min, sliders["down"].max) == (-3, 3)


@pytest.mark.parametrize("shape", [(8, 6), (8, 6, 1), (8, 6, 3)])
@pytest.mark.parametrize("dtype", [np.uint8, np.float64])
def test_the_explorer_takes_grey_and_colour(shape, dtype):
    image = (np.arange(np.prod(shape)).reshape(shape) % 2).astype(dtype)
    pixels_, _, _ = shown(widgets.augmentation_explorer(image, width=90))
    white = 255 if dtype == np.float64 else 1
    np.testing.assert_array_equal(pixels_, (white * image).squeeze())


@pytest.mark.parametrize(
    ("image", "error", "message"),
    [
        (np.zeros((2, 8, 6, 3)), ValueError, r"`image` must .* Received: \(2, 8, 6, 3\)"),
        (np.zeros((8, 6, 4)), ValueError, r"`image` must .* Received: \(8, 6, 4\)"),
        (np.zeros(8), ValueError, r"`image` must .* Received: \(8,\)"),
        (np.full((8, 6), 2.0), ValueError, "black and white are known"),
        (np.full((8, 6), "a"), TypeError, "`image` must"),
    ],
)
def test_no_picture_to_explore(image, error, message):
    with pytest.raises(error, match=message):
        widgets.augmentation_explorer(image)


def test_saved_output_of_the_explorer_does_not_hold_the_picture():
    assert "base64" not in repr(widgets.augmentation_explorer(PHOTO))[:110]  # what Jupyter keeps


# Digits drawn by hand -----------------------------------------------------------------------------


def says(*probabilities):
    """A network that always says the same."""
    return lambda images: np.array([probabilities])


def says_where_the_ink_is(images):
    """A network of two classes: more ink above, more ink below."""
    assert images.shape == (1, 28, 28, 1)
    assert images.dtype == np.float32
    above = images[:, :14].sum() / images.sum()
    return np.array([[above, 1 - above]])


def pixels(canvas):
    return np.frombuffer(canvas.picture, np.uint8).reshape(28, 28)


def test_strokes_on_the_canvas_become_a_picture_and_probabilities():
    canvas = widgets.digit_canvas(says_where_the_ink_is, names=["above", "below"])
    assert not pixels(canvas).any()
    assert canvas.probabilities == []
    canvas.strokes = [[[40, 40], [120, 40]], [[80, 40], [80, 200]]]  # a T
    picture = drawings.center(drawings.rasterize(canvas.strokes))
    np.testing.assert_array_equal(pixels(canvas), np.rint(255 * picture))
    above, below = canvas.probabilities
    assert (above, below) == pytest.approx(says_where_the_ink_is(picture[None, :, :, None])[0])
    assert canvas.error == ""


def test_clearing_the_canvas_clears_the_answer():
    canvas = widgets.digit_canvas(says_where_the_ink_is, names=["above", "below"])
    canvas.strokes = widgets.sample_strokes(7)
    assert len(canvas.probabilities) == 2
    canvas.strokes = []
    assert canvas.probabilities == []
    assert not pixels(canvas).any()


def test_what_goes_wrong_is_shown_and_goes_away():
    def fails(images):
        if images.sum() > 60:
            raise RuntimeError("too much ink")
        return np.array([[0.5, 0.5]])

    canvas = widgets.digit_canvas(fails, names=["a", "b"])
    canvas.strokes = [[[100, 100]]]  # a dot fills the box
    assert canvas.error == "RuntimeError: too much ink"
    assert canvas.probabilities == []
    canvas.strokes = [[[100, 20], [100, 250]]]
    assert canvas.error == ""
    assert canvas.probabilities == [0.5, 0.5]


@pytest.mark.parametrize(
    ("classify", "message"),
    [
        (says(0.5, 0.5), r"`classify` must return shape \(1, 3\). Received: shape \(1, 2\)"),
        (lambda images: [1, 0, 0], r"shape \(1, 3\). Received: shape \(3,\)"),
        (says(-1.0, 4.5, 2.0), r"a softmax makes .* Received: \[-1. +4.5 +2. \]"),
        (says(0.5, 0.5, 0.5), "must return probabilities"),
        (says(np.nan, 0.5, 0.5), "must return probabilities"),
    ],
)
def test_what_a_network_must_say(classify, message):
    canvas = widgets.digit_canvas(classify, names="abc")
    canvas.strokes = widgets.sample_strokes()
    assert re.search(message, canvas.error)
    with pytest.raises(ValueError, match=message):
        widgets.digit_still(widgets.sample_strokes(), classify, names="abc")


def test_a_canvas_needs_a_function_and_names():
    with pytest.raises(TypeError, match="`classify` must be a function .* Received: str"):
        widgets.digit_canvas("model")
    with pytest.raises(TypeError, match="`classify` must be a function .* Received: str"):
        widgets.digit_still([], "model")
    with pytest.raises(ValueError, match=r"`names` must hold .* Received: \(\)"):
        widgets.digit_canvas(says(1), names=())


def test_the_still_shows_drawing_picture_and_bars():
    strokes = widgets.sample_strokes()
    axes = widgets.digit_still(strokes, says(0.2, 0.7, 0.1), names="abc", right=1)
    drawing, picture = (ax.images[0].get_array() for ax in axes[:2])
    np.testing.assert_array_equal(drawing, drawings.rasterize(strokes))
    np.testing.assert_array_equal(picture, drawings.center(drawing))
    assert [bar.get_width() for bar in axes[2].patches] == [0.2, 0.7, 0.1]
    plt.close("all")


def test_a_sample_is_in_the_middle_of_the_paper():
    places = np.concatenate(widgets.sample_strokes())
    assert np.ptp(places, axis=0).max() == pytest.approx(200)
    np.testing.assert_allclose((places.min(axis=0) + places.max(axis=0)) / 2, 140)
    assert len(widgets.sample_strokes(7, "crossed")) == 2


# You against the network --------------------------------------------------------------------------

HARD = np.random.default_rng(0).random((4, 28, 28, 1))
LABELS = np.array([3, 5, 8, 1])
SAID = np.eye(10)[[3, 6, 3, 7]]


def test_a_game_from_the_first_answer_to_the_score():
    game = widgets.human_against_network(HARD, LABELS, SAID)
    for digit in (3, 5, 0):
        game.answer(digit)
        assert game.result is None
    game.answer(-1)
    rows = game.result.pop("rows")
    assert game.result == {"human": 2, "network": 1, "seconds": 0}
    assert rows[1] == {"label": 5, "human": 5, "network": 6}
    assert [row["human"] for row in rows] == [3, 5, 0, -1]
    with pytest.raises(ValueError, match="All 4 pictures have an answer. Received: 2"):
        game.answer(2)


def test_a_game_tells_the_browser_pictures_and_no_labels():
    game = widgets.human_against_network(HARD, LABELS, SAID, count=2, seconds=1.5)
    assert game.count == 2
    assert game.limit == 1.5
    shown = np.frombuffer(game.pictures, np.uint8).reshape(2, 28, 28)
    np.testing.assert_array_equal(shown, np.rint(255 * HARD[:2, :, :, 0]))
    sent = {name for name in game.keys if not name.startswith("_")}  # what is synchronized
    assert sent - {"layout", "tabbable", "tooltip"} == {
        *("pictures", "count", "limit", "answers", "seconds", "result")
    }


def test_a_game_can_be_played_again():
    game = widgets.human_against_network(HARD[:1, :, :, 0], LABELS[:1], SAID[:1])
    game.answer(4)
    assert game.result["human"] == 0
    game.set_state({"answers": [], "result": None, "seconds": 0.0})  # as the browser does
    game.set_state({"answers": [3], "seconds": 1.25})
    assert (game.result["human"], game.result["seconds"]) == (1, 1.25)


@pytest.mark.parametrize(
    ("change", "error", "message"),
    [
        ({"images": HARD[:, :20]}, ValueError, r"`images` must .* Received: \(4, 20, 28, 1\)"),
        ({"images": HARD[:0]}, ValueError, r"`images` must .* Received: \(0, 28, 28, 1\)"),
        ({"labels": LABELS[:3]}, ValueError, r"`labels` must have shape \(4,\). Received: \(3,\)"),
        ({"probabilities": LABELS}, ValueError, r"`probabilities` must .* Received: \(4,\)"),
        ({"count": 0}, ValueError, "`count` must be positive. Received: 0"),
        ({"count": 2.5}, TypeError, "`count` must be an integer. Received: 2.5"),
        ({"seconds": 0}, ValueError, "`seconds` must be positive, or None. Received: 0"),
    ],
)
def test_no_game(change, error, message):
    arguments = {"images": HARD, "labels": LABELS, "probabilities": SAID, **change}
    with pytest.raises(error, match=message):
        widgets.human_against_network(**arguments)


# Your own pictures --------------------------------------------------------------------------------


def picture_file(colour="red", kind="png"):
    """A picture of one colour, as the bytes of a file."""
    file = io.BytesIO()
    Image.new("RGB", (12, 8), colour).save(file, format=kind)
    return file.getvalue()


class Colours:
    """A classifier that knows colours, and keeps the paths it was asked about."""

    def __init__(self):
        self.asked = []

    def classify(self, path):
        self.asked.append(path)
        red, green, blue = datasets.load_picture(path, image_size=4).mean(axis=(0, 1))
        return {"blue": blue, "green": green, "red": red}  # NumPy's numbers, not in order


class Says:
    """A classifier that always says, or raises, the same."""

    def __init__(self, answer):
        self.answer = answer

    def classify(self, path):
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer


def sends(widget, name, content, *, to="", piece=40, is_first=True, id="1"):
    """What the browser sends of a file."""
    for start in range(0, max(len(content), 1), piece):
        about = {"kind": "picture", "id": id, "name": name, "class": to, "isFirst": is_first}
        about["isLast"] = start + piece >= len(content)
        widget._handle_custom_msg(about, [memoryview(content[start : start + piece])])


def kept(collector):
    """The files in the folder of a collector, with their contents."""
    root = Path(collector.path)
    files = (path for path in root.rglob("*") if path.is_file())
    return {path.relative_to(root).as_posix(): path.read_bytes() for path in files}


@pytest.mark.parametrize("kind", ["png", "jpeg", "gif"])
def test_a_dropped_picture_is_classified(kind):
    classifier = Colours()
    drop = widgets.photo_drop(classifier)
    drop.drop("mine", picture_file("blue", kind))
    (answer,) = drop.answers
    assert (answer["name"], answer["error"]) == ("mine", "")
    assert next(iter(answer["probabilities"])) == "blue"
    assert all(type(number) is float for number in answer["probabilities"].values())
    assert not classifier.asked[0].parent.exists()


def test_a_browser_is_told_the_five_best_in_their_order():
    drop = widgets.photo_drop(Says({str(n): n / 21 for n in range(7)}))
    drop.drop("mine.png", picture_file())
    (sent,) = drop.get_state("answers")["answers"]
    assert [name for name, _ in sent["best"]] == ["6", "5", "4", "3", "2"]
    assert len(drop.answers[0]["probabilities"]) == 7


def test_pictures_come_from_the_browser_in_pieces():
    drop = widgets.photo_drop(Colours())
    sends(drop, "first.png", picture_file("lime"))
    sends(drop, "empty.png", b"")
    about = {"kind": "picture", "id": "2", "name": "big.png", "class": "", "isFirst": True}
    drop._handle_custom_msg({**about, "isLast": True, "reason": "24.0 MB are too much"}, [])
    names_and_errors = [(answer["name"], answer["error"]) for answer in drop.answers]
    assert names_and_errors == [
        ("first.png", ""),
        ("empty.png", "not readable as a picture"),
        ("big.png", "24.0 MB are too much"),
    ]
    assert next(iter(drop.answers[0]["probabilities"])) == "green"


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
    ("answer", "error"),
    [
        (RuntimeError("out of memory"), "RuntimeError: out of memory"),
        ([0.5, 0.5], "TypeError: `classify` must return a dict. Received: list"),
        ({"a": 3.5}, "ValueError: `classify` must return prob.* Received: {'a': 3.5}"),
        ({"a": np.nan}, "ValueError: `classify` must return prob.* Received: {'a': nan}"),
    ],
)
def test_a_classifier_that_fails_is_shown(answer, error):
    drop = widgets.photo_drop(Says(answer))
    drop.drop("a.png", picture_file())
    assert re.fullmatch(error, drop.answers[0]["error"])
    assert drop.answers[0]["probabilities"] == {}


@pytest.mark.parametrize(
    ("classifier", "kind"), [(lambda path: {}, "function"), (Colours, "the class Colours")]
)
def test_no_classifier(classifier, kind):
    message = f"`classifier` must have a method classify.* Received: {kind}"
    with pytest.raises(TypeError, match=message):
        widgets.photo_drop(classifier)


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
        ("ab", TypeError, "`class_names` must be a list of texts. Received: 'ab'"),
        ([1, 2], TypeError, r"`class_names` must be a list of texts. Received: \[1, 2\]"),
        (["a"], ValueError, r"`class_names` must hold two names or more. Received: \['a'\]"),
        ([], ValueError, r"two names or more. Received: \[\]"),
        (["a", "b", "a"], ValueError, "must all be different"),
        (["a", "A"], ValueError, "must all be different"),
        (["é", "e\u0301"], ValueError, "must all be different"),
        *(
            (["a", name], ValueError, f"become folders.* Received: {re.escape(repr(name))}")
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


# All ----------------------------------------------------------------------------------------------


def test_saved_outputs_stay_the_same(tmp_path):
    """A notebook's test compares the text beside a widget: no address, no identifier in it."""
    assert repr(widgets.digit_canvas(says(1))) == "A canvas to draw a digit on"
    assert repr(widgets.human_against_network(HARD, LABELS, SAID)) == "A game of 4 pictures"
    assert repr(widgets.photo_drop(Colours())) == "A place to drop pictures on"
    collector = widgets.photo_collector(["a", "b"], folder=tmp_path)
    assert repr(collector) == "A place to collect pictures of 2 classes"


def test_browsers_are_given_all_they_need():
    canvas = widgets.digit_canvas(says(1))
    game = widgets.human_against_network(HARD, LABELS, SAID)
    drop = widgets.photo_drop(Colours())
    for text in (text for widget in (canvas, game, drop) for text in (widget._esm, widget._css)):
        assert not re.search(r"import |https?:(?!//www.w3.org/2000/svg)", text)  # fetches nothing


def test_without_anywidget_it_says_what_to_install(monkeypatch, tmp_path):
    monkeypatch.setitem(sys.modules, "anywidget", None)
    with pytest.raises(ImportError, match="pip install anywidget"):
        widgets.digit_canvas(says(1))
    with pytest.raises(ImportError, match="pip install anywidget"):
        widgets.human_against_network(HARD, LABELS, SAID)
    with pytest.raises(ImportError, match="pip install anywidget"):
        widgets.photo_drop(Colours())
    with pytest.raises(ImportError, match="pip install anywidget"):
        widgets.photo_collector(["a", "b"], folder=tmp_path / "mine")
    assert not (tmp_path / "mine").exists()
