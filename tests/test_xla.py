"""`pytest --xla`: models are compiled with XLA on the CPU, in tests and in the kernels of notebooks."""

import subprocess

import keras
import nbformat
import pytest
import xla_on_cpu
from keras.src.trainers.trainer import Trainer
from nbclient import NotebookClient
from support import ROOT

from dl_course import runtime

pytestmark = pytest.mark.skipif(
    keras.backend.backend() != "tensorflow", reason="other backends look for no GPU"
)
MODEL = """
from dl_course import runtime
runtime.setup()
import keras
model = keras.Sequential([keras.Input((1,)), keras.layers.Dense(1)])
model.compile()
assert model.jit_compile is {wanted}
assert "switch_on" not in dir()
"""


def notebook(wanted):
    """A notebook that fails unless Keras decides about XLA as wanted."""
    return nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(MODEL.format(wanted=wanted))])


def compiled(supports_jit=True):
    layer = keras.layers.Dense(1)
    layer.supports_jit = supports_jit
    model = keras.Sequential([keras.Input((1,)), layer])
    model.compile()
    return model


def test_without_the_option_only_a_gpu_brings_xla(pytestconfig):
    wanted = pytestconfig.getoption("xla") or bool(runtime.devices())
    assert compiled().jit_compile is wanted
    NotebookClient(notebook(wanted), kernel_name="python3").execute()


def test_the_option_reaches_the_kernels_of_notebooks(python, tmp_path):
    nbformat.write(notebook(wanted=True), tmp_path / "kernel.ipynb")
    command = [python, "-m", "pytest", "-q", "--xla", "-c", ROOT / "pyproject.toml"]
    command += ["--rootdir", tmp_path, "-p", "no:cacheprovider", tmp_path / "kernel.ipynb"]
    done = subprocess.run(list(map(str, command)), capture_output=True, text=True, timeout=240)
    assert "1 passed" in done.stdout, done.stdout + done.stderr


@pytest.mark.parametrize("supported", [True, False])
def test_a_layer_that_xla_cannot_compile_keeps_its_model_without(monkeypatch, supported):
    decide = xla_on_cpu.as_on_a_gpu(Trainer._resolve_auto_jit_compile)
    monkeypatch.setattr(Trainer, "_resolve_auto_jit_compile", decide)
    model = compiled(supports_jit=supported)
    assert model.jit_compile is supported
    model.compile(jit_compile=False)
    assert model.jit_compile is False
