"""A plugin of pytest for tests and notebooks alike: `--xla`, and how two workers share the files."""

import tempfile
from pathlib import Path

import pytest
import xla_on_cpu

from dl_course import runtime


def pytest_addoption(parser):
    """Add `--xla`."""
    text = "compile models with XLA on the CPU too, where Keras would on a GPU; in kernels as well"
    parser.addoption("--xla", action="store_true", help=text)


def pytest_configure(config):
    """Switch XLA on if asked, and let two workers take the files in the order below."""
    if config.getoption("xla"):
        patch = pytest.MonkeyPatch()
        folder = tempfile.TemporaryDirectory(prefix="ipython-")
        xla_on_cpu.write_startup_file(Path(folder.name))
        patch.setenv("IPYTHONDIR", folder.name)  # of every kernel that is started from now on
        config.add_cleanup(folder.cleanup)
        config.add_cleanup(patch.undo)
        xla_on_cpu.switch_on()
    config.option.loadscopereorder = False  # xdist's own order is by the number of tests


def pytest_collection_modifyitems(config, items):
    """In a worker: notebooks first, the last and longest of them first; short tests fill the end."""
    if hasattr(config, "workerinput"):
        items.sort(key=lambda item: (item.path.suffix == ".ipynb", item.path.name), reverse=True)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_auto_num_workers():
    """Two workers for `-n auto` if there are two cores: more would need more memory than many have."""
    return min(2, runtime.cores())
