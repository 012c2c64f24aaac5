"""Digits written by `dl_course.handwriting`, and the file of them in `data/`."""

import hashlib
import importlib.util
import re
import sys
import time
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dl_course import handwriting
from dl_course.handwriting import STYLES, Hand, draw_digits, strokes, style_names

DATA = Path(__file__).parents[2] / "data"
EVERY_STYLE = [(digit, style) for digit in STYLES for style in STYLES[digit]]
STEADY = Hand(
    wobble=0, drift=0, haste=0, middle=0, taper=0, bend=0, width=0, slant=0, slant_spread=0,
    turn=0, pen_spread=0, pressure=0, edge_spread=0,
)  # fmt: skip


def differ(a, b):
    """Largest difference in grey levels."""
    return np.abs(a.astype(int) - b.astype(int)).max(initial=0)


@pytest.fixture(scope="module")
def labels():
    return np.arange(1000) % 10


@pytest.fixture(scope="module")
def images(labels):
    return draw_digits(labels, seed=7)


@pytest.fixture(scope="module")
def stored():
    with np.load(DATA / "digits.npz", allow_pickle=False) as file:
        return dict(file)


@pytest.fixture(scope="module")
def maker():
    spec = importlib.util.spec_from_file_location("make_digits", DATA / "make_digits.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


# Shape, range, seeds


def test_images_are_laid_out_as_mnist_is(images):
    assert images.shape == (1000, 28, 28)
    assert images.dtype == np.uint8
    assert (images.max(axis=(1, 2)) > 150).all()  # ink on every page
    assert np.median(images.max(axis=(1, 2))) == 255
    assert (np.median(images, axis=(1, 2)) == 0).all()  # most of the page is empty


def test_same_seed_same_digits(labels, images):
    assert differ(draw_digits(labels, seed=7), images) == 0
    assert differ(draw_digits(list(labels), seed=np.int64(7)), images) == 0


def test_other_seed_other_digits(labels, images):
    other = draw_digits(labels, seed=8)
    assert (np.abs(other.astype(int) - images).max(axis=(1, 2)) > 50).all()


@pytest.mark.parametrize("chunk", [1, 7, 10_000])
def test_chunks_do_not_matter(monkeypatch, images, labels, chunk):
    monkeypatch.setattr(handwriting, "CHUNK", chunk)
    assert differ(draw_digits(labels[:300], seed=7), images[:300]) <= 1


@settings(max_examples=15, deadline=None)
@given(st.lists(st.integers(0, 9), max_size=40), st.integers(0, 2**64), st.integers(0, 40))
def test_a_longer_list_begins_with_the_shorter(digits, seed, n):
    longer = draw_digits(digits, seed=seed)
    assert longer.shape == (len(digits), 28, 28)
    assert differ(draw_digits(digits[:n], seed=seed), longer[:n]) <= 1


def test_global_random_state_is_neither_read_nor_changed(labels, images):
    np.random.seed(0)  # noqa: NPY002
    before = np.random.get_state()[1].copy()  # noqa: NPY002
    assert differ(draw_digits(labels[:50], seed=7), images[:50]) == 0
    assert (np.random.get_state()[1] == before).all()  # noqa: NPY002


def test_no_label_no_digit():
    assert draw_digits([], seed=0).shape == (0, 28, 28)


@pytest.mark.parametrize("size", [14, 28, 64])
def test_size(size):
    small = draw_digits([3, 8], seed=5, size=size)
    assert small.shape == (2, size, size)
    inked = small.mean(axis=(1, 2)) / 255
    assert inked == pytest.approx(draw_digits([3, 8], seed=5).mean(axis=(1, 2)) / 255, rel=0.15)


# Layout


def test_centre_of_mass_is_the_middle(images):
    ink = images / images.sum(axis=(1, 2), keepdims=True)
    row = (ink.sum(axis=2) * np.arange(28)).sum(axis=1)
    column = (ink.sum(axis=1) * np.arange(28)).sum(axis=1)
    assert np.abs(row - 14).max() < 1.5
    assert np.abs(column - 14).max() < 1.5
    assert np.abs(row - 14).mean() < 0.5
    assert np.abs(column - 14).mean() < 0.5


def test_digits_fill_the_box(images):
    inked = images > 64
    high = inked.any(axis=2).sum(axis=1)
    wide = inked.any(axis=1).sum(axis=1)
    longer = np.maximum(high, wide)
    assert longer.max() <= 23
    assert longer.min() >= 16
    assert 19 <= np.median(longer) <= 21


def test_page_margin_is_nearly_always_empty(images):
    """A heavy foot or head pushes the other end outwards: so it is with MNIST's 7s and 9s."""
    margin = np.ones((28, 28), bool)
    margin[1:-1, 1:-1] = False
    assert np.mean(images[:, margin].max(axis=1) > 30) < 0.05


def test_pen_widens_the_line():
    thin, thick = (draw_digits([1] * 20, seed=1, hand=Hand(pen=pen)).sum() for pen in (1.5, 3.0))
    assert thick / thin == pytest.approx(2, rel=0.1)


def test_slant_leans_to_the_right():
    hand = Hand(**{**vars(STEADY), "slant": 0.5})
    (one,) = draw_digits([1], seed=0, style="stick", hand=hand)
    top, foot = (np.average(np.arange(28), weights=one[row]) for row in (6, 22))
    assert top - foot == pytest.approx(0.5 * 16, abs=0.3)


def test_a_steady_hand_draws_the_table():
    """Each pixel is as white as its distance from the curve says: here, the upright 1."""
    (one,) = draw_digits([1], seed=0, style="stick", hand=Hand(**{**vars(STEADY), "pen": 3.0}))
    assert one[14, 11:18].tolist() == [0, 0, 255, 255, 255, 0, 0]  # 3 pixels wide
    hand = Hand(**{**vars(STEADY), "pen": 2.5})
    (one,) = draw_digits([1], seed=0, style="stick", hand=hand)
    assert differ(one[14, 11:18], np.array([0, 0, 191, 255, 191, 0, 0])) <= 1  # 1.25 - 1 + 0.5


# Styles


@pytest.mark.parametrize(("digit", "style"), EVERY_STYLE)
def test_every_style_can_be_drawn_and_plotted(digit, style):
    curves = strokes(digit, style)
    assert len(curves) == len(STYLES[digit][style]) - 1
    assert all(curve.ndim == 2 and curve.shape[1] == 2 and len(curve) > 1 for curve in curves)
    path = np.concatenate(curves)
    assert 0.9 < np.ptp(path[:, 1]) < 1.15
    assert -0.2 < path.min() <= path.max() < 1.1
    drawn = draw_digits([digit] * 3, seed=3, style=style)
    assert (drawn.reshape(3, -1).sum(axis=1) > 20 * 255).all()


@pytest.mark.parametrize(("digit", "style"), EVERY_STYLE)
def test_curves_pass_their_points(digit, style):
    """Worked example and property: a spline through its points, ends included."""
    for stroke, curve in zip(STYLES[digit][style][1:], strokes(digit, style), strict=True):
        points = np.array([pair.split(",") for pair in stroke.split()], float) / 100
        away = np.hypot(*(points[:, None] - curve[None]).transpose(2, 0, 1))
        assert away.min(axis=1).max() < 0.05  # a sample of the curve is near each point
        assert curve[[0, -1]] == pytest.approx(points[[0, -1]])


def test_spline_by_hand():
    """Half way through points 0, 1, 2, 3 on a line: weights (-1, 9, 9, -1) / 16."""
    basis = handwriting._catmull_rom(np.array([1.5, 2.0, 0.0]), 4)
    assert basis[0] == pytest.approx(np.array([-1, 9, 9, -1]) / 16)
    assert basis[1:].tolist() == [[0, 0, 1, 0], [1, 0, 0, 0]]
    assert basis.sum(axis=1) == pytest.approx(1)


def test_styles_come_by_their_shares():
    labels = np.full(4000, 1)
    chance = np.random.default_rng(0).random((4000, 1))
    rows = handwriting._share_styles(labels, chance)
    counts = np.unique(rows, return_counts=True)[1]
    shares = np.array([entry[0] for entry in STYLES[1].values()])
    assert counts / 4000 == pytest.approx(shares / shares.sum(), abs=0.02)


def test_style_names():
    assert {"open", "closed"} <= set(style_names(4))
    assert {"plain", "crossed"} <= set(style_names(7))
    assert style_names(np.int64(1)) == list(STYLES[1])


# Variety


def test_no_two_digits_are_equal(images):
    assert len(np.unique(images.reshape(1000, -1), axis=0)) == 1000


def test_digits_vary(images, labels):
    for digit in range(10):
        mine = images[labels == digit] / 255
        assert 1 < (mine.sum(axis=(1, 2)).std() / 10) < 8  # thin and thick
        assert mine.std(axis=0).max() > 0.3  # not one picture over and over


def test_a_simple_classifier_recognises_them(stored):
    """Nearest centroid on 2 x 2 means: weak, so it only passes if classes look like themselves."""
    x_train, x_test = (
        stored[name].reshape(-1, 14, 2, 14, 2).mean(axis=(2, 4)).reshape(-1, 196)
        for name in ("x_train", "x_test")
    )
    centroids = np.stack([x_train[stored["y_train"] == digit].mean(axis=0) for digit in range(10)])
    distances = (centroids**2).sum(axis=1) - 2 * x_test @ centroids.T
    assert np.mean(distances.argmin(axis=1) == stored["y_test"]) > 0.7


def test_neighbours_recognise_them(stored):
    x_train = stored["x_train"][:4000].reshape(4000, -1) / 255
    x_test = stored["x_test"][:500].reshape(500, -1) / 255
    distances = (x_train**2).sum(axis=1) - 2 * x_test @ x_train.T
    guesses = stored["y_train"][distances.argmin(axis=1)]
    assert np.mean(guesses == stored["y_test"][:500]) > 0.85


# The file


def test_file_holds_balanced_digits(stored):
    shapes = {name: (array.shape, array.dtype) for name, array in stored.items()}
    assert shapes == {
        "x_train": ((12_000, 28, 28), np.uint8),
        "y_train": ((12_000,), np.uint8),
        "x_test": ((2000, 28, 28), np.uint8),
        "y_test": ((2000,), np.uint8),
    }
    assert np.bincount(stored["y_train"]).tolist() == [1200] * 10
    assert np.bincount(stored["y_test"]).tolist() == [200] * 10
    assert len(set(stored["y_train"][:10])) > 3  # shuffled


def test_file_is_reproduced_from_its_seed(stored, maker):
    made = maker.make_arrays()
    assert made.keys() == stored.keys()
    assert all(differ(made[name], stored[name]) <= 1 for name in stored)
    assert all((made[name] == stored[name]).all() for name in ("y_train", "y_test"))


def test_train_and_test_share_no_digit(stored):
    train, test = ({image.tobytes() for image in stored[name]} for name in ("x_train", "x_test"))
    assert len(train) == 12_000
    assert len(test) == 2000
    assert not train & test


def test_file_is_small_and_as_the_readme_says(stored):
    content, readme = (DATA / "digits.npz").read_bytes(), (DATA / "README.md").read_text("utf-8")
    assert len(content) < 4_000_000
    assert f"{len(content):,} bytes" in readme
    assert hashlib.sha256(content).hexdigest() in readme
    for name, array in stored.items():
        assert re.search(rf"`{name}`.*{hashlib.sha256(array.tobytes()).hexdigest()}", readme)


def test_file_is_written_whole_or_not_at_all(maker, tmp_path, monkeypatch):
    path = tmp_path / "digits.npz"
    maker.write(path, {"x": np.arange(3)})
    before = path.read_bytes()
    assert [found.name for found in tmp_path.iterdir()] == ["digits.npz"]

    def fail(file, **arrays):
        file.write(b"half")
        raise OSError("No space left on device")

    monkeypatch.setattr(maker.np, "savez_compressed", fail)
    with pytest.raises(OSError, match="No space"):
        maker.write(path, {"x": np.arange(3)})
    assert [found.name for found in tmp_path.iterdir()] == ["digits.npz"]
    assert path.read_bytes() == before


# Speed


def test_fast_enough_for_a_notebook(labels):
    """The promise is 2,000 digits a second on one core; half of it, for a busy machine."""
    best = np.inf
    for _ in range(3):
        start = time.process_time()
        draw_digits(labels, seed=1)
        best = min(best, time.process_time() - start)
    assert len(labels) / best > 1000


# Bad input


@pytest.mark.parametrize(
    ("labels", "error", "message"),
    [
        ([10], ValueError, r"labels must be 0 to 9. Received: 10 to 10"),
        ([3, -1], ValueError, r"labels must be 0 to 9. Received: -1 to 3"),
        (5, ValueError, r"labels must be 1-D. Received: shape \(\)"),
        ([[1, 2]], ValueError, r"labels must be 1-D. Received: shape \(1, 2\)"),
        ([1.0], TypeError, r"labels must be integers. Received: dtype float64"),
        ([True], TypeError, r"labels must be integers. Received: dtype bool"),
        (["7"], TypeError, r"labels must be integers. Received: dtype <U1"),
    ],
)
def test_bad_labels(labels, error, message):
    with pytest.raises(error, match=message):
        draw_digits(labels, seed=0)


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        ({"seed": -1}, ValueError, "seed must be 0 or more. Received: -1"),
        ({"seed": 1.5}, TypeError, "seed must be an integer. Received: 1.5"),
        ({"seed": None}, TypeError, "seed must be an integer. Received: None"),
        ({"seed": True}, TypeError, "seed must be an integer. Received: True"),
        ({"size": 13}, ValueError, "size must be 14 or more. Received: 13"),
        ({"size": "28"}, TypeError, "size must be an integer. Received: '28'"),
        ({"style": "closed"}, ValueError, "style of digit 3 must be one of: .* Received: 'closed'"),
        ({"style": 3}, ValueError, "style of digit 3 must be one of: .* Received: 3"),
        ({"hand": "left"}, TypeError, "hand must be a Hand. Received: 'left'"),
    ],
)
def test_bad_arguments(arguments, error, message):
    with pytest.raises(error, match=message):
        draw_digits([3], **{"seed": 0, **arguments})


@pytest.mark.parametrize(
    ("field", "value", "error", "message"),
    [
        ("pen", 0, ValueError, "pen must be finite and positive. Received: 0"),
        ("edge", -1, ValueError, "edge must be finite and positive. Received: -1"),
        ("wobble", -0.1, ValueError, "wobble must be finite and not negative. Received: -0.1"),
        ("slant", float("nan"), ValueError, "slant must be finite. Received: nan"),
        ("turn", float("inf"), ValueError, "turn must be .* Received: inf"),
        ("width", "wide", TypeError, "width must be a real number. Received: 'wide'"),
    ],
)
def test_bad_hand(field, value, error, message):
    with pytest.raises(error, match=message):
        Hand(**{field: value})


def test_slant_may_lean_to_the_left():
    assert Hand(slant=-0.3).slant == -0.3


@pytest.mark.parametrize(
    ("digit", "error", "message"),
    [
        (10, ValueError, "digit must be one of 0 to 9. Received: 10"),
        (-1, ValueError, "digit must be 0 or more. Received: -1"),
        ("4", TypeError, "digit must be an integer. Received: '4'"),
    ],
)
def test_bad_digit(digit, error, message):
    with pytest.raises(error, match=message):
        style_names(digit)
    with pytest.raises(error, match=message):
        strokes(digit, "open")


def test_bad_style():
    with pytest.raises(ValueError, match="style of digit 4 must be one of: open, .*: 'crossed'"):
        strokes(4, "crossed")


def test_needs_neither_keras_nor_sklearn():
    source = Path(sys.modules[handwriting.__name__].__file__).read_text("utf-8")
    imported = set(re.findall(r"^(?:import|from) (\w+)", source, re.MULTILINE))
    assert imported == {"dataclasses", "math", "numbers", "typing", "numpy", "scipy"}
