"""What the tests of pictures share."""

import matplotlib.pyplot as plt
import pytest


@pytest.fixture(autouse=True)
def _close_figures():
    yield
    plt.close("all")


@pytest.fixture
def written():
    """Read back the texts on axes, in the order they were drawn."""
    return lambda ax: [text.get_text() for text in ax.texts]
