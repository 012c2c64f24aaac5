"""The house keeps its shape: arrows point downward, lower floors know no Keras, importing is quick."""

import ast
import graphlib
import importlib
import os
import subprocess

import pytest
from support import ROOT

PACKAGE = ROOT / "dl_course"
FLOORS = [
    {"_validate"},  # the cellar: checks of arguments, and where a window lies
    {"_windows"},
    {
        "runtime",
        "autodiff",
        "neurons",
        "optimizers",
        "convolution",
        "pooling",
        "normalization",
        "augmentation",
        "evaluation",
        "handwriting",
    },
    {"datasets", "plots"},
    {"models", "checks"},
    {"training"},
    {"widgets"},
]
MODULES = sorted(PACKAGE.glob("**/*.py"))
BACKENDS = {"keras", "tensorflow", "jax", "torch", "tf_keras"}


def name_of(path):
    """`neurons` for dl_course/neurons.py, `checks` for everything in dl_course/checks."""
    return path.relative_to(PACKAGE).parts[0].removesuffix(".py")


def floor_of(name):
    return next(number for number, names in enumerate(FLOORS) if name in names)


def imports(path, *, lazy=True):
    """Every module a file imports, as a dotted name; without `lazy`, only those at its top level."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    found = set()
    for node in ast.walk(tree) if lazy else tree.body:
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path.name}: write imports out in full"
            found |= {f"{node.module}.{alias.name}" for alias in node.names}
    return found


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_arrows_point_downward(path):
    name = name_of(path)
    if name == "__init__":
        assert imports(path) == set()
        return
    for imported in imports(path):
        parts = imported.split(".")
        if parts[0] == "dl_course" and len(parts) > 1 and parts[1] != name:
            assert floor_of(parts[1]) < floor_of(name), f"{name} imports {parts[1]}"


def test_no_module_imports_another_in_a_circle():
    """File by file, also inside the folders; a folder's `__init__` may be imported by nobody inside."""
    dotted = {".".join(path.relative_to(ROOT).with_suffix("").parts): path for path in MODULES}
    names = {name.removesuffix(".__init__"): path for name, path in dotted.items()}
    graph = {
        name: {found for one in imports(path) if (found := nearest(one, names)) and found != name}
        for name, path in names.items()
    }
    assert any(graph.values())
    graphlib.TopologicalSorter(graph).prepare()  # raises CycleError, which names the circle


def nearest(imported, names):
    """The module of ours that an imported name stands in, or None."""
    parts = imported.split(".")
    candidates = (".".join(parts[:length]) for length in range(len(parts), 0, -1))
    found = next((name for name in candidates if name in names), None)
    return None if found == "dl_course" else found


def test_the_tests_mirror_the_package():
    """Each module has a file of tests of its name, in the folder of the same name."""
    modules = {path.relative_to(PACKAGE) for path in MODULES if path.name != "__init__.py"}
    tests = {path: path.parent / f"test_{path.name.removeprefix('_')}" for path in modules}
    missing = {str(path) for path, test in tests.items() if not (ROOT / "tests" / test).is_file()}
    assert missing == set()


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_keras_is_imported_by_models_and_above_them(path):
    name = name_of(path)
    if name != "__init__" and floor_of(name) >= floor_of("models"):
        return
    used = {imported.split(".")[0] for imported in imports(path, lazy=name != "runtime")}
    assert not used & BACKENDS


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_only_runtime_knows_the_backend(path):
    used = {imported.split(".")[0] for imported in imports(path)}
    if name_of(path) != "runtime":
        assert not used & (BACKENDS - {"keras"})


def module_of(path):
    parts = path.relative_to(ROOT).with_suffix("").parts
    return importlib.import_module(".".join(parts).removesuffix(".__init__"))


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_public_names_are_declared(path):
    """Every public function and class is in `__all__`, also of a private module, and all of it exists."""
    tree, module = ast.parse(path.read_text(encoding="utf-8")), module_of(path)
    if path == PACKAGE / "__init__.py":
        return
    assert module.__all__ == sorted(set(module.__all__), key=constants_classes_functions)
    missing = {name for name in module.__all__ if not hasattr(module, name)}
    undeclared = {node.name for node in definitions(tree)} - set(module.__all__)
    assert (missing, undeclared) == (set(), set())


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_public_names_are_documented(path):
    """Methods too, but for those that override one of a base class."""
    tree, module = ast.parse(path.read_text(encoding="utf-8")), module_of(path)
    assert ast.get_docstring(tree), "a module says what it is about"
    silent = {node.name for node in definitions(tree) if not ast.get_docstring(node)}
    for node in definitions(tree):
        if isinstance(node, ast.ClassDef):
            bases = getattr(module, node.name).__mro__[1:]
            silent |= {
                f"{node.name}.{method.name}"
                for method in definitions(node)
                if not ast.get_docstring(method)
                and not any(hasattr(base, method.name) for base in bases)
            }
    assert silent == set()


def constants_classes_functions(name):
    """The order of names in `__all__`, as ruff sorts them."""
    return not name.isupper(), name[0].islower(), name


def definitions(tree):
    """The public functions and classes, or a class' public methods and properties."""
    kinds = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
    return [
        node
        for node in tree.body
        if isinstance(node, kinds)
        and not node.name.startswith("_")
        and "overload" not in map(ast.unparse, node.decorator_list)
    ]


def loaded(python, statement):
    """The packages that are there after an import in a fresh interpreter."""
    code = f"import sys; {statement}; print(*sys.modules)"
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}  # Windows needs more than a path
    done = subprocess.run(
        [python, "-c", code], capture_output=True, text=True, check=True, env=environment
    )
    return {module.split(".")[0] for module in done.stdout.split()}


def below_keras():
    """A statement that imports all that stands below the models."""
    names = set().union(*FLOORS[: floor_of("models")]) & {name_of(path) for path in MODULES}
    return "from dl_course import " + ", ".join(sorted(names))


def test_importing_what_is_below_keras_loads_nothing_heavy(python):
    """Keras, scikit-image and the like are loaded by the function that needs them."""
    modules = loaded(python, below_keras())
    assert {"numpy", "matplotlib"} <= modules
    assert not modules & (
        BACKENDS | {"IPython", "anywidget", "h5py", "ipywidgets", "skimage", "sklearn"}
    )


def test_importing_the_package_itself_loads_nothing_of_others(python):
    assert not loaded(python, "import dl_course") & {"numpy", "matplotlib", "scipy"}
