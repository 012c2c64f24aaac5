"""The commands behind make: set-up, running notebooks, publishing."""

import ast
import os
import re
import subprocess

import nbformat
import publish
import pytest
import set_up
from support import ROOT, printed, read_notebook


def write_notebook(path, *sources):
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(s) for s in sources])
    notebook.metadata["kernelspec"] = {"name": "python3", "display_name": "Python 3"}
    nbformat.write(notebook, path)
    return path


def run_notebooks(python, *arguments):
    command = [python, str(ROOT / "tools" / "run_notebooks.py"), *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, timeout=240)


# make run ----------------------------------------------------------------------------------------


def test_run_saves_outputs_and_says_how_long_and_how_much(python, tmp_path):
    path = write_notebook(tmp_path / "01 good.ipynb", "x = 1", "print(x + 1)")
    done = run_notebooks(python, path)
    assert done.returncode == 0
    assert re.search(r"01 good\.ipynb … \d+ s, \d+ MB", done.stdout)
    cells = read_notebook(path).cells
    assert printed(cells[1]) == "2\n"
    assert [cell.execution_count for cell in cells] == [1, 2]
    assert os.listdir(tmp_path) == [path.name]  # no temporary file stays


@pytest.mark.parametrize(
    ("bad", "options", "reason"),
    [
        ("1 / 0", (), "raised ZeroDivisionError: division by zero"),
        ("import time; time.sleep(60)", ("--timeout", 2), "took too long"),
        ("import os; os._exit(1)", (), "killed the kernel"),
    ],
)
def test_a_failing_cell_is_named_and_the_file_left_as_it_was(
    python, tmp_path, bad, options, reason
):
    path = write_notebook(tmp_path / "02 bad.ipynb", "print('before')", bad, "print('after')")
    later = write_notebook(tmp_path / "03 later.ipynb", "1 + 1")
    before = path.read_bytes(), later.read_bytes()
    done = run_notebooks(python, path, later, *options)
    assert done.returncode == 1
    assert f"02 bad.ipynb, code cell 2, {reason}" in done.stderr
    assert bad in done.stderr
    assert (path.read_bytes(), later.read_bytes()) == before


def test_a_notebook_that_is_not_there(python):
    done = run_notebooks(python, "nowhere.ipynb")
    assert done.returncode == 2
    assert "there is no notebook nowhere.ipynb" in done.stderr


# Notebooks under pytest --------------------------------------------------------------------------


def test_a_cell_may_take_minutes_and_no_more():
    text = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    assert 60 <= int(re.search(r"--nbval-cell-timeout=(\d+)", text)[1]) <= 300


def test_a_dead_kernel_and_a_hung_cell_fail_when_the_time_is_up(python, tmp_path):
    bad = ("import os; os._exit(1)", "import time; time.sleep(600)")
    paths = [write_notebook(tmp_path / f"bad {n}.ipynb", source) for n, source in enumerate(bad)]
    command = [python, "-m", "pytest", "-q", "-c", ROOT / "pyproject.toml", "--rootdir", tmp_path]
    command += ["--nbval-cell-timeout=1", "-p", "no:cacheprovider", *paths]
    done = subprocess.run(list(map(str, command)), capture_output=True, text=True, timeout=120)
    assert done.returncode == 1
    assert "2 failed" in done.stdout


# Set-up ------------------------------------------------------------------------------------------


def test_a_ready_environment_is_recognised(monkeypatch, tmp_path):
    python, stamp = tmp_path / "python", tmp_path / "stamp"
    monkeypatch.setattr(set_up, "PYTHON", python)
    monkeypatch.setattr(set_up, "STAMP", stamp)
    assert not set_up.is_ready()
    python.touch()
    stamp.write_text(set_up.fingerprint())
    assert set_up.is_ready()
    stamp.write_text("made from other files")
    assert not set_up.is_ready()


def test_a_second_set_up_does_nothing(monkeypatch):
    monkeypatch.setattr(set_up, "is_ready", lambda: True)
    monkeypatch.setattr(set_up, "create_venv", lambda python: pytest.fail("created again"))
    monkeypatch.setattr(set_up, "install", lambda: pytest.fail("installed again"))
    set_up.main()


def test_an_environment_that_does_not_work_is_kept_under_another_name(tmp_path, capsys):
    for expected in (".venv.old-1", ".venv.old-2"):
        folder = tmp_path / ".venv"
        folder.mkdir()
        (folder / "mine.txt").write_text("precious")
        set_up.set_aside(folder)
        assert (tmp_path / expected / "mine.txt").read_text() == "precious"
        assert expected in capsys.readouterr().out


def test_another_python_is_found_or_asked_for(monkeypatch):
    monkeypatch.setattr(set_up.sys, "version_info", (3, 14, 0))
    monkeypatch.setattr(set_up.shutil, "which", lambda name: "/usr/bin/" + name)
    assert set_up.find_python() == "/usr/bin/python3.13"
    monkeypatch.setattr(set_up.shutil, "which", lambda name: None)
    with pytest.raises(SystemExit, match=r"needs Python 3\.10 to 3\.13"):
        set_up.find_python()


def test_set_up_needs_nothing_but_the_standard_library():
    tree = ast.parse((ROOT / "tools" / "set_up.py").read_text(encoding="utf-8"))
    imported = {
        alias.name
        for node in ast.walk(tree)
        if isinstance(node, ast.Import)
        for alias in node.names
    }
    assert imported <= set(set_up.sys.stdlib_module_names)


def test_supported_pythons_are_the_declared_ones():
    text = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    declared = re.findall(r'"Programming Language :: Python :: (3\.\d+)"', text)
    assert [f"{major}.{minor}" for major, minor in set_up.SUPPORTED] == declared
    assert 'requires-python = ">=3.10,<3.14"' in text


# make publish ------------------------------------------------------------------------------------


@pytest.fixture
def small_repository(tmp_path):
    (tmp_path / "notebooks").mkdir()
    (tmp_path / "pyproject.toml").write_text('Repository = "https://github.com/OWNER/dl_course"\n')
    badge = publish.BADGE.format(repository="OWNER/dl_course", path="notebooks/01.ipynb")
    other = "https://github.com/OWNER/dl_course-extras"
    (tmp_path / "README.md").write_text(
        f"{badge}\n{other}\ngit clone https://github.com/OWNER/dl_course"
    )
    cell = publish.first_cell("OWNER/dl_course", "seed=1")
    write_notebook(tmp_path / "notebooks" / "01.ipynb", cell)
    return tmp_path


def test_publish_stamps_every_place_and_can_be_repeated(small_repository):
    publish.publish("ada/deep.learning", small_repository)
    assert publish.read_repository(small_repository) == "ada/deep.learning"
    readme = (small_repository / "README.md").read_text()
    assert publish.BADGE.format(repository="ada/deep.learning", path="notebooks/01.ipynb") in readme
    assert "https://github.com/OWNER/dl_course-extras" in readme  # another repository
    (cell,) = read_notebook(small_repository / "notebooks" / "01.ipynb").cells
    assert cell.source == publish.first_cell("ada/deep.learning", "seed=1")
    assert "github.com/ada/deep.learning/archive" in cell.source
    publish.publish("OWNER/dl_course", small_repository)
    assert "ada" not in (small_repository / "README.md").read_text()
    (cell,) = read_notebook(small_repository / "notebooks" / "01.ipynb").cells
    assert "has no published address" in cell.source


def test_publish_leaves_a_first_cell_that_somebody_changed(small_repository):
    mine = "from dl_course import runtime\n\nruntime.setup(seed=3)  # mine"
    path = write_notebook(small_repository / "notebooks" / "01.ipynb", mine)
    before = path.read_text()
    publish.publish("ada/deep.learning", small_repository)
    assert path.read_text() == before


@pytest.mark.parametrize(
    "bad", ["", "name", "owner/", "a/b/c", "owner/na me", "https://github.com/a/b"]
)
def test_publish_refuses_what_is_no_repository(small_repository, bad):
    before = (small_repository / "README.md").read_text()
    with pytest.raises(ValueError, match="`REPO` must be owner/name.*Received: "):
        publish.publish(bad, small_repository)
    assert (small_repository / "README.md").read_text() == before
