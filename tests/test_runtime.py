"""The set-up of a notebook, in fresh interpreters where it matters."""

import importlib.metadata
import importlib.util
import logging
import os
import random
import re
import subprocess
from types import SimpleNamespace
from unittest.mock import Mock, call

import keras
import numpy as np
import pytest
from support import ROOT

from dl_course import runtime


def run(python, code, **environment):
    """Run code in a fresh interpreter, outside the checkout's folder."""
    return subprocess.run(
        [python, "-c", code],
        capture_output=True,
        text=True,
        cwd=ROOT / "tests",
        env={**os.environ, **environment},
        timeout=240,
    )


BACKENDS = {"tensorflow": "TensorFlow", "jax": "JAX", "torch": "PyTorch"}


def run_on(backend, python, code):
    """Run code on a backend, or skip the test if that isn't installed."""
    if importlib.util.find_spec(backend) is None:
        pytest.skip(f"{BACKENDS[backend]} is not installed")
    noisy = {"TF_CPP_MIN_LOG_LEVEL": "0", "TF_ENABLE_ONEDNN_OPTS": "1"}
    done = run(python, code, KERAS_BACKEND=backend, **noisy)
    assert done.returncode == 0, done.stderr
    return done


@pytest.mark.parametrize("backend", BACKENDS)
def test_setup_prints_one_line_and_nothing_on_stderr(backend, python):
    done = run_on(backend, python, "from dl_course import runtime; runtime.setup(seed=1)")
    assert done.stderr == ""
    (line,) = done.stdout.splitlines()
    versions = rf"Python 3\.\d+\.\d+\S* · Keras {importlib.metadata.version('keras')} · "
    version = rf"{BACKENDS[backend]} \d+\.\d+\S*"
    assert re.fullmatch(rf"{versions}{version} · (CPU, \d+ cores? \(.+\)|GPU: .+)", line)


def test_seeding_is_quiet_too(monkeypatch, capfd):
    """Keras seeds TensorFlow where it is installed, whatever the backend: that is its first import."""
    monkeypatch.setattr(keras.utils, "set_random_seed", lambda seed: os.write(2, b"noise"))
    runtime.setup()
    assert capfd.readouterr().err == ""


def test_stderr_works_again_after_setup(python):
    code = (
        "import os, sys; from dl_course import runtime; runtime.setup()\n"
        "print('python', file=sys.stderr); os.write(2, b'descriptor')"
    )
    assert run(python, code).stderr.split() == ["python", "descriptor"]


def test_the_same_seed_gives_the_same_numbers(capsys):
    def draw():
        legacy = np.random.rand()  # noqa: NPY002 (setup seeds the old generator too)
        return random.random(), legacy, float(keras.random.uniform(()))

    draws = []
    for seed in (1, 1, 2):
        runtime.setup(seed=seed)
        draws.append(draw())
    assert draws[0] == draws[1]
    assert all(a != b for a, b in zip(draws[0], draws[2], strict=True))
    assert len(capsys.readouterr().out.splitlines()) == 3


@pytest.mark.parametrize("seed", [1.5, "1", None, True, [1]])
def test_a_seed_of_the_wrong_type(seed):
    with pytest.raises(TypeError, match="`seed` must be a whole number. Received: "):
        runtime.setup(seed=seed)


@pytest.mark.parametrize("seed", [-1, 2**32])
def test_a_seed_out_of_range(seed):
    with pytest.raises(ValueError, match=rf"`seed` must be from 0 .*Received: {seed}"):
        runtime.setup(seed=seed)


@pytest.mark.parametrize(
    ("threads", "error"), [(0, ValueError), (5000, ValueError), (1.5, TypeError)]
)
def test_a_wrong_number_of_threads(threads, error):
    with pytest.raises(error, match=r"`threads` must be .*Received: "):
        runtime.setup(threads=threads)


def test_the_number_of_threads_reaches_tensorflow(python):
    code = (
        "from dl_course import runtime; runtime.setup(threads=1); runtime.setup(threads=1)\n"
        "import tensorflow as tf; t = tf.config.threading; float(tf.ones(()))\n"
        "print(t.get_inter_op_parallelism_threads(), t.get_intra_op_parallelism_threads())\n"
        "runtime.setup(threads=2)  # too late, and no harm\n"
    )
    done = run(python, code, KERAS_BACKEND="tensorflow")
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines()[2] == "1 1"


def test_a_numpy_seed_is_fine(capsys):
    runtime.setup(seed=np.int64(3))
    assert capsys.readouterr().out


# Precision on GPUs --------------------------------------------------------------------------------

READ_PRECISION = {
    "tensorflow": "tf.config.experimental.tensor_float_32_execution_enabled()",
    "jax": "jax.config.jax_default_matmul_precision",
    "torch": "torch.get_float32_matmul_precision(), torch.backends.cudnn.allow_tf32",
}
PRECISION = {  # by default, with `precise=True`
    "tensorflow": ("True", "False"),
    "jax": ("None", "highest"),
    "torch": ("highest True", "highest False"),
}


@pytest.mark.parametrize("backend", BACKENDS)
def test_precision_is_switched_on_and_off_again(backend, python):
    read = READ_PRECISION[backend]
    code = f"import {backend}{' as tf' * (backend == 'tensorflow')}; print({read})\n"
    code += "from dl_course import runtime\n"
    for options in ("", "precise=True", "seed=1, precise=True", "precise=False", "precise=True"):
        code += f"runtime.setup({options}); print({read})\n"
    printed = run_on(backend, python, code).stdout.splitlines()
    values = [line for line in printed if not line.startswith("Python 3.")]
    usual, full = PRECISION[backend]
    assert values == [usual, usual, full, full, usual, full]


def test_precision_of_tensorflow(monkeypatch):
    switch = Mock()
    config = SimpleNamespace(
        experimental=SimpleNamespace(enable_tensor_float_32_execution=switch),
    )
    monkeypatch.setitem(runtime.sys.modules, "tensorflow", SimpleNamespace(config=config))
    runtime._set_precision("tensorflow", True)
    runtime._set_precision("tensorflow", False)
    assert switch.mock_calls == [call(False), call(True)]


def test_precision_of_jax(monkeypatch):
    jax = Mock()
    monkeypatch.setitem(runtime.sys.modules, "jax", jax)
    runtime._set_precision("jax", True)
    runtime._set_precision("jax", False)
    name = "jax_default_matmul_precision"
    assert jax.config.update.mock_calls == [call(name, "highest"), call(name, None)]


def test_precision_of_torch(monkeypatch):
    torch = Mock()
    monkeypatch.setitem(runtime.sys.modules, "torch", torch)
    runtime._set_precision("torch", True)
    torch.set_float32_matmul_precision.assert_called_with("highest")
    assert torch.backends.cudnn.allow_tf32 is False
    runtime._set_precision("torch", False)
    torch.set_float32_matmul_precision.assert_called_with("highest")
    assert torch.backends.cudnn.allow_tf32 is True


@pytest.mark.parametrize("precise", [1, 0, None, "highest"])
def test_precise_of_the_wrong_type(precise):
    words = f"`precise` must be one of True, False. Received: {precise!r}"
    with pytest.raises(TypeError, match=words):
        runtime.setup(precise=precise)


# Versions ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("version", ["2.15.0", "3.4.1"])
def test_keras_too_old_says_what_to_install(monkeypatch, version):
    monkeypatch.setattr(importlib.metadata, "version", lambda name: version)
    with pytest.raises(
        ImportError, match=f'pip install --upgrade "keras>=3.5".*Received: Keras {version}'
    ):
        runtime.setup()


def test_no_keras_says_what_to_install(monkeypatch):
    def missing(name):
        raise importlib.metadata.PackageNotFoundError(name)

    monkeypatch.setattr(importlib.metadata, "version", missing)
    with pytest.raises(ImportError, match='pip install --upgrade "keras>=3.5"'):
        runtime.setup()


def test_the_minimum_version_is_the_one_that_is_declared():
    declared = importlib.metadata.requires("dl_course")
    assert f"keras>={'.'.join(map(str, runtime.MINIMUM_KERAS))}" in declared


@pytest.mark.parametrize(
    ("modules", "programs", "backend", "words"),
    [
        (["google.colab"], ["nvidia-smi"], "jax", "Runtime > Change runtime type"),
        ([], ["nvidia-smi"], "tensorflow", "pip install 'tensorflow[and-cuda]', then"),
        ([], ["nvidia-smi"], "jax", "pip install --upgrade 'jax[cuda12]', then"),
        ([], ["nvidia-smi"], "torch", "pip install --force-reinstall torch, then"),
        ([], ["nvidia-smi"], "numpy", "README.md"),
        ([], [], "tensorflow", "README.md"),
    ],
)
def test_gpu_advice_fits_the_machine_and_the_backend(
    monkeypatch, modules, programs, backend, words
):
    monkeypatch.setattr(runtime.shutil, "which", lambda name: name if name in programs else None)
    monkeypatch.setattr(keras.backend, "backend", lambda: backend)
    monkeypatch.setitem(runtime.sys.modules, backend, SimpleNamespace(__version__="1.2"))
    for name in modules:
        monkeypatch.setitem(runtime.sys.modules, name, object())
    assert words in runtime._describe(keras, [])


@pytest.mark.parametrize("backend", ["tensorflow", "jax"])
def test_the_package_named_has_this_extra(backend):
    """So that pip installs it with CUDA instead of printing a warning."""
    if importlib.util.find_spec(backend) is None:
        pytest.skip(f"{BACKENDS[backend]} is not installed")
    extra = re.search(r"\[(.+)\]", runtime._GPU_PACKAGES[backend])[1]
    assert extra in importlib.metadata.metadata(backend).get_all("Provides-Extra")


def test_readme_has_the_section_the_advice_names():
    assert "No GPU is seen" in (ROOT / "README.md").read_text(encoding="utf-8")


def test_a_gpu_is_named():
    line = runtime._describe(keras, ["NVIDIA H100", "NVIDIA H100"])
    assert line.endswith("GPU: NVIDIA H100, NVIDIA H100")


# Devices -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("backend", BACKENDS)
def test_devices_are_those_the_backend_sees(backend, python):
    code = "import keras; from dl_course import runtime; runtime.setup(); print(runtime.devices())"
    line, names = run_on(backend, python, code).stdout.splitlines()
    assert ("CPU, " in line) == (names == "[]")


def fake_tensorflow(names):
    gpus = [SimpleNamespace(name=f"GPU:{n}") for n in range(len(names))]
    details = dict(zip((gpu.name for gpu in gpus), names, strict=True))
    experimental = SimpleNamespace(
        get_device_details=lambda gpu: (
            {"device_name": details[gpu.name]} if details[gpu.name] else {}
        )
    )
    kinds = {"GPU": gpus, "CPU": [SimpleNamespace(name="CPU:0")]}
    config = SimpleNamespace(experimental=experimental, list_physical_devices=kinds.get)
    return SimpleNamespace(config=config)


def fake_jax(*devices):
    pairs = [SimpleNamespace(platform=platform, device_kind=kind) for platform, kind in devices]
    return SimpleNamespace(devices=lambda: pairs)


def fake_torch(cuda=(), mps=False):
    return SimpleNamespace(
        cuda=SimpleNamespace(
            is_available=lambda: bool(cuda),
            device_count=lambda: len(cuda),
            get_device_name=lambda n: cuda[n],
        ),
        backends=SimpleNamespace(mps=SimpleNamespace(is_available=lambda: mps)),
    )


@pytest.mark.parametrize(
    ("backend", "module", "names"),
    [
        ("tensorflow", fake_tensorflow([]), []),
        ("tensorflow", fake_tensorflow(["NVIDIA H100", None]), ["NVIDIA H100", "GPU:1"]),
        ("jax", fake_jax(("cpu", "cpu")), []),
        (
            "jax",
            fake_jax(("gpu", "NVIDIA H100"), ("gpu", "NVIDIA L4")),
            ["NVIDIA H100", "NVIDIA L4"],
        ),
        ("jax", fake_jax(("tpu", "TPU v4")), ["TPU v4"]),
        ("torch", fake_torch(), []),
        ("torch", fake_torch(cuda=["NVIDIA H100", "NVIDIA L4"]), ["NVIDIA H100", "NVIDIA L4"]),
        ("torch", fake_torch(mps=True), ["Apple GPU"]),
    ],
)
def test_devices_of_each_backend(monkeypatch, backend, module, names):
    monkeypatch.setattr(keras.backend, "backend", lambda: backend)
    monkeypatch.setitem(runtime.sys.modules, backend, module)
    assert runtime.devices() == names


def test_an_unknown_backend_has_no_devices(monkeypatch):
    monkeypatch.setattr(keras.backend, "backend", lambda: "numpy")
    assert runtime.devices() == []


# Data ---------------------------------------------------------------------------------------------


def test_the_data_folder_of_the_checkout():
    assert runtime.data_folder() == ROOT / "data"
    assert (runtime.data_folder() / "README.md").is_file()


# Showing source ----------------------------------------------------------------------------------


def documented(x):
    """Return twice `x`.

    Args:
        x: A number.
    """
    return 2 * x


def test_show_source_keeps_one_line_of_the_docstring():
    assert runtime._short_source(documented).splitlines() == [
        "def documented(x):",
        '    """Return twice `x`."""',
        "    return 2 * x",
    ]


def checked(x):
    """Return twice a number."""
    return _checked(float(x))


def _checked(x):
    """Double it, as in `def _checked(x)`."""
    return 2 * x


def test_show_source_shows_the_private_half_under_the_public_name():
    assert runtime._short_source(checked).splitlines() == [
        "def checked(x):",
        '    """Double it, as in `def _checked(x)`."""',
        "    return 2 * x",
    ]
    assert runtime._short_source(_checked).startswith("def _checked(x):\n")


def test_show_source_of_something_without_a_docstring():
    assert runtime._short_source(run).startswith("def run(python, code, **environment):\n")


@pytest.mark.parametrize("thing", [len, 3, "text"])
def test_show_source_refuses_what_has_no_source(thing):
    with pytest.raises(TypeError, match="`function` must be .*Received: "):
        runtime.show_source(thing)


def test_only_the_warning_of_retracing_is_kept_away():
    def record(message):
        return logging.makeLogRecord({"msg": message, "levelno": logging.WARNING})

    assert not runtime._is_no_retracing(record("5 calls triggered tf.function retracing. Tracing"))
    assert runtime._is_no_retracing(record("something else"))
