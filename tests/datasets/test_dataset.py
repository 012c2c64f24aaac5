"""What a `Dataset` promises."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dl_course.datasets import Dataset


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
        n_first = np.count_nonzero(first.labels == label)
        assert 1 <= n_first <= count - 1
        assert abs(n_first - fraction * count) < 1  # 1/2 by rounding; more only to leave one image
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


def test_labels_may_be_a_list():
    assert Dataset(GOOD, [0, 1], ("a", "b"), "a test").labels.tolist() == [0, 1]


GOOD = np.zeros((2, 3, 3, 1), np.float32)


@pytest.mark.parametrize(
    ("images", "labels", "error", "words"),
    [
        ([[0.0]], np.array([0, 0]), TypeError, "`images` must be .* Received: list"),
        (GOOD.astype(np.float64), np.array([0, 0]), ValueError, "Received: float64"),
        (GOOD[..., 0], np.array([0, 0]), ValueError, r"Received: .*\(2, 3, 3\)"),
        (GOOD[:0], np.array([], int), ValueError, "n ≥ 1"),
        (GOOD + 2, np.array([0, 0]), ValueError, "divide bytes by 255"),
        (GOOD - 1, np.array([0, 0]), ValueError, "Received: values -1.0"),
        (GOOD * np.nan, np.array([0, 0]), ValueError, "Received: values nan"),
        (GOOD, np.array([0.0, 0.0]), ValueError, "whole numbers.*float64"),
        (GOOD, np.array([0]), ValueError, r"shape \(2,\)"),
        (GOOD, np.array([0, 2]), ValueError, "`labels` must be from 0 to 1. Received: 0 to 2"),
        (GOOD, np.array([-1, 0]), ValueError, "Received: -1 to 0"),
    ],
)
def test_arrays_of_another_form_are_refused(images, labels, error, words):
    with pytest.raises(error, match=words):
        Dataset(images, labels, ("a", "b"), "a test")


@pytest.mark.parametrize(
    ("call", "error", "words"),
    [
        (lambda d: d.split(0), ValueError, "`fraction` must be above 0 and below 1. Received: 0"),
        (lambda d: d.split(1.0), ValueError, "fraction"),
        (lambda d: d.split(float("nan")), ValueError, "fraction"),
        (lambda d: d.split("half"), TypeError, "fraction.*Received: 'half'"),
        (lambda d: d.split(True), TypeError, "fraction"),
        (lambda d: d.split(0.5, seed=-1), ValueError, "`seed` must be at least 0.*Received: -1"),
        (lambda d: d.split(0.5, seed=None), TypeError, "seed"),
        (lambda d: d.subset(per_class=0), ValueError, "`per_class` must be at least 1"),
        (lambda d: d.subset(per_class=3), ValueError, r"at most 2.*'b'.*Received: 3"),
        (lambda d: d.subset(per_class=1.5), TypeError, "per_class"),
        (lambda d: d.batches(0), ValueError, "`size` must be at least 1"),
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
