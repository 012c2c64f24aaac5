"""The set-up of a notebook: seed, quiet start, device, versions, and where data lives."""

from __future__ import annotations

import ast
import contextlib
import importlib.metadata
import inspect
import logging
import os
import platform
import shutil
import sys
import textwrap
from collections.abc import Callable
from pathlib import Path
from typing import Any

from dl_course import _validate

__all__ = ["cores", "data_folder", "devices", "setup", "show_source"]

MINIMUM_KERAS = (3, 5)


def setup(*, seed: int = 0, threads: int | None = None, precise: bool = False) -> None:
    """Prepare a notebook: seed everything, start Keras quietly, print what it runs on.

    Seeds Python's `random`, NumPy and the Keras backend; lets TensorFlow and JAX take GPU memory as
    they need it instead of all at once; prints one line with the versions and the device. A machine
    without a GPU is fine: every notebook of the course runs on a CPU.

    Args:
        seed: A whole number from 0 to 2**32 - 1. The same seed gives the same notebook.
        threads: The most threads that TensorFlow uses on the CPU; by default as many as there are
            cores. Very small networks are faster with one, because threads would wait for each other.
            No effect on other backends, or once TensorFlow has begun to compute.
        precise: True makes GPUs compute with all 32 bits of a number, so that Keras agrees with NumPy.
            False leaves each library at its default, which may be faster: matrix products and
            convolutions may then round their inputs to 10 binary digits. A CPU computes the same
            either way.

    Raises:
        TypeError: If `seed` or `threads` is not a whole number.
        ValueError: If `seed` or `threads` is out of range, or `precise` is not True or False.
        ImportError: If Keras is missing or too old; the message says what to install.
    """
    _validate.whole("seed", seed, at_least=0, at_most=2**32 - 1)
    if threads is not None:
        _validate.whole("threads", threads, at_least=1, at_most=4096)
    _validate.choice("precise", precise, (True, False))
    _check_keras()
    logging.getLogger("tensorflow").addFilter(_is_no_retracing)
    with _quiet_start():
        import keras

        _share_gpu(keras.backend.backend())
        _set_precision(keras.backend.backend(), precise)
        _limit_threads(keras.backend.backend(), threads)
        found = devices()
        keras.utils.clear_session()  # running the cell again starts anew: names, random numbers too
        keras.utils.set_random_seed(int(seed))  # seeds TensorFlow, and loads it, on any backend
    print(_describe(keras, found))


def devices() -> list[str]:
    """Name the GPUs (or other accelerators) the Keras backend can use.

    Returns:
        One name per accelerator, as ``"NVIDIA H100"``; an empty list if there is only the CPU.
    """
    import keras

    finders = {"tensorflow": _tensorflow_gpus, "jax": _jax_gpus, "torch": _torch_gpus}
    return finders.get(keras.backend.backend(), list)()


def data_folder() -> Path:
    """Return the folder with the small data the project made itself.

    Returns:
        `dl_course/data` in an installed package, the checkout's `data` otherwise.
    """
    installed = Path(__file__).parent / "data"
    return installed if installed.is_dir() else Path(__file__).parent.parent / "data"


def show_source(function: Callable) -> None:
    """Show a helper's code in the notebook, with its docstring cut to the first line.

    If there is a private function of the same name (`_conv2d` for `conv2d`), which does the work once
    the arguments are checked, its code is shown, under the public name; its arguments may differ
    from the public ones, which `help(function)` shows.

    Args:
        function: A function or class written in Python.

    Raises:
        TypeError: If there is no Python source to show.
    """
    from IPython.display import Markdown, display

    display(Markdown(f"```python\n{_short_source(function)}\n```"))


def _short_source(function) -> str:
    """The source of a function, or of its private half; its docstring cut to the first line."""
    name = getattr(function, "__name__", "")
    half = getattr(function, "__globals__", {}).get(f"_{name}")
    half = half if inspect.isfunction(half) else function
    try:
        source = textwrap.dedent(inspect.getsource(half))
    except (OSError, TypeError):
        raise TypeError(
            f"`function` must be a function or class written in Python. Received: {function!r}"
        ) from None
    source = source.replace(f"def _{name}(", f"def {name}(", 1)
    node: Any = ast.parse(source).body[0]  # a function or a class
    lines = source.rstrip().splitlines()
    if docstring := ast.get_docstring(node):
        first = node.body[0]
        indent = " " * first.col_offset
        lines[first.lineno - 1 : first.end_lineno] = [f'{indent}"""{docstring.splitlines()[0]}"""']
    return "\n".join(lines)


def _check_keras():
    """Raise an ImportError that says what to install if Keras is missing or too old."""
    wanted = ".".join(map(str, MINIMUM_KERAS))
    advice = f'Install it with: pip install --upgrade "keras>={wanted}", then restart the kernel.'
    try:
        version = importlib.metadata.version("keras")
    except importlib.metadata.PackageNotFoundError:
        raise ImportError(f"This course needs Keras {wanted} or newer. {advice}") from None
    if tuple(int(part) for part in version.split(".")[:2]) < MINIMUM_KERAS:
        raise ImportError(
            f"This course needs Keras {wanted} or newer. {advice} Received: Keras {version}"
        )


@contextlib.contextmanager
def _quiet_start():
    """Silence what TensorFlow's C++ code writes to stderr before its own logging starts."""
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")  # read once, when TensorFlow starts
    os.environ.setdefault("XLA_PYTHON_CLIENT_PREALLOCATE", "false")  # likewise, for JAX
    sys.stderr.flush()
    kept, nowhere = os.dup(2), os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 2)
    try:
        yield
    finally:
        sys.stderr.flush()
        os.dup2(kept, 2)
        os.close(kept)
        os.close(nowhere)


def _is_no_retracing(record):
    """False for TensorFlow's warning that a function met new shapes: in a notebook that is normal."""
    return "tf.function retracing" not in record.getMessage()


def _share_gpu(backend):
    """Let TensorFlow take GPU memory as needed, so that several notebooks fit on one GPU."""
    if backend == "tensorflow":
        from tensorflow import config

        for gpu in config.list_physical_devices("GPU"):
            with contextlib.suppress(RuntimeError):  # already in use: too late, and no harm
                config.experimental.set_memory_growth(gpu, True)


def _set_precision(backend, precise):
    """Compute with all 32 bits on GPUs, or as the library does by default."""
    if backend == "tensorflow":
        from tensorflow import config

        config.experimental.enable_tensor_float_32_execution(not precise)
    elif backend == "jax":
        import jax

        jax.config.update("jax_default_matmul_precision", "highest" if precise else None)
    elif backend == "torch":
        import torch

        torch.set_float32_matmul_precision("highest")  # products: PyTorch's default, too
        torch.backends.cudnn.allow_tf32 = not precise  # convolutions


def _limit_threads(backend, threads):
    """Let TensorFlow run so many operations at once, and each of them on so many cores."""
    if backend == "tensorflow" and threads is not None:
        from tensorflow import config

        with contextlib.suppress(RuntimeError):  # it has begun to compute: too late, and no harm
            config.threading.set_inter_op_parallelism_threads(int(threads))
            config.threading.set_intra_op_parallelism_threads(int(threads))


def _tensorflow_gpus():
    from tensorflow import config

    return [
        config.experimental.get_device_details(gpu).get("device_name", gpu.name)
        for gpu in config.list_physical_devices("GPU")
    ]


def _jax_gpus():
    import jax

    return [device.device_kind for device in jax.devices() if device.platform != "cpu"]


def _torch_gpus():
    import torch

    if torch.cuda.is_available():
        return [torch.cuda.get_device_name(n) for n in range(torch.cuda.device_count())]
    return ["Apple GPU"] if torch.backends.mps.is_available() else []


def _describe(keras, found):
    """One line: versions, device, and what to do if a GPU was expected."""
    backend = keras.backend.backend()
    versions = [("Python", platform.python_version()), ("Keras", keras.__version__)]
    if backend in sys.modules:
        names = {"tensorflow": "TensorFlow", "jax": "JAX", "torch": "PyTorch"}
        versions.append((names.get(backend, backend), sys.modules[backend].__version__))
    count = "1 core" if cores() == 1 else f"{cores()} cores"
    device = f"GPU: {', '.join(found)}" if found else f"CPU, {count} ({_gpu_advice(backend)})"
    return " · ".join([*(f"{name} {version}" for name, version in versions), device])


def cores() -> int:
    """Count the CPU cores this process may use: a container can be given fewer than the machine has.

    Returns:
        The number, at least 1.
    """
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


# What makes the backend see an NVIDIA card, as its own installation page says.
_GPU_PACKAGES = {
    "tensorflow": "'tensorflow[and-cuda]'",
    "jax": "--upgrade 'jax[cuda12]'",
    "torch": "--force-reinstall torch",  # PyPI's build for Linux has CUDA; others are for CPUs alone
}


def _gpu_advice(backend):
    """What to do when a GPU was expected but none is seen."""
    if "google.colab" in sys.modules:
        return "for a GPU: Runtime > Change runtime type > GPU, then run again"
    if shutil.which("nvidia-smi") and backend in _GPU_PACKAGES:
        return (
            "an NVIDIA driver is here but the backend sees no GPU; on Linux or WSL2: "
            f"pip install {_GPU_PACKAGES[backend]}, then restart the kernel"
        )
    return "no GPU needed; if you expected one, see 'No GPU is seen' in README.md"
