"""What Jupyter keeps of a widget in a notebook."""

import pytest


@pytest.fixture
def saved():
    """Give the output that is saved for a widget: a text, and the number of its model."""

    def read(widget):
        found = widget._repr_mimebundle_()
        return found[0] if isinstance(found, tuple) else found

    return read
