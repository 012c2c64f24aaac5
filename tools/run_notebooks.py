"""Execute notebooks in order and save their outputs: `python tools/run_notebooks.py [FILE …]`.

A notebook is saved only when every cell has run; otherwise the old file stays as it was.
"""

import argparse
import contextlib
import os
import sys
import tempfile
import threading
import time
from pathlib import Path

import nbformat
import psutil
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError, CellTimeoutError, DeadKernelError

ROOT = Path(__file__).resolve().parent.parent


def find_notebooks():
    """All notebooks of the course in order, each followed by its solutions."""
    found = (ROOT / "notebooks").glob("**/[0-9]*.ipynb")
    visible = [path for path in found if ".ipynb_checkpoints" not in path.parts]
    return sorted(visible, key=lambda path: (path.name, len(path.parts)))


def execute(path, timeout):
    """Run every cell of a notebook in a new kernel.

    Returns:
        The notebook with outputs, and the peak memory of its kernel in MB.

    Raises:
        NotebookError: If a cell raises, takes longer than `timeout` seconds, or kills the kernel.
    """
    notebook = nbformat.read(path, as_version=4)
    client = NotebookClient(
        notebook,
        timeout=timeout,
        kernel_name="python3",
        resources={"metadata": {"path": str(path.parent)}},
        record_timing=False,
        coalesce_streams=True,
        extra_arguments=["--IPKernelApp.log_level=40"],  # errors only
    )
    cells = [cell for cell in notebook.cells if cell.cell_type == "code"]
    with client.setup_kernel():
        peak = PeakMemory(client.km.provisioner.pid)
        for number, cell in enumerate(cells, start=1):
            try:
                client.execute_cell(cell, notebook.cells.index(cell), execution_count=number)
            except (CellExecutionError, CellTimeoutError, DeadKernelError) as error:
                raise NotebookError(path, number, cell.source, error) from None
        memory = peak.stop()
    notebook.metadata["language_info"] = {"name": "python"}  # versions would only make noise
    return notebook, memory


class NotebookError(Exception):
    """A cell that did not run; says which notebook, which cell, and why."""

    def __init__(self, path, number, source, error):
        reason = {
            CellTimeoutError: "took too long",
            DeadKernelError: "killed the kernel (out of memory?)",
        }.get(type(error)) or f"raised {error.ename}: {error.evalue}"
        indented = "\n".join(f"    {line}" for line in source.splitlines())
        super().__init__(f"{path.name}, code cell {number}, {reason}\n{indented}")


class PeakMemory(threading.Thread):
    """Watches how much memory a process takes, every tenth of a second."""

    def __init__(self, pid):
        super().__init__(daemon=True)
        self.process, self.done, self.bytes = psutil.Process(pid), threading.Event(), 0
        self.start()

    def run(self):
        """Look until told to stop, or until the process is gone."""
        with contextlib.suppress(psutil.Error):
            while not self.done.wait(0.1):
                self.bytes = max(self.bytes, self.process.memory_info().rss)

    def stop(self):
        """Return the largest figure seen, in MB."""
        self.done.set()
        self.join()
        return self.bytes / 1e6


def save(notebook, path):
    """Replace the old file in one move, so that it is never half written."""
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            nbformat.write(notebook, file)
        os.chmod(temporary, path.stat().st_mode)
        os.replace(temporary, path)
    except BaseException:
        os.unlink(temporary)
        raise


def parse_arguments():
    """Which notebooks to run, and how long a cell may take."""
    parser = argparse.ArgumentParser(
        description="Execute notebooks in order and save their outputs."
    )
    parser.add_argument("notebooks", nargs="*", type=Path, help="default: all of the course")
    parser.add_argument("--timeout", type=int, default=240, help="seconds a cell may take")
    arguments = parser.parse_args()
    for path in arguments.notebooks:
        if not path.is_file():
            parser.error(f"there is no notebook {path}")
    return arguments


def main():
    """Run them one after the other; stop at the first that fails."""
    arguments = parse_arguments()
    notebooks = [path.resolve() for path in arguments.notebooks] or find_notebooks()
    os.environ["DL_COURSE_PROGRESS"] = "off"  # what is saved tells of nobody's own progress
    for path in notebooks:
        name = path.relative_to(ROOT) if path.is_relative_to(ROOT) else path
        print(f"{name} … ", end="", flush=True)
        start = time.perf_counter()
        try:
            notebook, memory = execute(path, arguments.timeout)
        except NotebookError as failure:
            sys.exit(f"failed\n{failure}\n{name} is left as it was.")
        save(notebook, path)
        print(f"{time.perf_counter() - start:.0f} s, {memory:.0f} MB", flush=True)


if __name__ == "__main__":
    main()
