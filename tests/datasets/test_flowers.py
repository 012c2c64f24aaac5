"""Flowers, from the archive and unpacked. The archive here is a tiny one, with its own digest."""

import hashlib
import io
import os
import tarfile
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from dl_course import datasets
from dl_course.datasets import _download, flowers

KINDS = ("daisy", "dandelion", "roses", "sunflowers", "tulips")
EVERYTHING = [(kind, number) for kind in KINDS for number in range(6)]
NOWHERE = ("http://127.0.0.1:9/flower_photos.tgz",)


def jpeg(color):
    Image.new("RGB", (32, 24), color).save(file := io.BytesIO(), "JPEG", quality=95)
    return file.getvalue()


def flower(kind, number):
    """A picture in one color that tells the class (red) and the number (green) apart."""
    return jpeg((40 * KINDS.index(kind) + 20, 30 * number + 20, 128))


def path_of(kind, number):
    return f"flower_photos/{kind}/{number}_a1b2_n.jpg"


def member(name, content=b"", **fields):
    """One entry of an archive, with any field changed."""
    info = tarfile.TarInfo(name)
    info.size = len(content)
    for field, value in fields.items():
        setattr(info, field, value)
    return info, content


def tgz(*members):
    with tarfile.open(fileobj=(file := io.BytesIO()), mode="w:gz") as tar:
        for info, content in members:
            tar.addfile(info, io.BytesIO(content))
    return file.getvalue()


def members(order=EVERYTHING):
    return [member(path_of(kind, number), flower(kind, number)) for kind, number in order]


ARCHIVE = tgz(member("flower_photos/LICENSE.txt", b"CC BY"), *members())


def unpack(folder, order=EVERYTHING):
    for kind, number in order:
        path = folder / kind / Path(path_of(kind, number)).name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(flower(kind, number))


@pytest.fixture
def load(place, monkeypatch, capsys):
    """Load flowers, the content of the archive being the published one; return what was printed too."""
    original = flowers._ARCHIVE

    def load(content=ARCHIVE, address=NOWHERE, **options):
        read = _download.same_bytes(len(content), hashlib.sha256(content).hexdigest())
        tiny = replace(original, read=read, addresses=(address,), read_limit=5.0, total_limit=5.0)
        monkeypatch.setattr(flowers, "_ARCHIVE", tiny)
        data = datasets.load_flowers(**{"image_size": 4, "per_class": 3, **options})
        return data, capsys.readouterr().out

    return load


@pytest.fixture
def archived(own):
    (own / "flower_photos.tgz").write_bytes(ARCHIVE)


def seen(data):
    """Which pictures these are: class and number, as `flower` colored them."""
    red, green = (data.images[..., :2].mean((1, 2)) * 255).T
    kinds = ((red - 20) / 40).round().astype(int)
    return [
        (KINDS[kind], round(number)) for kind, number in zip(kinds, (green - 20) / 30, strict=True)
    ]


def assert_flowers(data, per_class=3):
    assert not data.is_stand_in
    assert data.class_names == KINDS
    assert [kind for kind, _ in seen(data)] == [KINDS[label] for label in data.labels]
    assert len(set(seen(data))) == 5 * per_class


def assert_patches(data, printed, per_class=3):
    assert data.is_stand_in
    assert data.source.startswith("stand-in patches of scikit-image's pictures")
    assert data.source.endswith("not flowers")
    assert data.images.shape == (5 * per_class, 4, 4, 3)
    assert data.labels.tolist() == np.repeat(range(5), per_class).tolist()
    assert data.class_names[:3] == ("brick", "grass", "gravel")
    assert "using patches of scikit-image's pictures in their place" in printed
    assert "not for flowers" in printed
    assert "call load_flowers() where there is a network" in printed
    assert "DL_COURSE_DATA" in printed


# --- From the archive ---------------------------------------------------------------------------


def test_flowers(archived, load, no_network):
    data, printed = load(image_size=(8, 10), per_class=4)
    assert printed == "Flowers: from the folder in $DL_COURSE_DATA.\n"
    assert_flowers(data, per_class=4)
    assert data.images.shape == (20, 8, 10, 3)
    assert data.images.dtype == np.float32
    assert data.labels.tolist() == sorted([0, 1, 2, 3, 4] * 4)
    assert data.source == "flower photographs of TensorFlow"


def test_flowers_are_downloaded_once_if_that_is_wanted(server, cache, load, names, monkeypatch):
    address = server.sends("/flower_photos.tgz", ARCHIVE)
    data, printed = load(address=address, download=False)
    assert_patches(data, printed)
    assert "are not here and a download was not asked for" in printed
    monkeypatch.setenv("DL_COURSE_OFFLINE", "1")
    assert "DL_COURSE_OFFLINE forbids the network" in load(address=address)[1]
    monkeypatch.delenv("DL_COURSE_OFFLINE")
    assert server.requests == []
    data, printed = load(address=address)
    assert_flowers(data)
    assert printed.endswith(f"Flowers: downloaded from {server.host}, kept in Keras' cache.\n")
    assert load(address=address)[1] == "Flowers: from Keras' cache.\n"
    assert len(server.requests) == 1
    assert names(cache) == ["flower_photos.tgz"]  # nothing is unpacked


def test_the_choice_of_flowers_depends_on_the_seed_alone(archived, own, load):
    chosen = seen(load()[0])
    rng = np.random.default_rng(0)  # one shuffle for each class, pictures sorted by name before
    assert chosen == [(kind, n) for kind in KINDS for n in sorted(rng.permutation(6)[:3])]
    assert seen(load()[0]) == chosen
    assert chosen not in [seen(load(seed=seed)[0]) for seed in (1, 2, 3)]
    two, _ = load(classes=["tulips", "daisy"])
    assert two.class_names == ("tulips", "daisy")
    assert seen(two) == chosen[-3:] + chosen[:3]
    assert set(chosen) < set(seen(load(per_class=5)[0]))
    mixed = tgz(*members(reversed(EVERYTHING)), *members(EVERYTHING[:3]))  # and some come twice
    (own / "flower_photos.tgz").write_bytes(mixed)
    assert seen(load(mixed)[0]) == chosen


def test_flowers_are_read_like_a_folder_of_pictures(archived, load, place):
    unpack(place / "folder")
    folder = datasets.load_image_folder(place / "folder", image_size=9)
    data, _ = load(image_size=9, per_class=6)
    np.testing.assert_array_equal(data.images, folder.images)
    np.testing.assert_array_equal(data.labels, folder.labels)


def test_a_damaged_archive_is_set_aside(cache, load):
    (cache / "flower_photos.tgz").write_bytes(ARCHIVE[:-1])
    data, printed = load()
    assert_patches(data, printed)
    assert "it is kept as flower_photos.tgz.damaged-1" in printed
    assert (cache / "flower_photos.tgz.damaged-1").read_bytes() == ARCHIVE[:-1]


LIME = jpeg("lime")
HOSTILE = [
    member("../../../roses/evil.jpg", LIME),
    member("/flower_photos/roses/evil.jpg", LIME),
    member("flower_photos/../roses/evil.jpg", LIME),
    member("flower_photos/roses/../evil.jpg", LIME),
    member("flower_photos/roses/deeper/evil.jpg", LIME),
    member("flower_photos/roses/ev\x1b[2J\nil.jpg", LIME),
    member("flower_photos/roses/evil.jpg.exe", LIME),
    member("flower_photos/roses/", type=tarfile.DIRTYPE),
    member("flower_photos/roses/folder.jpg", type=tarfile.DIRTYPE),
    member("flower_photos/roses/link.jpg", type=tarfile.SYMTYPE, linkname="/etc/passwd"),
    member("flower_photos/roses/hard.jpg", type=tarfile.LNKTYPE, linkname="/etc/passwd"),
    member("flower_photos/roses/pipe.jpg", type=tarfile.FIFOTYPE),
    member("flower_photos/roses/disk.jpg", type=tarfile.CHRTYPE, devmajor=1, devminor=5),
    member("flower_photos/roses/huge.jpg", LIME + bytes(2**24)),
    member("flower_photos/lilies/1.jpg", LIME),
    member("roses.jpg", LIME),
]


def test_hostile_members_of_an_archive_are_ignored(place, cache, load, monkeypatch):
    monkeypatch.chdir(place)
    content = tgz(*HOSTILE[:8], *members(), *HOSTILE[8:])
    (cache / "flower_photos.tgz").write_bytes(content)
    before = sorted(place.rglob("*"))
    data, printed = load(content, per_class=6)
    assert_flowers(data, per_class=6)
    assert printed == "Flowers: from Keras' cache.\n"
    assert sorted(place.rglob("*")) == before  # nothing is unpacked


BAD = {"no picture": b"<html>", "empty": b"", "cut": LIME[:300]}


@pytest.mark.parametrize("fault", BAD)
def test_unreadable_flowers_are_replaced_by_others(fault, cache, own, load):
    bad = [f"flower_photos/tulips/bad{n}.jpg" for n in range(5)]
    content = tgz(*(member(name, BAD[fault]) for name in bad), *members())
    (cache / "flower_photos.tgz").write_bytes(content)
    for seed in range(3):
        data, printed = load(content, seed=seed)
        assert_flowers(data)
        assert printed == "Flowers: from Keras' cache.\n"
    archived, _ = load(content)
    unpack(own / "flower_photos")
    for name in bad:
        (own / name).write_bytes(BAD[fault])
    np.testing.assert_array_equal(load(content)[0].images, archived.images)


@pytest.mark.parametrize(
    "last", [[], [member(path_of("tulips", 5), b"<html>")]], ids=["missing", "unreadable"]
)
def test_an_archive_without_enough_flowers_leads_to_patches(last, cache, load, names):
    content = tgz(*members()[:-1], *last)  # with the right checksum, which no real one has
    (cache / "flower_photos.tgz").write_bytes(content)
    data, printed = load(content, per_class=6)
    assert_patches(data, printed, per_class=6)
    assert "are here and of no use: the archive has 5 usable pictures of tulips, and 6" in printed
    assert names(cache) == ["flower_photos.tgz"]


# --- Unpacked -----------------------------------------------------------------------------------


@pytest.mark.parametrize("name", flowers._UNPACKED)
@pytest.mark.parametrize("variable", ["DL_COURSE_DATA", "KERAS_HOME"])
def test_an_unpacked_folder_gives_the_same_flowers(variable, name, own, cache, load, monkeypatch):
    (own / "flower_photos.tgz").write_bytes(ARCHIVE)
    archived, _ = load(seed=3)
    (own / "flower_photos.tgz").unlink()
    unpack((own if variable == "DL_COURSE_DATA" else cache) / name)
    monkeypatch.setattr(flowers, "_COUNTS", dict.fromkeys(KINDS, 6))  # so this is all of them
    data, printed = load(seed=3)
    np.testing.assert_array_equal(data.images, archived.images)
    assert data.class_names == KINDS
    where = "the folder in $DL_COURSE_DATA" if variable == "DL_COURSE_DATA" else "Keras' cache"
    assert printed == f"Flowers: from {where} (unpacked, {name}).\n"


@pytest.mark.parametrize(
    ("fname", "extract"), [("flower_photos", "untar"), ("flower_photos.tgz", "extract"), (None, "extract")]
)  # fmt: skip
def test_it_is_found_where_keras_unpacks_it(fname, extract, server, cache, load, capsys):
    keras = pytest.importorskip("keras")
    (origin,) = server.sends("/flower_photos.tgz", ARCHIVE)
    keras.utils.get_file(fname, origin, cache_dir=cache.parent, **{extract: True})
    for archive in filter(Path.is_file, cache.iterdir()):
        archive.unlink()
    capsys.readouterr()
    data, printed = load()
    assert_flowers(data)
    assert printed.startswith("Flowers: from Keras' cache (unpacked, flower_photos")


def test_the_verified_archive_goes_before_the_folder_beside_it(archived, own, load):
    unpack(own / "flower_photos")
    assert load()[1] == "Flowers: from the folder in $DL_COURSE_DATA.\n"


def test_a_part_of_the_flowers_is_said_to_be_one(own, load):
    unpack(own / "flower_photos", EVERYTHING[:-2])
    (own / "flower_photos" / "LICENSE.txt").write_text("CC BY")
    (own / "flower_photos" / "lilies").mkdir()
    (own / "flower_photos" / "lilies" / "1.jpg").write_bytes(LIME)
    data, printed = load()
    assert_flowers(data)
    assert printed == (
        "Flowers: from the folder in $DL_COURSE_DATA"
        " (unpacked, flower_photos, 28 of the 3,670 pictures).\n"
    )


@pytest.mark.parametrize("fault", ["missing", "unreadable"])
def test_a_folder_without_enough_flowers_is_passed_over(fault, own, cache, load):
    unpack(own / "flower_photos", EVERYTHING[:-1])
    if fault == "unreadable":
        (own / path_of("tulips", 5)).write_bytes(b"<html>")
    data, printed = load(per_class=6)
    assert_patches(data, printed, per_class=6)
    few = f"{own / 'flower_photos'} is not used: it has 5 usable pictures of tulips, and 6 are want"
    assert few in printed
    unpack(cache / "flower_photos_extracted" / "flower_photos")
    data, printed = load(per_class=6)
    assert_flowers(data, per_class=6)
    assert few in printed
    assert (
        "Flowers: from Keras' cache (unpacked, flower_photos_extracted/flower_photos, " in printed
    )


def test_a_folder_without_the_classes_wanted_is_passed_over(own, load):
    unpack(own / "flower_photos", [("daisy", 0), ("daisy", 1), ("daisy", 2)])
    assert seen(load(classes=["daisy"])[0]) == [("daisy", 0), ("daisy", 1), ("daisy", 2)]
    data, printed = load()
    assert_patches(data, printed)
    assert "it has 0 usable pictures of dandelion, and 3 are wanted" in printed


# --- Patches in their place, and bad options ----------------------------------------------------


def test_patches_stand_in_for_any_wish(load):
    options = {"per_class": 100, "image_size": (6, 8), "classes": ["tulips", "roses"]}
    data, _ = load(**options)
    assert data.is_stand_in
    assert data.images.shape == (200, 6, 8, 3)
    assert data.class_names == ("brick", "grass")
    assert len({patch.tobytes() for patch in data.images}) == 200
    np.testing.assert_array_equal(load(**options)[0].images, data.images)


@pytest.mark.parametrize(
    ("options", "error", "words"),
    [
        (
            {"classes": ("roses", "lilies")},
            ValueError,
            "`classes` .* 'tulips'. Received: 'lilies'$",
        ),
        ({"classes": "roses"}, TypeError, "`classes` must be a tuple or list .*Received: 'roses'$"),
        ({"classes": []}, ValueError, "`classes` must hold at least one name"),
        ({"classes": ["roses"] * 2}, ValueError, "none of them twice"),
        ({"per_class": 0}, ValueError, "`per_class` must be at least 1"),
        ({"per_class": 634}, ValueError, "at most 633, .* of daisy. Received: 634$"),
        ({"classes": ["roses"], "per_class": 642}, ValueError, "at most 641, .* of roses"),
        ({"image_size": -1}, ValueError, "`image_size` must be at least 1"),
        ({"seed": -1}, ValueError, "`seed` must be at least 0"),
        ({"seed": None}, TypeError, "`seed` must be a whole number"),
        ({"download": "no"}, TypeError, "`download` must be one of True, False. Received: 'no'$"),
    ],
)
def test_bad_flower_options_are_refused_before_reading(options, error, words, monkeypatch):
    monkeypatch.setattr(_download, "fetch", None)
    with pytest.raises(error, match=words):
        datasets.load_flowers(**options)


# --- Real flowers, where $DL_COURSE_DATA has them -----------------------------------------------

REAL = Path(os.environ.get("DL_COURSE_DATA") or "nowhere").expanduser() / "flower_photos"


@pytest.mark.skipif(not REAL.is_dir(), reason="no flower_photos in $DL_COURSE_DATA")
def test_real_flowers(no_network, capsys):
    data = datasets.load_flowers(image_size=32, per_class=5, download=False)
    assert capsys.readouterr().out.startswith("Flowers: from the folder in $DL_COURSE_DATA")
    assert (
        repr(data)
        == "Dataset(25 images of 32 × 32 × 3, 5 classes; flower photographs of TensorFlow)"
    )
    greens = data.images.mean((1, 2))[:, 1] > data.images.mean((1, 2))[:, 2]
    assert greens.mean() > 0.5  # meadows
