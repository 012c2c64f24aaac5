"""The wheel in an empty environment, and the first cell in a bare folder: `pytest -m install`."""

import subprocess
import sys
import zipfile

import nbformat
import pytest
from nbclient import NotebookClient
from publish import read_repository
from support import ROOT, code_cells, read_notebook

pytestmark = pytest.mark.install
UV = [sys.executable, "-m", "uv"]


def run(*command, **options):
    done = subprocess.run(
        list(map(str, command)), capture_output=True, text=True, timeout=900, **options
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    """The package, built from the checkout."""
    folder = tmp_path_factory.mktemp("wheel")
    run(*UV, "build", "--wheel", "--out-dir", folder, ROOT)
    (built,) = folder.glob("*.whl")
    return built


@pytest.fixture(scope="module")
def environment(tmp_path_factory, wheel):
    """An empty environment with only the wheel in it, and a kernel; its interpreter."""
    folder = tmp_path_factory.mktemp("an empty environment")
    run(sys.executable, "-m", "venv", folder)
    python = folder / ("Scripts/python.exe" if sys.platform == "win32" else "bin/python")
    run(
        *UV,
        "pip",
        "install",
        "--python",
        python,
        wheel,
        "ipykernel",
        "-c",
        ROOT / "constraints.txt",
    )
    return python


def test_the_wheel_holds_package_and_data(wheel):
    names = set(zipfile.ZipFile(wheel).namelist())
    sources = {path.relative_to(ROOT).as_posix() for path in (ROOT / "dl_course").glob("**/*.py")}
    assert sources <= names
    data = {f"dl_course/data/{path.name}" for path in (ROOT / "data").iterdir() if path.is_file()}
    assert data <= names
    assert not [name for name in names if name.startswith(("tests/", "tools/", "notebooks/"))]


def test_the_wheel_asks_only_for_lower_bounds(wheel):
    (name,) = [name for name in zipfile.ZipFile(wheel).namelist() if name.endswith("METADATA")]
    metadata = zipfile.ZipFile(wheel).read(name).decode()
    wanted = [line for line in metadata.splitlines() if line.startswith("Requires-Dist:")]
    own = [line for line in wanted if "extra ==" not in line]
    assert len(own) >= 5
    assert all(">=" in line and "<" not in line and "==" not in line for line in own)


def test_import_from_another_folder(environment, tmp_path):
    code = (
        "from dl_course import neurons, plots, runtime, checks\n"
        "from pathlib import Path\n"
        "assert (runtime.data_folder() / 'README.md').is_file()\n"
        "print(Path(neurons.__file__).parent, float(neurons.sigmoid(0)))"
    )
    out = run(environment, "-c", code, cwd=tmp_path)
    folder, half = out.rsplit(maxsplit=1)
    assert "site-packages" in folder
    assert str(ROOT) not in folder
    assert half == "0.5"


def test_first_cell_fetches_the_package_when_it_is_missing(environment, tmp_path):
    """A notebook alone in a folder, as on Colab; the archive comes from this checkout."""
    archive = tmp_path / "main.zip"
    run(
        "git",
        "archive",
        "--format=zip",
        "--prefix=dl_course-main/",
        "-o",
        archive,
        "HEAD",
        cwd=ROOT,
    )
    cell = code_cells(read_notebook(ROOT / "notebooks" / "01_neurons.ipynb"))[0]
    address = f"https://github.com/{read_repository()}/archive/refs/heads/main.zip"
    assert address in cell.source
    run(*UV, "pip", "uninstall", "--python", environment, "dl_course")
    run(
        environment,
        "-m",
        "ipykernel",
        "install",
        "--prefix",
        tmp_path / "jupyter",
        "--name",
        "bare",
    )

    notebook = nbformat.v4.new_notebook(
        cells=[nbformat.v4.new_code_cell(cell.source.replace(address, archive.as_uri()))]
    )
    client = NotebookClient(notebook, timeout=300, kernel_name="bare")
    manager = client.create_kernel_manager()
    manager.kernel_spec_manager.kernel_dirs = [str(tmp_path / "jupyter/share/jupyter/kernels")]
    client.execute(cwd=str(tmp_path))
    text = "".join(output.get("text", "") for output in notebook.cells[0].outputs)
    assert "Python 3." in text
    assert "TensorFlow" in text
