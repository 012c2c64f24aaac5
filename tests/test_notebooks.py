"""Every notebook keeps the rules a learner relies on; nbval runs them, this reads them."""

import importlib
import json
import os
import re
import subprocess

import nbformat
import pytest
from answers import exercises_in
from publish import BADGE, first_cell, read_repository
from run_notebooks import find_notebooks
from support import ROOT, code_cells, course_notebooks, printed, read_notebook, tags

from dl_course.checks import _progress

NOTEBOOKS = find_notebooks()
COURSE = course_notebooks()
MACHINE = re.compile(
    r"/(home|root|tmp|work|Users|content|usr|opt)/|[A-Z]:\\\\|\.venv|site-packages"
)


def name(path):
    return str(path.relative_to(ROOT / "notebooks"))


each = pytest.mark.parametrize("path", NOTEBOOKS, ids=name)
each_of_the_course = pytest.mark.parametrize("path", COURSE, ids=name)


def outputs(notebook):
    return [output for cell in code_cells(notebook) for output in cell.outputs]


def markdown(notebook):
    return [cell.source for cell in notebook.cells if cell.cell_type == "markdown"]


def test_there_are_notebooks():
    assert COURSE


@each
def test_valid_with_a_different_id_for_each_cell(path):
    notebook = read_notebook(path)
    nbformat.validate(notebook)
    assert (notebook.nbformat, notebook.nbformat_minor) >= (4, 5)
    ids = [cell.id for cell in notebook.cells]
    assert len(set(ids)) == len(ids)


@each
def test_metadata_names_the_plain_kernel(path):
    metadata = read_notebook(path).metadata
    assert metadata.kernelspec.name == "python3"
    assert metadata.language_info == {"name": "python"}
    assert set(metadata) <= {"kernelspec", "language_info", "accelerator", "colab"}


@each
def test_one_title_in_the_first_cell(path):
    texts = markdown(read_notebook(path))
    titles = [line for text in texts for line in text.splitlines() if line.startswith("# ")]
    assert len(titles) == 1
    assert titles[0] in texts[0]


@each
def test_first_code_cell_is_the_set_up(path):
    source = code_cells(read_notebook(path))[0].source
    given = re.search(r"setup\((seed=\d+(, threads=1)?(, precise=True)?)\)", source)[1]
    assert source == first_cell(read_repository(), given)


@each_of_the_course
def test_badge_opens_this_notebook_on_colab(path):
    badge = BADGE.format(repository=read_repository(), path=path.relative_to(ROOT).as_posix())
    assert markdown(read_notebook(path))[0].startswith(badge)
    assert badge in (ROOT / "README.md").read_text(encoding="utf-8")


@each
def test_ran_from_top_to_bottom(path):
    cells = code_cells(read_notebook(path))
    assert [cell.execution_count for cell in cells] == list(range(1, len(cells) + 1))


@each
def test_outputs_hold_no_error_no_stderr_and_no_path_of_a_machine(path):
    for output in outputs(read_notebook(path)):
        assert output.output_type != "error"
        assert output.get("name") != "stderr"
        shown = {kind: data for kind, data in output.get("data", {}).items() if "image" not in kind}
        text = json.dumps(shown) + output.get("text", "")
        assert not MACHINE.search(text), text[:300]
        assert "Traceback" not in text
        assert not re.search(r"0x[0-9a-f]{6,}", text), "an address in memory changes with each run"


@each
def test_small_enough_to_load_quickly(path):
    assert path.stat().st_size < 1_500_000


@each
def test_cells_fit_on_a_screen(path):
    notebook = read_notebook(path)
    for cell in code_cells(notebook):
        longest = 40 if "plain-keras" in tags(cell) else 28
        assert len(cell.source.splitlines()) <= longest, cell.source
    for text in markdown(notebook):
        assert len(text.split()) <= 110, text


@each_of_the_course
def test_something_to_see_on_every_screen(path):
    """Never more than ten code cells without a picture (before the exercises)."""
    since = 0
    for cell in code_cells(read_notebook(path)):
        has_picture = any("image/png" in output.get("data", {}) for output in cell.outputs)
        since = 0 if has_picture or "exercise" in tags(cell) else since + 1
        assert since <= 10, cell.source


@each
def test_every_picture_has_an_alternative_text(path):
    for output in outputs(read_notebook(path)):
        if "image/png" in output.get("data", {}):
            assert len(output.metadata["image/png"]["alt"]) > 20


@each
def test_tags_are_known_ones(path):
    known = {"nbval-ignore-output", "exercise", "solution", "plain-keras"}
    for cell in code_cells(read_notebook(path)):
        assert set(tags(cell)) <= known


PLAIN = [
    pytest.param(cell.source, id=name(path))
    for path in COURSE
    for cell in code_cells(read_notebook(path))
    if "plain-keras" in tags(cell)
]


@pytest.mark.parametrize("source", PLAIN)
def test_plain_keras_runs_without_the_course(source, python, tmp_path):
    assert "dl_course" not in source
    environment = {**os.environ, "MPLBACKEND": "Agg"}
    done = subprocess.run(
        [python, "-c", source], cwd=tmp_path, env=environment, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr


@each
def test_few_cells_are_not_compared(path):
    """Only what depends on training, device or data may go uncompared."""
    cells = code_cells(read_notebook(path))
    ignored = [cell for cell in cells if "nbval-ignore-output" in tags(cell)]
    assert len(ignored) <= len(cells) / 3


@each
def test_prose_makes_nothing_sound_trivial(path):
    for text in markdown(read_notebook(path)):
        words = re.findall(
            r"\b(easily|simply|obviously|trivial\w*|of course)\b", text, re.IGNORECASE
        )
        assert not words, text


@each
def test_links_between_notebooks_lead_somewhere(path):
    for text in markdown(read_notebook(path)):
        for target in re.findall(r"\]\((?!https?:|#)([^)#]+)", text):
            assert (path.parent / target).exists(), target


# Exercises ---------------------------------------------------------------------------------------


def checks_in(path, tag):
    """The checkers called in cells with a tag, in order: name → what was printed."""
    found = {}
    for cell in code_cells(read_notebook(path)):
        for checker in re.findall(r"^check\.(\w+)\(", cell.source, re.MULTILINE):
            if checker in _progress.__all__:
                continue
            assert tag in tags(cell), f"the cell with check.{checker} needs the tag {tag}"
            found[checker] = printed(cell)
    return found


@each_of_the_course
def test_exercises_start_as_stubs_that_get_a_hint(path):
    exercises = checks_in(path, "exercise")
    assert len(exercises) >= 5
    for name_, text in exercises.items():
        assert text.startswith("○ Not attempted yet"), name_


@each_of_the_course
def test_every_exercise_has_a_solution_that_passes(path):
    exercises = checks_in(path, "exercise")
    solutions = checks_in(path.parent / "solutions" / path.name, "solution")
    assert list(solutions) == list(exercises)
    for name_, text in solutions.items():
        assert "✅" in text, name_
        assert "❌" not in text, name_


@each_of_the_course
def test_every_checker_is_used(path):
    source = "\n".join(cell.source for cell in code_cells(read_notebook(path)))
    module = re.search(r"from dl_course\.checks import (\w+) as check", source)[1]
    checkers = exercises_in(importlib.import_module(f"dl_course.checks.{module}"))
    assert sorted(checkers) == sorted(checks_in(path, "exercise"))


@each_of_the_course
def test_the_last_exercise_is_followed_by_what_is_solved(path):
    last = [cell.source for cell in code_cells(read_notebook(path)) if "check." in cell.source][-1]
    assert last == "check.progress()"
