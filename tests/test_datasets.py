"""Datasets: what a `Dataset` promises, and every loader on sound data."""

import os
import socket
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from dl_course import datasets, runtime
from dl_course.datasets import Dataset

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
        "print({'keras', 'tensorflow', 'skimage', 'sklearn'} & set(sys.modules))"
    )
    assert heavy.strip() == "set()"


def test_public_names():
    assert set(datasets.__all__) == {
        "Dataset",
        "load_digits",
        "load_image_folder",
        "load_mnist",
        "load_photograph",
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
@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="needs Linux's /proc")
def test_real_mnist_fits_in_memory_and_loads_fast():
    code = """
import re, time
from pathlib import Path
from dl_course import datasets

times = []
for _ in range(3):
    start = time.perf_counter()
    datasets.load_mnist()
    times.append(time.perf_counter() - start)
status = Path("/proc/self/status").read_text()
print(re.search(r"VmHWM:\\s+(\\d+)", status).group(1), min(times[1:]))  # most memory ever held, kB
"""
    peak, seconds = python(code).splitlines()[-1].split()
    assert int(peak) / 1024 < 400
    assert float(seconds) < 1
