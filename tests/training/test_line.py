"""One line in a log file, a terminal and a notebook."""

import contextlib
import io

from tiny import compiled, quick_fit, tiny_data


def test_a_log_file_holds_the_last_line_alone(capsys):
    quick_fit(compiled(), validation_data=tiny_data(20))
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == 1
    assert lines[0].startswith("2 epochs in 0:0")


class Terminal(io.StringIO):
    def isatty(self):
        return True


def test_a_terminal_is_written_over_within_its_width(monkeypatch):
    screen = Terminal()
    monkeypatch.setenv("COLUMNS", "40")
    with contextlib.redirect_stdout(screen):
        quick_fit(compiled())
    assert screen.getvalue().count("\n") == 1
    texts = screen.getvalue().rstrip("\n").split("\r")
    assert max(map(len, texts)) < 40
    assert texts[-1].startswith("2 epochs in")


def test_a_notebook_updates_one_display():
    """A real kernel: many updates, and one line that stays."""
    from nbclient import NotebookClient
    from nbformat.v4 import new_code_cell, new_notebook

    source = (
        "import keras, numpy as np\n"
        "from dl_course import training\n"
        "model = keras.Sequential([keras.layers.Input((2,)), keras.layers.Dense(1)])\n"
        "model.compile('sgd', 'mse')\n"
        "_ = model.fit(np.ones((40, 2)), np.ones(40), batch_size=4, epochs=3, verbose=0,\n"
        "              callbacks=[training.ProgressBar(every=0)])"
    )
    notebook = new_notebook(cells=[new_code_cell(source)])
    NotebookClient(notebook, timeout=120, kernel_name="python3").execute()
    shown = [each for each in notebook.cells[0].outputs if each.output_type == "display_data"]
    assert len(shown) == 1
    assert shown[0].data["text/plain"].startswith("3 epochs in 0:0")
