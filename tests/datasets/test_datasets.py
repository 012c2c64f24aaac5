"""Datasets: what a `Dataset` promises, and every loader on sound data."""

import hashlib
import io
import os
import socket
import subprocess
import sys
import tarfile
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from dl_course import datasets, runtime
from dl_course.datasets import Dataset, _published

ROOT = Path(datasets.__file__).parents[2]


def numbered(labels, class_names=None):
    """A data set whose image i is filled with the value i / n, so images can be told apart."""
    labels = np.asarray(labels)
    images = (np.arange(len(labels)) / len(labels)).astype(np.float32).reshape(-1, 1, 1, 1)
    images = np.broadcast_to(images, (len(labels), 2, 2, 1)).copy()
    return Dataset(images, labels, class_names or tuple("abcdefgh"[: labels.max() + 1]), "a test")


def positions(data, n):
    """Which of the n images of `numbered` are in a data set."""
    return [round(float(value) * n) for value in data.images[:, 0, 0, 0]]


# Every class has at least two images, as a stratified split wants it.
LABELS = st.lists(st.integers(2, 9), min_size=1, max_size=5).flatmap(
    lambda counts: st.permutations([label for label, n in enumerate(counts) for _ in range(n)])
)


# --- The dataclass ------------------------------------------------------------------------------


def test_split_by_hand():
    # Four a's and two b's: half of each is two a's and one b.
    first, second = numbered([0, 0, 0, 0, 1, 1]).split(0.5)
    assert first.labels.tolist() == second.labels.tolist() == [0, 0, 1]
    assert sorted(positions(first, 6) + positions(second, 6)) == [0, 1, 2, 3, 4, 5]


@given(labels=LABELS, fraction=st.floats(0.01, 0.99), seed=st.integers(0, 2**32))
@settings(deadline=None)
def test_split_is_disjoint_complete_stratified_and_seeded(labels, fraction, seed):
    data, n = numbered(labels), len(labels)
    first, second = data.split(fraction, seed=seed)
    assert sorted(positions(first, n) + positions(second, n)) == list(range(n))
    for part in (first, second):
        assert positions(part, n) == sorted(positions(part, n))
        assert [labels[i] for i in positions(part, n)] == part.labels.tolist()
    for label, count in enumerate(np.bincount(labels)):
        share = np.count_nonzero(first.labels == label)
        assert 1 <= share <= count - 1
        assert abs(share - fraction * count) < 1  # 1/2 by rounding; more only to leave one image
    again = data.split(fraction, seed=seed)
    assert positions(again[0], n) == positions(first, n)


@given(labels=LABELS, seed=st.integers(0, 2**32), data=st.data())
@settings(deadline=None)
def test_subset_takes_the_same_number_of_every_class(labels, seed, data):
    per_class = data.draw(st.integers(1, int(np.bincount(labels).min())))
    subset = numbered(labels).subset(per_class=per_class, seed=seed)
    chosen = positions(subset, len(labels))
    assert np.bincount(subset.labels).tolist() == [per_class] * (max(labels) + 1)
    assert chosen == sorted(set(chosen))
    assert [labels[i] for i in chosen] == subset.labels.tolist()
    again = numbered(labels).subset(per_class=per_class, seed=seed)
    assert positions(again, len(labels)) == chosen


@given(labels=LABELS, size=st.integers(1, 12), seed=st.none() | st.integers(0, 2**32))
@settings(deadline=None)
def test_batches_give_every_image_once_with_its_label(labels, size, seed):
    data, n = numbered(labels), len(labels)
    batches = list(data.batches(size, seed=seed))
    assert [len(y) for _, y in batches] == [size] * (n // size) + [n % size] * (n % size > 0)
    seen = [round(float(x) * n) for images, _ in batches for x in images[:, 0, 0, 0]]
    assert sorted(seen) == list(range(n))
    assert [y for _, ys in batches for y in ys.tolist()] == [labels[i] for i in seen]
    if seed is None:
        assert seen == list(range(n))
    again = [y.tolist() for _, y in data.batches(size, seed=seed)]
    assert again == [y.tolist() for _, y in batches]


def test_another_seed_gives_another_choice():
    data = numbered([0] * 50 + [1] * 50)
    for choose in (
        lambda seed: positions(data.split(0.5, seed=seed)[0], 100),
        lambda seed: positions(data.subset(per_class=10, seed=seed), 100),
        lambda seed: next(data.batches(100, seed=seed))[0].tolist(),
    ):
        assert choose(1) != choose(2)


def test_a_class_of_one_image_goes_to_the_first_part():
    first, second = numbered([0, 0, 1]).split(0.5)
    assert first.labels.tolist() == [0, 1]
    assert second.labels.tolist() == [0]
    with pytest.raises(ValueError, match="at least 2 images.*Received: Dataset"):
        numbered([0, 1]).split(0.5)


def test_arrays_and_fields_cannot_be_changed():
    data = numbered([0, 0, 1, 1])
    with pytest.raises(ValueError, match="read-only"):
        data.images[0] = 0
    with pytest.raises(ValueError, match="read-only"):
        data.labels[0] = 1
    with pytest.raises(AttributeError):
        data.labels = np.zeros(4, int)
    for part in (*data.split(0.5), data.subset(per_class=1)):
        assert not part.images.flags.writeable
    images = np.zeros((1, 2, 2, 1), np.float32)
    Dataset(images, np.array([0]), ("a",), "a test")
    images[0] = 1  # the caller's own array stays as it was


def test_repr_and_table_say_what_it_is():
    data = numbered([0, 0, 1], ("cat", "<b>dog</b>"))
    assert repr(data) == "Dataset(3 images of 2 × 2 × 1, 2 classes; a test)"
    table = data._repr_html_()
    assert "cat: 2, &lt;b&gt;dog&lt;/b&gt;: 1" in table
    assert "a test" in table
    assert table == numbered([0, 0, 1], ("cat", "<b>dog</b>"))._repr_html_()
    assert len(data) == 3
    assert data.image is not None
    assert data.image.shape == (2, 2, 1)
    assert not data.is_stand_in


def test_table_of_many_classes_is_cut():
    labels = np.arange(30)
    names = tuple(f"class {label}" for label in labels)
    assert "class 19: 1, … 10 more" in numbered(labels, names)._repr_html_()


GOOD = np.zeros((2, 3, 3, 1), np.float32)


@pytest.mark.parametrize(
    ("images", "labels", "error", "words"),
    [
        ([[0.0]], np.array([0, 0]), TypeError, "images must be .* Received: list"),
        (GOOD.astype(np.float64), np.array([0, 0]), ValueError, "Received: float64"),
        (GOOD[..., 0], np.array([0, 0]), ValueError, r"Received: .*\(2, 3, 3\)"),
        (GOOD[:0], np.array([], int), ValueError, "n ≥ 1"),
        (GOOD + 2, np.array([0, 0]), ValueError, "divide bytes by 255"),
        (GOOD - 1, np.array([0, 0]), ValueError, "Received: values -1.0"),
        (GOOD * np.nan, np.array([0, 0]), ValueError, "Received: values nan"),
        (GOOD, [0, 0], TypeError, "labels must be .* Received: list"),
        (GOOD, np.array([0.0, 0.0]), ValueError, "integer"),
        (GOOD, np.array([0]), ValueError, r"shape \(2,\)"),
        (GOOD, np.array([0, 2]), ValueError, r"0 … 1\. Received: 0 … 2"),
        (GOOD, np.array([-1, 0]), ValueError, r"Received: -1 … 0"),
    ],
)
def test_arrays_of_another_form_are_refused(images, labels, error, words):
    with pytest.raises(error, match=words):
        Dataset(images, labels, ("a", "b"), "a test")


@pytest.mark.parametrize(
    ("call", "error", "words"),
    [
        (lambda d: d.split(0), ValueError, "fraction must be between 0 and 1.*Received: 0"),
        (lambda d: d.split(1.0), ValueError, "fraction"),
        (lambda d: d.split(float("nan")), ValueError, "fraction"),
        (lambda d: d.split("half"), TypeError, "fraction.*Received: 'half'"),
        (lambda d: d.split(True), TypeError, "fraction"),
        (lambda d: d.split(0.5, seed=-1), ValueError, "seed must be at least 0.*Received: -1"),
        (lambda d: d.split(0.5, seed=None), TypeError, "seed"),
        (lambda d: d.subset(per_class=0), ValueError, "per_class must be at least 1"),
        (lambda d: d.subset(per_class=3), ValueError, r"at most 2.*'b'.*Received: 3"),
        (lambda d: d.subset(per_class=1.5), TypeError, "per_class"),
        (lambda d: d.batches(0), ValueError, "size must be at least 1"),
        (lambda d: d.batches(4.0), TypeError, "size"),
        (lambda d: d.batches(4, seed=-2), ValueError, "seed"),
    ],
)
def test_bad_arguments_are_refused_at_once(call, error, words):
    with pytest.raises(error, match=words):
        call(numbered([0, 0, 0, 1, 1]))


def test_an_unused_class_cannot_give_images():
    with pytest.raises(ValueError, match="at most 0.*'b'"):
        numbered([0, 0], ("a", "b")).subset(per_class=1)


# --- Digits -------------------------------------------------------------------------------------


def test_digits_are_scikit_learns():
    from sklearn.datasets import load_digits

    data = datasets.load_digits()
    assert data.images.shape == (1797, 8, 8, 1)
    assert data.images.dtype == np.float32
    np.testing.assert_array_equal(data.images[..., 0] * 16, load_digits().images)
    np.testing.assert_array_equal(data.labels, load_digits().target)
    assert data.class_names == tuple("0123456789")
    assert "scikit-learn" in data.source


def test_digits_can_be_enlarged():
    small, large = datasets.load_digits(), datasets.load_digits(upscale=28)
    assert large.images.shape == (1797, 28, 28, 1)
    assert large.images.dtype == np.float32
    np.testing.assert_array_equal(large.labels, small.labels)
    # The same pictures: the mean brightness of each stays.
    np.testing.assert_allclose(large.images.mean((1, 2)), small.images.mean((1, 2)), atol=0.02)
    for bad, error in ((7, ValueError), (2.5, TypeError), (True, TypeError)):
        with pytest.raises(error, match="upscale"):
            datasets.load_digits(upscale=bad)


# --- Photographs --------------------------------------------------------------------------------


@pytest.fixture
def no_network(monkeypatch):
    def refuse(*_):
        raise AssertionError("this wanted the network")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    monkeypatch.setattr(socket, "getaddrinfo", refuse)


@pytest.mark.parametrize("name", datasets.photograph_names())
def test_every_photograph_comes_without_a_network(name, no_network):
    data = datasets.load_photograph(name)
    assert data.images.dtype == np.float32
    assert data.images.ndim == 4
    assert data.image.shape[-1] == 3
    assert data.class_names == (name,)
    assert data.labels.tolist() == [0]
    assert data.image.std() > 0.01


def test_photograph_is_scikit_images():
    from skimage import color, data

    cat = datasets.load_photograph("cat").image
    np.testing.assert_allclose(cat, data.cat() / 255, atol=1e-6)
    grey = datasets.load_photograph("cat", grey=True).image
    assert grey.shape == (300, 451, 1)
    np.testing.assert_allclose(grey[..., 0], color.rgb2gray(data.cat()), atol=1e-6)
    camera = datasets.load_photograph("camera", grey=True).image[..., 0]
    np.testing.assert_allclose(camera, data.camera() / 255, atol=1e-6)


def test_photograph_sizes():
    assert datasets.load_photograph("cat", size=64).images.shape == (1, 64, 64, 3)
    assert datasets.load_photograph("cat", grey=True, size=(30, 40)).images.shape == (1, 30, 40, 1)
    assert datasets.load_photograph("page", size=(400, 400)).images.shape == (1, 400, 400, 3)
    for bad in ("big", (1, 2, 3), (0, 5), 0):
        with pytest.raises(ValueError, match="size must be.*Received"):
            datasets.load_photograph("cat", size=bad)
    with pytest.raises(TypeError, match="size must be"):
        datasets.load_photograph("cat", size=(1.5, 2))


def test_unknown_photograph_lists_the_known():
    with pytest.raises(ValueError, match=r"astronaut, .*cat, .*Received: 'eagle'"):
        datasets.load_photograph("eagle")


# --- Patches of photographs ---------------------------------------------------------------------


def place_of(patch, photograph):
    """The corner (row, column) of the one square of a photograph's grid that is this patch."""
    size = len(patch)
    rows, columns = photograph.shape[0] // size, photograph.shape[1] // size
    corners = [(row * size, column * size) for row in range(rows) for column in range(columns)]
    (found,) = (
        (row, column)
        for row, column in corners
        if np.array_equal(photograph[row : row + size, column : column + size], patch)
    )
    return found


def test_patches_lie_beside_each_other(no_network):
    data = datasets.load_patches(("cat", "coffee"), per_class=6, size=100)
    assert data.images.shape == (12, 100, 100, 3)
    assert data.images.dtype == np.float32
    assert data.class_names == ("cat", "coffee")
    assert data.labels.tolist() == [0] * 6 + [1] * 6
    assert not data.is_stand_in
    assert data.source == "patches of scikit-image's pictures, 100 × 100 pixels"
    for label, name in enumerate(data.class_names):
        photograph = datasets.load_photograph(name).image
        places = [place_of(patch, photograph) for patch in data.images[data.labels == label]]
        assert len(set(places)) == 6  # on a grid of squares, others cannot overlap


def test_patches_without_arguments():
    data = datasets.load_patches()
    assert repr(data).startswith("Dataset(60 images of 96 × 96 × 3, 3 classes; patches of")
    assert data.class_names == ("brick", "grass", "gravel")
    np.testing.assert_array_equal(data.images[..., 0], data.images[..., 2])  # grey
    np.testing.assert_array_equal(datasets.load_patches().images, data.images)
    other = datasets.load_patches(seed=1)
    assert not np.array_equal(other.images, data.images)


def test_all_patches_together_are_the_photograph():
    data = datasets.load_patches(["brick"], per_class=16, size=128)
    rows = [np.concatenate(data.images[row : row + 4], axis=1) for row in range(0, 16, 4)]
    np.testing.assert_array_equal(np.concatenate(rows), datasets.load_photograph("brick").image)


def test_patches_can_be_stretched():
    plain = datasets.load_patches(per_class=2)
    large = datasets.load_patches(per_class=2, image_size=(120, 224))
    assert large.images.shape == (6, 120, 224, 3)
    assert large.images.dtype == np.float32
    np.testing.assert_allclose(large.images.mean((1, 2)), plain.images.mean((1, 2)), atol=0.02)
    same = datasets.load_patches(per_class=2, image_size=96)
    np.testing.assert_array_equal(same.images, plain.images)


@pytest.mark.parametrize("name", datasets.photograph_names())
def test_every_photograph_gives_patches(name):
    assert datasets.load_patches((name,), per_class=4, size=64).images.shape == (4, 64, 64, 3)


@pytest.mark.parametrize(
    ("options", "error", "words"),
    [
        ({"per_class": 26}, ValueError, r"at most 25, .* 96 × 96 .*'brick'.*Received: 26$"),
        ({"size": 513}, ValueError, "at most 0, .*Received: 20$"),
        ({"names": ("brick", "cat"), "per_class": 13}, ValueError, "at most 12, .*'cat'"),
        ({"names": ("brick", "eagle")}, ValueError, "names must be among astr.*Received: 'eagle'$"),
        ({"names": ("brick", "brick")}, ValueError, "none of them twice. Received: .'brick'"),
        ({"names": ()}, ValueError, r"at least one name.*Received: \(\)$"),
        ({"names": "brick"}, TypeError, "names must be a tuple or list .*Received: 'brick'$"),
        ({"names": None}, TypeError, "names must be .*Received: None$"),
        ({"names": (1,)}, ValueError, "names must be among .*Received: 1$"),
        ({"per_class": 0}, ValueError, "per_class must be at least 1. Received: 0$"),
        ({"per_class": 2.0}, TypeError, "per_class must be a whole number"),
        ({"size": 0}, ValueError, "size must be at least 1"),
        ({"size": (96, 96)}, TypeError, "size must be a whole number"),
        ({"image_size": 0}, ValueError, "image_size must be at least 1"),
        ({"image_size": "big"}, ValueError, "image_size must be .*Received: 'big'$"),
        ({"seed": -1}, ValueError, "seed must be at least 0"),
    ],
)
def test_bad_patches_are_refused(options, error, words):
    with pytest.raises(error, match=words):
        datasets.load_patches(**options)


# --- Flowers ------------------------------------------------------------------------------------

KINDS = ("daisy", "dandelion", "roses", "sunflowers", "tulips")


def flower(kind, number):
    """A picture in one colour that tells the class (red) and the number (green) apart."""
    colour = (40 * KINDS.index(kind) + 20, 30 * number + 20, 128)
    Image.new("RGB", (32, 24), colour).save(file := io.BytesIO(), "JPEG", quality=95)
    return file.getvalue()


@pytest.fixture
def flowers(tmp_path, monkeypatch):
    """Put an archive of six pictures a class, in the given order, into $DL_COURSE_DATA."""

    def put(order):
        with tarfile.open(tmp_path / "flower_photos.tgz", "w:gz") as tar:
            for kind, number in order:
                member = tarfile.TarInfo(f"flower_photos/{kind}/{number}_a1b2_n.jpg")
                content = flower(kind, number)
                member.size = len(content)
                tar.addfile(member, io.BytesIO(content))
        content = (tmp_path / "flower_photos.tgz").read_bytes()
        check = _published.same_bytes(len(content), hashlib.sha256(content).hexdigest())
        described = replace(datasets._FLOWER_PHOTOS, check=check)
        monkeypatch.setattr(datasets, "_FLOWER_PHOTOS", described)
        monkeypatch.setenv("DL_COURSE_DATA", str(tmp_path))

    put([(kind, number) for kind in KINDS for number in range(6)])
    return put


def seen(data):
    """Which pictures these are: class and number, as `flower` coloured them."""
    red, green = (data.images[..., :2].mean((1, 2)) * 255).T
    kinds = ((red - 20) / 40).round().astype(int)
    return [
        (KINDS[kind], round(number)) for kind, number in zip(kinds, (green - 20) / 30, strict=True)
    ]


def test_flowers(flowers, no_network, capsys):
    data = datasets.load_flowers(image_size=(8, 10), per_class=4)
    assert capsys.readouterr().out == "Flowers: from the folder in $DL_COURSE_DATA.\n"
    assert data.images.shape == (20, 8, 10, 3)
    assert data.images.dtype == np.float32
    assert data.class_names == KINDS
    assert [kind for kind, _ in seen(data)] == [KINDS[label] for label in data.labels]
    assert len(set(seen(data))) == 20
    assert data.labels.tolist() == sorted([0, 1, 2, 3, 4] * 4)
    assert data.source == "flower photographs of TensorFlow"
    assert not data.is_stand_in


def test_the_choice_of_flowers_depends_on_the_seed_alone(flowers):
    chosen = seen(datasets.load_flowers(image_size=4, per_class=3))
    dice = np.random.default_rng(0)  # one shuffle for each class, pictures sorted by name before
    by_hand = [(kind, n) for kind in KINDS for n in sorted(dice.permutation(6)[:3])]
    assert chosen == by_hand
    assert seen(datasets.load_flowers(image_size=4, per_class=3)) == chosen
    others = [seen(datasets.load_flowers(image_size=4, per_class=3, seed=n)) for n in (1, 2, 3)]
    assert chosen not in others
    two = datasets.load_flowers(image_size=4, per_class=3, classes=["tulips", "daisy"])
    assert two.class_names == ("tulips", "daisy")
    assert seen(two) == chosen[-3:] + chosen[:3]
    flowers([(kind, number) for number in reversed(range(6)) for kind in reversed(KINDS)])
    assert seen(datasets.load_flowers(image_size=4, per_class=3)) == chosen
    more = datasets.load_flowers(image_size=4, per_class=5)
    assert set(chosen) < set(seen(more))


def test_flowers_are_read_like_a_folder_of_pictures(flowers, tmp_path):
    for kind in KINDS:
        (tmp_path / "folder" / kind).mkdir(parents=True)
        for number in range(6):
            (tmp_path / "folder" / kind / f"{number}.jpg").write_bytes(flower(kind, number))
    folder = datasets.load_image_folder(tmp_path / "folder", image_size=9)
    data = datasets.load_flowers(image_size=9, per_class=6)
    np.testing.assert_array_equal(data.images, folder.images)
    np.testing.assert_array_equal(data.labels, folder.labels)


@pytest.mark.parametrize(
    ("options", "error", "words"),
    [
        ({"classes": ("roses", "lilies")}, ValueError, "classes .* tulips. Received: 'lilies'$"),
        ({"classes": "roses"}, TypeError, "classes must be a tuple or list .*Received: 'roses'$"),
        ({"classes": []}, ValueError, "classes must be at least one name"),
        ({"classes": ["roses"] * 2}, ValueError, "none of them twice"),
        ({"per_class": 0}, ValueError, "per_class must be at least 1"),
        ({"per_class": 634}, ValueError, "at most 633, .* of daisy. Received: 634$"),
        ({"classes": ["roses"], "per_class": 642}, ValueError, "at most 641, .* of roses"),
        ({"image_size": -1}, ValueError, "image_size must be at least 1"),
        ({"seed": -1}, ValueError, "seed must be at least 0"),
        ({"seed": None}, TypeError, "seed must be a whole number"),
        ({"download": "no"}, TypeError, "download must be True or False. Received: 'no'$"),
    ],
)
def test_bad_flower_options_are_refused_before_reading(options, error, words, monkeypatch):
    monkeypatch.setattr(datasets, "fetch", None)
    with pytest.raises(error, match=words):
        datasets.load_flowers(**options)


# --- A folder of pictures -----------------------------------------------------------------------


def paint(path, colour, size=(12, 8), mode="RGB", **options):
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.new(mode, size, colour).save(path, **options)


@pytest.fixture
def pictures(tmp_path):
    for n in range(5):
        paint(tmp_path / "red things" / f"photo {n}.png", (255, 0, 0))
        paint(tmp_path / "älgar" / f"bild-é{n}.jpg", (0, 0, 255), quality=95)
    paint(tmp_path / ".hidden" / "x.png", (0, 255, 0))
    (tmp_path / "red things" / ".DS_Store").write_bytes(b"hidden")
    (tmp_path / "notes.txt").write_text("beside the class folders: ignored")
    return tmp_path


def test_folder_of_pictures(pictures, capsys):
    data = datasets.load_image_folder(pictures, image_size=(6, 10))
    assert data.images.shape == (10, 6, 10, 3)
    assert data.images.dtype == np.float32
    assert data.class_names == ("red things", "älgar")
    assert data.labels.tolist() == [0] * 5 + [1] * 5
    np.testing.assert_array_equal(data.images[:5], np.broadcast_to([1, 0, 0], (5, 6, 10, 3)))
    np.testing.assert_allclose(data.images[5:].mean((0, 1, 2)), [0, 0, 1], atol=0.02)  # JPEG
    assert data.source == f"folder {pictures.name}"
    assert capsys.readouterr().out == ""


def test_folder_is_divided_by_class_and_seed(pictures):
    train, validation = datasets.load_image_folder(
        str(pictures), image_size=4, validation=0.2, seed=3
    )
    assert train.images.shape == (8, 4, 4, 3)
    assert validation.labels.tolist() == [0, 1]
    whole = datasets.load_image_folder(pictures, image_size=4)
    np.testing.assert_array_equal(whole.split(0.8, seed=3)[0].images, train.images)


def test_one_picture_is_read_as_in_a_folder(pictures):
    for number, name in enumerate(["red things/photo 0.png", "älgar/bild-é0.jpg"]):
        image = datasets.load_picture(pictures / name, image_size=(6, 10))
        assert image.dtype == np.float32
        whole = datasets.load_image_folder(pictures, image_size=(6, 10))
        np.testing.assert_array_equal(image, whole.images[5 * number])


def test_what_is_no_picture_is_refused(pictures):
    with pytest.raises(ValueError, match=r"Received: 'notes.txt', that is not readable as a pict"):
        datasets.load_picture(pictures / "notes.txt", image_size=4)
    with pytest.raises(
        ValueError, match=r"path must be a .*Received: 'none.jpg', that is not there"
    ):
        datasets.load_picture(str(pictures / "none.jpg"), image_size=4)
    with pytest.raises(ValueError, match="image_size must be at least 1"):
        datasets.load_picture(pictures / "notes.txt", image_size=0)


def test_accents_are_in_their_usual_form_however_the_disk_writes_them(tmp_path):
    paint(tmp_path / "e\u0301cole" / "1.png", "red")  # as macOS writes it
    paint(tmp_path / "zoo" / "1.png", "red")
    assert datasets.load_image_folder(tmp_path, image_size=2).class_names == ("école", "zoo")


@pytest.mark.parametrize(
    ("options", "error", "words"),
    [
        ({"image_size": 0}, ValueError, "image_size must be at least 1"),
        ({"image_size": (4, 4, 3)}, ValueError, r"image_size .*Received: \(4, 4, 3\)"),
        ({"image_size": 4, "validation": 1}, ValueError, "validation must be between"),
        ({"image_size": 4, "validation": 0.5, "seed": -1}, ValueError, "seed"),
    ],
)
def test_bad_folder_options_are_refused_before_reading(options, error, words, tmp_path):
    with pytest.raises(error, match=words):
        datasets.load_image_folder(tmp_path / "not there", **options)


# --- The whole module ---------------------------------------------------------------------------


def python(code, **env):
    """Run code in a fresh process, warnings being errors; return what it prints."""
    env = {**os.environ, "PYTHONPATH": str(ROOT), "DL_COURSE_OFFLINE": "1", **env}
    command = [sys.executable, "-W", "error", "-c", code]
    return subprocess.run(command, env=env, check=True, capture_output=True, text=True).stdout


def test_importing_loads_nothing_heavy():
    heavy = python(
        "import sys, dl_course.datasets;"
        "print({'keras', 'tensorflow', 'skimage', 'sklearn', 'h5py', 'PIL'} & set(sys.modules))"
    )
    assert heavy.strip() == "set()"


def test_public_names():
    assert set(datasets.__all__) == {
        "Dataset",
        "load_digits",
        "load_flowers",
        "load_image_folder",
        "load_mnist",
        "load_patches",
        "load_photograph",
        "load_picture",
        "photograph_names",
    }
    for name in datasets.__all__:
        assert getattr(datasets, name).__doc__


@pytest.mark.skipif(
    not (runtime.data_folder() / "digits.npz").is_file(), reason="no data/digits.npz"
)
def test_the_real_stand_in_loads(monkeypatch, tmp_path, capsys):
    monkeypatch.setenv("KERAS_HOME", str(tmp_path))
    monkeypatch.setenv("DL_COURSE_OFFLINE", "1")
    monkeypatch.delenv("DL_COURSE_DATA", raising=False)
    train, test = datasets.load_mnist()
    assert train.images.shape == (12_000, 28, 28, 1)
    assert test.images.shape == (2_000, 28, 28, 1)
    assert train.is_stand_in
    assert "stand-in" in capsys.readouterr().out


# --- Real MNIST, where $DL_COURSE_DATA has it ---------------------------------------------------

REAL = Path(os.environ.get("DL_COURSE_DATA") or "nowhere").expanduser() / "mnist.npz"
needs_mnist = pytest.mark.skipif(not REAL.is_file(), reason="no mnist.npz in $DL_COURSE_DATA")


@needs_mnist
def test_real_mnist(capsys):
    train, test = datasets.load_mnist()
    assert capsys.readouterr().out == "MNIST: from the folder in $DL_COURSE_DATA.\n"
    assert repr(train) == "Dataset(60,000 images of 28 × 28 × 1, 10 classes; MNIST)"
    assert repr(test) == "Dataset(10,000 images of 28 × 28 × 1, 10 classes; MNIST)"
    assert train.labels[:5].tolist() == [5, 0, 4, 1, 9]
    assert not train.is_stand_in
    with np.load(REAL) as file:
        np.testing.assert_array_equal(
            test.images[..., 0], file["x_test"].astype(np.float32) / np.float32(255)
        )


@needs_mnist
@pytest.mark.skipif(not Path("/proc/self/io").exists(), reason="needs Linux's /proc")
def test_real_mnist_is_read_once_and_hardly_copied():
    code = """
import re
from pathlib import Path
from dl_course import datasets

def number(file, name):
    return int(re.search(rf"{name}:\\s+(\\d+)", Path("/proc/self", file).read_text())[1])

datasets.load_mnist()  # imports what it needs
before = number("io", "rchar")
datasets.load_mnist()
print(number("io", "rchar") - before, number("status", "VmHWM"))  # bytes read; most memory held, kB
"""
    read, peak = map(int, python(code).splitlines()[-1].split())
    assert read < 1.05 * REAL.stat().st_size
    assert peak / 1024 < 400
