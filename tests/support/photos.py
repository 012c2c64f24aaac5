"""Photographs for the tests: files of one colour, classifiers, a browser that sends files."""

import io
from pathlib import Path

from PIL import Image

from dl_course import datasets


def picture_file(colour="red", kind="png"):
    """A picture of one colour, as the bytes of a file."""
    file = io.BytesIO()
    Image.new("RGB", (12, 8), colour).save(file, format=kind)
    return file.getvalue()


class Colours:
    """A classifier that knows colours, and keeps the paths it was asked about."""

    def __init__(self):
        self.asked = []

    def classify(self, path):
        self.asked.append(path)
        red, green, blue = datasets.load_picture(path, image_size=4).mean(axis=(0, 1))
        return {"blue": blue, "green": green, "red": red}  # NumPy's numbers, not in order


class Says:
    """A classifier that always says, or raises, the same."""

    def __init__(self, answer):
        self.answer = answer

    def classify(self, path):
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer


def sends(widget, name, content, *, to="", piece=40, is_first=True, id="1"):
    """What the browser sends of a file."""
    for start in range(0, max(len(content), 1), piece):
        about = {"kind": "picture", "id": id, "name": name, "class": to, "isFirst": is_first}
        about["isLast"] = start + piece >= len(content)
        widget._handle_custom_msg(about, [memoryview(content[start : start + piece])])


def kept(collector):
    """The files in the folder of a collector, with their contents."""
    root = Path(collector.path)
    files = (path for path in root.rglob("*") if path.is_file())
    return {path.relative_to(root).as_posix(): path.read_bytes() for path in files}
