"""A notebook that shows lines, as IPython presents one to a program."""

import threading
from types import SimpleNamespace

import pytest


@pytest.fixture
def notebook(monkeypatch):
    """The texts that its displays have shown, the displays, and the threads that asked for it."""
    seen = SimpleNamespace(texts=[], displays=[], threads=set())

    def show(content, *, raw):
        seen.texts.append(content["text/plain"])
        seen.threads.add(threading.get_ident())

    def display(content, *, raw, display_id):
        show(content, raw=raw)
        seen.displays.append(SimpleNamespace(update=show))
        return seen.displays[-1]

    monkeypatch.setattr("IPython.get_ipython", lambda: SimpleNamespace(kernel=object()))
    monkeypatch.setattr("IPython.display.display", display)
    return seen


@pytest.fixture
def shown(notebook):
    """What a notebook shows, one text after the other."""
    return notebook.texts
