"""Stamp the repository's address into README, badges and first cells: `make publish REPO=owner/name`.

The address stands in pyproject.toml; every other place is a copy that this writes and a test compares.
"""

import re
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
FIRST_CELL = """\
import importlib.util

if importlib.util.find_spec("dl_course") is None:  # on Colab, or with this file alone
    %pip install --quiet "dl_course @ https://github.com/{repository}/archive/refs/heads/main.zip"

from dl_course import runtime

runtime.setup({options})"""
BADGE = (
    "[![Open in Colab](https://colab.research.google.com/assets/colab-badge.svg)]"
    "(https://colab.research.google.com/github/{repository}/blob/main/{path})"
)


def read_repository(root=ROOT):
    """Return `owner/name` from pyproject's project URLs."""
    text = (root / "pyproject.toml").read_text(encoding="utf-8")
    return re.search(r'^Repository = "https://github\.com/([^"]+)"', text, re.MULTILINE)[1]


def stamped_files(root=ROOT):
    """The files that hold the address."""
    notebooks = (root / "notebooks").glob("**/*.ipynb")
    visible = (path for path in notebooks if ".ipynb_checkpoints" not in path.parts)
    return [root / "pyproject.toml", root / "README.md", *sorted(visible)]


def publish(new, root=ROOT):
    """Replace the old address by `new` everywhere.

    Raises:
        ValueError: If `new` is not of the form owner/name.
    """
    if not re.fullmatch(r"[A-Za-z0-9-]+/[A-Za-z0-9._-]+", new):
        raise ValueError(f"`REPO` must be owner/name, as in OWNER/dl_course. Received: {new!r}")
    old = read_repository(root)
    for path in stamped_files(root):
        text = path.read_text(encoding="utf-8")
        pattern = rf"(github\.com/|colab\.research\.google\.com/github/){re.escape(old)}(?![\w.-])"
        changed, count = re.subn(pattern, lambda match: match[1] + new, text)
        if changed != text:
            path.write_text(changed, encoding="utf-8")
            print(f"{path.relative_to(root)}: {count} places")


if __name__ == "__main__":
    try:
        publish(sys.argv[1] if len(sys.argv) > 1 else "")
    except ValueError as error:
        sys.exit(f"{error}\nUse: make publish REPO=owner/name")
