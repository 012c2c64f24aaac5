"""What the package says about itself holds: examples run, public functions have types."""

import ast
import doctest
import importlib
import inspect
import re

import matplotlib.pyplot as plt
import numpy as np
import pytest
from support import ROOT

PACKAGE = ROOT / "dl_course"
TO_BE_READ = [
    "augmentation",
    "autodiff",
    "convolution",
    "evaluation",
    "neurons",
    "normalization",
    "optimizers",
    "pooling",
]


def dotted(path):
    """`dl_course.plots.figure` for dl_course/plots/figure.py."""
    return ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")


MODULES = [dotted(path) for path in sorted(PACKAGE.glob("**/*.py"))]
each_module = pytest.mark.parametrize("name", MODULES)


def public_functions(name):
    """The module's own public functions: those it defines and lists in `__all__`."""
    module = importlib.import_module(name)
    found = {public: getattr(module, public) for public in getattr(module, "__all__", ())}
    return {
        public: value
        for public, value in found.items()
        if inspect.isfunction(value) and value.__module__ == name
    }


@each_module
def test_examples_are_true(name, monkeypatch):
    module = importlib.import_module(name)
    with np.printoptions(legacy=False):
        result = doctest.testmod(module, optionflags=doctest.NORMALIZE_WHITESPACE)
    plt.close("all")  # matplotlib warns when more than 20 figures are open
    assert result.failed == 0


@pytest.mark.parametrize("name", TO_BE_READ)
def test_what_is_taught_has_an_example(name):
    for public, function in public_functions(f"dl_course.{name}").items():
        assert ">>>" in inspect.getdoc(function), public


@each_module
def test_what_is_taught_occurs_in_the_notebook_that_is_named(name):
    for public in getattr(importlib.import_module(name), "__all__", ()):
        value = getattr(importlib.import_module(name), public)
        if getattr(value, "__module__", None) != name:
            continue
        for number in re.findall(
            r"^Taught in notebook (\d\d)\.$", inspect.getdoc(value) or "", re.M
        ):
            (path,) = (ROOT / "notebooks").glob(f"{number}_*.ipynb")
            assert re.search(rf"\b{public}\b", path.read_text(encoding="utf-8")), public


@each_module
def test_public_functions_have_types(name):
    """Every argument and what comes back; mypy says whether they are right (`make lint`)."""
    tree = ast.parse(inspect.getsource(importlib.import_module(name)))
    public = set(getattr(importlib.import_module(name), "__all__", ()))
    for node in tree.body:
        if isinstance(node, ast.ClassDef) and node.name in public:
            functions = [one for one in node.body if isinstance(one, ast.FunctionDef)]
        elif isinstance(node, ast.FunctionDef) and node.name in public:
            functions = [node]
        else:
            functions = []
        for function in functions:
            if function.name.startswith("_") and function.name != "__init__":
                continue
            arguments = function.args
            named = arguments.posonlyargs + arguments.args + arguments.kwonlyargs
            untyped = [one.arg for one in named if not one.annotation and one.arg != "self"]
            assert not untyped, f"{node.name}: {untyped}"
            assert function.returns or function.name == "__init__", f"{node.name}: returns"
