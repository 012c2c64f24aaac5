"""Folders of pictures, and single ones: sound, strange and damaged."""

import os
import struct
import zlib

import numpy as np
import pytest
from PIL import Image

from dl_course import datasets

POSIX = pytest.mark.skipif(os.name != "posix", reason="needs POSIX")


def paint(path, colour="red", size=(12, 8), mode="RGB", **options):
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.new(mode, size, colour).save(path, **options)


@pytest.fixture
def things(tmp_path):
    for n in range(5):
        paint(tmp_path / "red things" / f"photo {n}.png", (255, 0, 0))
        paint(tmp_path / "älgar" / f"bild-é{n}.jpg", (0, 0, 255), quality=95)
    paint(tmp_path / ".hidden" / "x.png", (0, 255, 0))
    (tmp_path / "red things" / ".DS_Store").write_bytes(b"hidden")
    (tmp_path / "notes.txt").write_text("beside the class folders: ignored")
    return tmp_path


def test_folder_of_pictures(things, capsys):
    data = datasets.load_image_folder(things, image_size=(6, 10))
    assert data.images.shape == (10, 6, 10, 3)
    assert data.images.dtype == np.float32
    assert data.class_names == ("red things", "älgar")
    assert data.labels.tolist() == [0] * 5 + [1] * 5
    np.testing.assert_array_equal(data.images[:5], np.broadcast_to([1, 0, 0], (5, 6, 10, 3)))
    np.testing.assert_allclose(data.images[5:].mean((0, 1, 2)), [0, 0, 1], atol=0.02)  # JPEG
    assert data.source == f"folder {things.name}"
    assert capsys.readouterr().out == ""


def test_folder_is_divided_by_class_and_seed(things):
    train, validation = datasets.load_image_folder(
        str(things), image_size=4, validation=0.2, seed=3
    )
    assert train.images.shape == (8, 4, 4, 3)
    assert validation.labels.tolist() == [0, 1]
    whole = datasets.load_image_folder(things, image_size=4)
    np.testing.assert_array_equal(whole.split(0.8, seed=3)[0].images, train.images)


def test_one_picture_is_read_as_in_a_folder(things):
    for number, name in enumerate(["red things/photo 0.png", "älgar/bild-é0.jpg"]):
        image = datasets.load_picture(things / name, image_size=(6, 10))
        assert image.dtype == np.float32
        whole = datasets.load_image_folder(things, image_size=(6, 10))
        np.testing.assert_array_equal(image, whole.images[5 * number])


def test_what_is_no_picture_is_refused(things):
    with pytest.raises(ValueError, match=r"Received: 'notes.txt', that is not readable as a pict"):
        datasets.load_picture(things / "notes.txt", image_size=4)
    with pytest.raises(
        ValueError, match=r"`path` must be a .*Received: 'none.jpg', that is not there"
    ):
        datasets.load_picture(str(things / "none.jpg"), image_size=4)
    with pytest.raises(ValueError, match="`image_size` must be at least 1"):
        datasets.load_picture(things / "notes.txt", image_size=0)


def test_accents_are_in_their_usual_form_however_the_disk_writes_them(tmp_path):
    paint(tmp_path / "e\u0301cole" / "1.png", "red")  # as macOS writes it
    paint(tmp_path / "zoo" / "1.png", "red")
    assert datasets.load_image_folder(tmp_path, image_size=2).class_names == ("école", "zoo")


@pytest.mark.parametrize(
    ("options", "error", "words"),
    [
        ({"image_size": 0}, ValueError, "`image_size` must be at least 1"),
        ({"image_size": (4, 4, 3)}, TypeError, r"`image_size` .*Received: \(4, 4, 3\)"),
        (
            {"image_size": 4, "validation": 1},
            ValueError,
            "`validation` must be above 0 and below 1",
        ),
        ({"image_size": 4, "validation": 0.5, "seed": -1}, ValueError, "seed"),
    ],
)
def test_bad_folder_options_are_refused_before_reading(options, error, words, tmp_path):
    with pytest.raises(error, match=words):
        datasets.load_image_folder(tmp_path / "not there", **options)


# --- Strange and damaged pictures ------------------------------------------------------------------


def png_claiming(width, height):
    """The beginning of a PNG that claims a size; small as a file, huge as a picture."""

    def chunk(kind, content):
        checksum = zlib.crc32(kind + content)
        return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", checksum)

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    chunks = chunk(b"IHDR", header) + chunk(b"IDAT", b"") + chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + chunks


@pytest.fixture
def pictures(tmp_path):
    paint(tmp_path / "a" / "1.png")
    paint(tmp_path / "b" / "1.png")
    return tmp_path


def first_pixels(folder, **options):
    """The mean colour of every picture of class b, in bytes."""
    data = datasets.load_image_folder(folder, image_size=4, **options)
    return (data.images[data.labels == 1].mean((1, 2)) * 255).round().astype(int).tolist()


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda p: None, "there is none here. Received: .*folder"),
        (lambda p: p.write_text("a file"), "there is none here"),
        (lambda p: p.mkdir(), "there is no sub-folder"),
        (lambda p: paint(p / "1.png"), "there is no sub-folder"),
        (lambda p: paint(p / "cats" / "1.png"), "there is only 'cats'"),
        (lambda p: (paint(p / "a/1.png"), (p / "b").mkdir()), "Received: none in b"),
        (lambda p: ((p / "a").mkdir(parents=True), (p / "b").mkdir()), "Received: none in a, b"),
        (
            lambda p: (paint(p / "a/1.png"), paint(p / "b/1.png"), (p / "b/1.png").write_text("x")),
            "put some in.*Received: none in b",
        ),
    ],
)
def test_folders_without_enough_pictures_are_refused(make, words, tmp_path):
    make(tmp_path / "folder")
    with pytest.raises(ValueError, match=words):
        datasets.load_image_folder(tmp_path / "folder", image_size=4)


def test_files_that_are_no_pictures_are_skipped_with_a_count(pictures, capsys):
    whole = (pictures / "a" / "1.png").read_bytes()
    paint(pictures / "b" / "2.jpg", size=(300, 200))
    cut = (pictures / "b" / "2.jpg").read_bytes()[:700]
    for name, content in {
        "a/notes.txt": b"notes",
        "a/empty.png": b"",
        "a/cut.png": whole[:50],
        "a/garbled.png": whole[:40] + bytes(20) + whole[60:],
        "b/cut.jpg": cut,
        "b/big.png": png_claiming(10_000, 10_000),  # above Pillow's warning
        "b/huge.png": png_claiming(100_000, 100_000),  # above its limit
    }.items():
        (pictures / name).write_bytes(content)
    data = datasets.load_image_folder(pictures, image_size=4)
    assert data.labels.tolist() == [0, 1, 1]
    assert capsys.readouterr().out == (
        "Skipped 7 files, no usable pictures:"
        " a/cut.png, a/empty.png, a/garbled.png, a/notes.txt, b/big.png, … 2 more.\n"
    )


def test_pictures_above_pillows_limit_are_skipped_though_readable(pictures, monkeypatch, capsys):
    for side in (31, 40, 50):
        paint(pictures / "b" / f"{side}.png", size=(side, side))
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 1000)  # Pillow warns above, refuses above twice
    assert len(datasets.load_image_folder(pictures, image_size=4)) == 3
    assert "Skipped 2 files" in capsys.readouterr().out


def test_one_skipped_file_is_named(pictures, capsys):
    (pictures / "b" / "x.txt").write_text("x")
    datasets.load_image_folder(pictures, image_size=4)
    printed = capsys.readouterr().out
    assert printed == "Skipped 1 file, no usable picture: b/x.txt.\n"


def test_hidden_files_and_deeper_folders_are_ignored(pictures, capsys):
    paint(pictures / "b" / "deeper" / "1.png")
    (pictures / "b" / ".thumbs").write_text("x")
    assert len(datasets.load_image_folder(pictures, image_size=4)) == 2
    assert capsys.readouterr().out == ""


@POSIX
def test_a_pipe_and_a_dead_link_among_the_pictures_do_not_hang(pictures, capsys):
    os.mkfifo(pictures / "b" / "pipe.png")
    (pictures / "b" / "link.png").symlink_to(pictures / "gone.png")
    assert len(datasets.load_image_folder(pictures, image_size=4)) == 2
    assert "Skipped 2 files" in capsys.readouterr().out


@POSIX
def test_names_that_are_no_text_can_be_printed(pictures, capsys):
    try:
        (pictures / os.fsdecode(b"caf\xe9")).mkdir()
    except OSError:
        pytest.skip("this disk refuses such names")
    paint(pictures / os.fsdecode(b"caf\xe9") / "1.png")
    data = datasets.load_image_folder(pictures, image_size=4)
    assert data.class_names == ("a", "b", "caf\ufffd")
    assert data._repr_html_().encode()


def test_grey_pictures_become_three_equal_channels(pictures):
    paint(pictures / "b" / "1.png", 100, mode="L")
    paint(pictures / "b" / "2.png", 1, mode="1")
    deep = np.full((8, 12), 100 * 256, np.uint16)
    Image.fromarray(deep).save(pictures / "b" / "3.png")
    assert first_pixels(pictures) == [[100] * 3, [255] * 3, [100] * 3]


def test_transparent_pictures_show_white(pictures):
    paint(pictures / "b" / "1.png", (255, 0, 0, 0), mode="RGBA")
    paint(pictures / "b" / "2.png", (255, 0, 0, 51), mode="RGBA")  # a fifth red, the rest white
    paint(pictures / "b" / "3.png", (0, 0), mode="LA")
    palette = Image.new("P", (12, 8), 2)
    palette.putpalette([0, 0, 0, 9, 9, 9, 255, 0, 0])
    palette.save(pictures / "b" / "4.png", transparency=2)
    expected = [[255, 255, 255], [255, 204, 204], [255, 255, 255], [255, 255, 255]]
    assert first_pixels(pictures) == expected


def test_printing_colours_become_screen_colours(pictures):
    paint(pictures / "b" / "1.jpg", (255, 0, 0, 0), mode="CMYK", quality=95)
    pixel = first_pixels(pictures)[0]
    np.testing.assert_allclose(pixel, [0, 255, 255], atol=4)  # cyan


def test_the_first_frame_of_an_animation_counts(pictures):
    frames = [Image.new("RGB", (12, 8), colour) for colour in ("blue", "red", "lime")]
    frames[0].save(pictures / "b" / "1.gif", save_all=True, append_images=frames[1:], duration=50)
    (pictures / "b" / "1.png").unlink()
    assert first_pixels(pictures) == [[0, 0, 255]]


def test_the_orientation_of_the_camera_is_respected(pictures):
    left_red = Image.new("RGB", (40, 20), "blue")
    left_red.paste("red", (0, 0, 20, 20))
    turned = Image.Exif()
    turned[0x0112] = 6  # to be shown turned a quarter clockwise: the left becomes the top
    (pictures / "b" / "1.png").unlink()
    left_red.save(pictures / "b" / "1.jpg", exif=turned, quality=95)
    image = datasets.load_image_folder(pictures, image_size=(20, 10)).images[1]
    np.testing.assert_allclose(image[:8].mean((0, 1)), [1, 0, 0], atol=0.03)
    np.testing.assert_allclose(image[-8:].mean((0, 1)), [0, 0, 1], atol=0.03)
