"""Let Keras decide about XLA on a CPU as it does on a GPU: `pytest --xla`.

With `jit_compile="auto"` Keras compiles a model with XLA if a GPU is there and all layers support it. Here
it is told of a GPU while it decides, and of nothing else: the model is compiled with XLA, for the CPU.
"""

import functools
import importlib.util
import sys
from types import SimpleNamespace
from unittest import mock

TRAINER = "keras.src.trainers.trainer"
GPU = SimpleNamespace(name="/physical_device:GPU:0", device_type="GPU")


def switch_on():
    """Change Keras now, or as soon as it is imported; nothing is imported before its time."""
    if TRAINER in sys.modules:
        change(sys.modules[TRAINER])
    else:
        sys.meta_path.insert(0, ChangeWhenImported())


def write_startup_file(ipython_folder):
    """Write the file that switches XLA on in each kernel whose IPYTHONDIR is this folder."""
    startup = ipython_folder / "profile_default" / "startup"
    startup.mkdir(parents=True)
    code = f"__import__('runpy').run_path({__file__!r})['switch_on']()\n"  # leaves no name behind
    (startup / "xla.py").write_text(code, encoding="utf-8")


class ChangeWhenImported:
    """An import hook for one module, which it changes after it has run."""

    def find_spec(self, name, path=None, target=None):
        """Find the module as Python would, and add the change."""
        if name != TRAINER:
            return None
        sys.meta_path.remove(self)
        spec = importlib.util.find_spec(name)
        run = spec.loader.exec_module

        def run_and_change(module):
            run(module)
            change(module)

        spec.loader.exec_module = run_and_change
        return spec


def change(trainer):
    """Let the models of this module of Keras decide as on a GPU."""
    decide = trainer.Trainer._resolve_auto_jit_compile
    trainer.Trainer._resolve_auto_jit_compile = as_on_a_gpu(decide)


def as_on_a_gpu(decide):
    """Return the same decision, made in sight of a GPU."""

    @functools.wraps(decide)
    def decide_as_on_a_gpu(model):
        import keras

        if keras.backend.backend() != "tensorflow":  # others look for no GPU
            return decide(model)
        from tensorflow import config

        with mock.patch.object(config, "list_physical_devices", return_value=[GPU]):
            return decide(model)

    return decide_as_on_a_gpu
