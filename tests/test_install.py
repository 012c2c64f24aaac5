"""The wheel in an empty environment, and the first cell in a bare folder: `pytest -m install`."""

import subprocess
import sys
import zipfile

import nbformat
import pytest
from nbclient import NotebookClient
from publish import first_cell
from support import ROOT

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
    files = {path for path in (ROOT / "data").iterdir() if path.is_file()}
    data = {f"dl_course/data/{path.name}" for path in files if path.suffix != ".py"}
    assert data == {name for name in names if name.startswith("dl_course/data/")}
    assert {name.split("/")[0].split("-")[0] for name in names} == {"dl_course"}
    assert "dl_course/py.typed" in names
    assert "dl_course/solutions/01_neurons.ipynb" in names
    assert {name.rpartition("/")[2] for name in names} >= {"LICENSE", "CC0-1.0.txt"}


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


@pytest.fixture(scope="module")
def kernel(environment, tmp_path_factory):
    """The environment's kernel, and the package taken out of it again: where Jupyter finds it."""
    folder = tmp_path_factory.mktemp("jupyter")
    run(*UV, "pip", "uninstall", "--python", environment, "dl_course")
    run(environment, "-m", "ipykernel", "install", "--prefix", folder, "--name", "bare")
    return folder / "share/jupyter/kernels"


def run_alone(source, kernel, folder):
    """Run one cell in a notebook alone in a folder, as on Colab; return its output."""
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(source)])
    client = NotebookClient(notebook, timeout=300, kernel_name="bare", allow_errors=True)
    manager = client.create_kernel_manager()
    manager.kernel_spec_manager.kernel_dirs = [str(kernel)]
    client.execute(cwd=str(folder))
    return notebook.cells[0].outputs


def test_first_cell_says_that_there_is_no_address(kernel, tmp_path):
    (error,) = run_alone(first_cell("OWNER/dl_course", "seed=0"), kernel, tmp_path)
    assert error.ename == "ImportError"
    assert error.evalue.startswith("This copy has no published address")


def test_first_cell_fetches_the_package_when_it_is_missing(kernel, tmp_path):
    """The archive comes from this checkout."""
    archive = tmp_path / "main.zip"
    options = ["--format=zip", "--prefix=dl_course-main/", "-o", archive]
    run("git", "archive", *options, "HEAD", cwd=ROOT)
    cell = first_cell("ada/dl_course", "seed=0")
    address = "https://github.com/ada/dl_course/archive/refs/heads/main.zip"
    assert address in cell
    outputs = run_alone(cell.replace(address, archive.as_uri()), kernel, tmp_path)
    text = "".join(output.get("text", "") for output in outputs)
    assert "Python 3." in text
    assert "TensorFlow" in text
