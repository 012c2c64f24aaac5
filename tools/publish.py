"""Stamp the repository's address into README, badges and first cells: `make publish REPO=owner/name`.

The address stands in pyproject.toml; every other place is a copy that this writes and a test compares.
"""

import json
import re
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
FIRST_CELL = """\
import importlib.util

if importlib.util.find_spec("dl_course") is None:  # {where}
    {remedy}

from dl_course import runtime

runtime.setup({options})"""
INSTALL = (
    '%pip install --quiet "dl_course @ https://github.com/{repository}/archive/refs/heads/main.zip"'
)
NO_ADDRESS = (
    'raise ImportError("This copy has no published address: open it in the course\'s folder.")'
)
BADGE = (
    "[![Open in Colab](https://colab.research.google.com/assets/colab-badge.svg)]"
    "(https://colab.research.google.com/github/{repository}/blob/main/{path})"
)


def read_repository(root=ROOT):
    """Return `owner/name` from pyproject's project URLs."""
    text = (root / "pyproject.toml").read_text(encoding="utf-8")
    return re.search(r'^Repository = "https://github\.com/([^"]+)"', text, re.MULTILINE)[1]


def is_published(repository):
    """Whether an address has been set: OWNER stands for nobody."""
    return not repository.startswith("OWNER/")


def first_cell(repository, options):
    """What every notebook begins with: get the course if it isn't there, then set up."""
    if is_published(repository):
        where, remedy = "on Colab, or with this file alone", INSTALL.format(repository=repository)
    else:
        where, remedy = "with this file alone", NO_ADDRESS
    return FIRST_CELL.format(where=where, remedy=remedy, options=options)


def stamp_first_cell(text, old, new):
    """A notebook's JSON with the first cell of the new address, if it has that of the old one."""
    notebook = json.loads(text)
    cell = next(cell for cell in notebook["cells"] if cell["cell_type"] == "code")
    source = "".join(cell["source"])
    options = re.search(r"runtime\.setup\((.*)\)", source)
    if not options or source != first_cell(old, options[1]):
        return text
    cell["source"] = first_cell(new, options[1]).splitlines(keepends=True)
    return json.dumps(notebook, indent=1, ensure_ascii=False) + "\n"


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
        changed = stamp_first_cell(text, old, new) if path.suffix == ".ipynb" else text
        changed = re.sub(pattern, lambda match: match[1] + new, changed)
        if changed != text:
            path.write_text(changed, encoding="utf-8")
            print(f"{path.relative_to(root)}: stamped")


if __name__ == "__main__":
    try:
        publish(sys.argv[1] if len(sys.argv) > 1 else "")
    except ValueError as error:
        sys.exit(f"{error}\nUse: make publish REPO=owner/name")
