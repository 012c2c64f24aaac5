"""Predictions are kept and scored; the file survives whatever happens to it."""

import json
import re
import threading
from pathlib import Path

import numpy as np
import pytest
from answers import exercises_in

from dl_course.checks import _progress, neurons
from dl_course.checks import neurons as check  # noqa: F401 (how a notebook says which one it is)
from dl_course.checks._progress import is_solved, measured, predict, progress, record_solved


@pytest.fixture(autouse=True)
def no_session(monkeypatch):
    monkeypatch.setattr(_progress, "_session", {})


@pytest.fixture
def file(tmp_path, monkeypatch):
    path = tmp_path / "deep" / "progress.json"
    monkeypatch.setenv("DL_COURSE_PROGRESS", str(path))
    return path


def lines(capsys):
    return capsys.readouterr().out.splitlines()


# Predictions ------------------------------------------------------------------------------------


def test_a_prediction_is_scored(file, capsys):
    predict("accuracy", 0.9)
    measured("accuracy", np.float32(0.5))
    assert lines(capsys) == [
        "✎ accuracy: 0.9, you say. Run on and see.",
        "✎ accuracy: you said 0.9, measured: 0.5. 0.4 off (80%). What explains the difference?",
    ]
    kept = json.loads(file.read_text(encoding="utf-8"))["predictions"]["neurons"]["accuracy"]
    assert kept == {"predicted": 0.9, "measured": 0.5}


@pytest.mark.parametrize(
    ("said", "value", "words"),
    [
        (0.9, 0.9, "Spot on."),
        (100, 105, "5 off (5%): close."),
        (3, 0, "3 off. What explains"),
        (1000, 1, "999 off. What explains"),
        ("deep", "deep", "Just so."),
        ("deep", "wide", "A surprise"),
        (True, False, "A surprise"),
    ],
)
def test_scores(said, value, words, capsys):
    predict("it", said)
    measured("it", value)
    assert words in lines(capsys)[1]


def test_after_the_measurement_it_is_too_late(capsys):
    measured("loss", 0.3)
    predict("loss", 0.3)
    predict("loss", 0.3)
    out = lines(capsys)
    assert out[0] == "○ loss: 0.3. Next time, predict before you run."
    assert out[1] == out[2] == "○ loss: too late, the measurement is known: 0.3."


def test_the_first_prediction_stays(capsys):
    predict("loss", 0.1)
    measured("loss", 0.3)
    predict("loss", 0.3)
    predict("loss", 0.1)
    measured("loss", 0.3)
    out = lines(capsys)
    assert out[2].endswith("You predicted 0.1.")
    assert out[3] == "✎ loss: 0.1, you say. Run on and see."
    assert "you said 0.1" in out[4]


def test_notebooks_have_their_own_predictions(capsys):
    predict("loss", 0.1)
    namespace = {"measured": measured}
    exec("from dl_course.checks import pooling as check\nmeasured('loss', 1.0)", namespace)
    exec("measured('loss', 1.0)", {"measured": measured})
    assert ["Next time, predict" in line for line in lines(capsys)] == [False, True, True]


@pytest.mark.parametrize("value", [..., None, [1, 2], np.nan, 1j, object(), {}, [...], print])
def test_what_is_no_prediction(value, capsys):
    predict("it", value)
    measured("it", 1.0)
    first, second = lines(capsys)
    assert first[0] in "○❌"
    assert "predict before you run" in second


# Progress -----------------------------------------------------------------------------------------


def test_what_is_solved_is_kept_and_shown(file, capsys):
    neurons.fourth_weight(2.0384)
    neurons.fourth_weight(1.0)  # once solved, always solved
    neurons.leaky_relu(max)
    assert is_solved("neurons", "fourth_weight")
    assert not is_solved("neurons", "leaky_relu")
    capsys.readouterr()
    progress()
    out = lines(capsys)
    assert out[0].startswith(
        "▶ 01 neurons and gradient descent: ●○○○○○○○○○ 1 of 10. Still open: absolute"
    )
    assert "fourth_weight" not in out[0]
    assert len(out) == 1  # of notebooks that were not begun, nothing is said


def test_other_notebooks_are_shown_once_they_are_begun(file, capsys):
    record_solved("convolution", "pad")
    progress()
    first, second = lines(capsys)
    assert first.startswith("▶ 01 ")
    assert re.fullmatch(r"  03 .*: ●○* 1 of \d+", second)


def test_all_solved(capsys):
    for name in exercises_in(neurons):
        record_solved("neurons", name)
    progress()
    out = lines(capsys)
    assert re.search(r"●{7,} (\d+) of \1\. All solved\.", out[0])
    assert out[-1] == "(kept until this kernel ends)"


@pytest.mark.parametrize("variable", ["CI", "PYTEST_VERSION"])
def test_nothing_is_kept_in_ci_and_tests(variable, monkeypatch):
    for name in ("CI", "PYTEST_VERSION", "PYTEST_CURRENT_TEST", "DL_COURSE_PROGRESS"):
        monkeypatch.delenv(name, raising=False)
    assert _progress._path() is not None
    monkeypatch.setenv(variable, "1")
    assert _progress._path() is None


def test_off(monkeypatch):
    monkeypatch.setenv("DL_COURSE_PROGRESS", "OFF")
    assert _progress._path() is None


@pytest.mark.parametrize(
    ("name", "platform", "variable", "end"),
    [
        ("posix", "linux", "XDG_CONFIG_HOME", "there/dl_course/progress.json"),
        ("posix", "linux", None, ".config/dl_course/progress.json"),
        ("posix", "darwin", None, "Library/Application Support/dl_course/progress.json"),
    ],
)
def test_the_folder(name, platform, variable, end, monkeypatch):
    for one in ("CI", "PYTEST_VERSION", "PYTEST_CURRENT_TEST", "XDG_CONFIG_HOME"):
        monkeypatch.delenv(one, raising=False)
    monkeypatch.setattr("sys.platform", platform)
    if variable:
        monkeypatch.setenv(variable, "/there")
    assert _progress._path().as_posix().endswith(end)


# What can happen to the file ----------------------------------------------------------------------


@pytest.mark.parametrize(
    "text", ["", "{", "[1]", "null", '{"solved": 3}', '{"solved": [], "x": 1}', "[" * 100_000, "\0"]
)
def test_a_damaged_file_is_set_aside(file, text):
    file.parent.mkdir()
    for number in (1, 2):
        file.write_text(text, encoding="utf-8")
        record_solved("neurons", f"exercise_{number}")
        assert is_solved("neurons", f"exercise_{number}")
    aside = sorted(path.name for path in file.parent.iterdir())
    assert aside == ["progress.damaged-1.json", "progress.damaged-2.json", "progress.json"]
    assert (file.parent / aside[0]).read_text(encoding="utf-8") == text


def test_bytes_that_are_no_text(file):
    file.parent.mkdir()
    file.write_bytes(b"\xff\xfe\xff")
    record_solved("neurons", "a")
    assert is_solved("neurons", "a")


def test_unknown_keys_are_kept(file):
    file.parent.mkdir()
    later = {"format": 9, "solved": {"neurons": {"old": "x"}, "odd": 3}, "badges": [1]}
    file.write_text(json.dumps(later), encoding="utf-8")
    record_solved("neurons", "new")
    record_solved("odd", "one")
    found = json.loads(file.read_text(encoding="utf-8"))
    assert found["badges"] == [1]
    assert found["format"] == 9
    assert set(found["solved"]["neurons"]) == {"old", "new"}
    assert set(found["solved"]["odd"]) == {"one"}


def test_odd_predictions_do_no_harm(file, capsys):
    file.parent.mkdir()
    file.write_text('{"predictions": {"neurons": 3}}', encoding="utf-8")
    predict("loss", 1)
    assert "you say" in lines(capsys)[0]


def test_a_folder_that_cannot_be_written(tmp_path, monkeypatch):
    (tmp_path / "file").touch()
    monkeypatch.setenv("DL_COURSE_PROGRESS", str(tmp_path / "file" / "progress.json"))
    record_solved("neurons", "a")
    assert is_solved("neurons", "a")


def test_a_folder_in_place_of_the_file(file):
    file.mkdir(parents=True)
    record_solved("neurons", "a")
    assert is_solved("neurons", "a")
    assert [path.name for path in file.parent.iterdir()] == ["progress.json"]  # nothing left over


def test_a_write_that_fails_leaves_the_old_file(file, monkeypatch):
    record_solved("neurons", "a")
    before = file.read_text(encoding="utf-8")

    def fail(*arguments):
        raise OSError("disk full")

    monkeypatch.setattr("os.replace", fail)
    record_solved("neurons", "b")
    assert file.read_text(encoding="utf-8") == before
    assert [path.name for path in file.parent.iterdir()] == ["progress.json"]


def test_two_kernels_leave_a_whole_file(file):
    def many(letter):
        for number in range(20):
            record_solved("neurons", f"{letter}{number}")

    threads = [threading.Thread(target=many, args=(letter,)) for letter in "abc"]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert json.loads(file.read_text(encoding="utf-8"))["solved"]["neurons"]


def test_a_file_that_cannot_be_read_is_not_written_over(file, monkeypatch):
    """It may hold years of exercises; for now, memory has to do."""
    record_solved("neurons", "a")
    before = file.read_text(encoding="utf-8")
    read_text = Path.read_text

    def refuse(path, **options):
        if path == file:
            raise PermissionError("not now")
        return read_text(path, **options)

    monkeypatch.setattr(Path, "read_text", refuse)
    record_solved("neurons", "b")
    assert is_solved("neurons", "b")
    monkeypatch.undo()
    assert file.read_text(encoding="utf-8") == before


def test_a_damaged_file_that_cannot_be_set_aside_is_not_written_over(file, monkeypatch):
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text("{ half of it", encoding="utf-8")
    monkeypatch.setattr(_progress, "_set_aside", lambda path: False)
    record_solved("neurons", "b")
    assert is_solved("neurons", "b")
    assert file.read_text(encoding="utf-8") == "{ half of it"


def test_what_is_not_measured_yet_is_said_so(capsys):
    measured("it", ...)
    assert capsys.readouterr().out.startswith("○ Not measured yet: put what came out")
