"""The house keeps its shape: arrows point downward, floor 0 knows no Keras, importing is quick."""

import ast
import subprocess
from pathlib import Path

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


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_keras_is_imported_from_floor_2_up(path):
    name = name_of(path)
    if name != "__init__" and floor_of(name) >= 4:
        return
    used = {imported.split(".")[0] for imported in imports(path, lazy=name != "runtime")}
    assert not used & BACKENDS


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_only_runtime_knows_the_backend(path):
    used = {imported.split(".")[0] for imported in imports(path)}
    if name_of(path) != "runtime":
        assert not used & (BACKENDS - {"keras"})


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_public_names_are_declared_and_documented(path):
    tree = ast.parse(path.read_text(encoding="utf-8"))
    assert ast.get_docstring(tree), "a module says what it is about"
    if path == PACKAGE / "__init__.py":
        return
    names = {
        target.id: ast.literal_eval(node.value)
        for node in tree.body
        if isinstance(node, ast.Assign)
        for target in node.targets
        if isinstance(target, ast.Name) and target.id == "__all__"
    }
    defined = {
        node.name: ast.get_docstring(node)
        for node in tree.body
        if isinstance(node, (ast.FunctionDef, ast.ClassDef)) and not node.name.startswith("_")
    }
    assert sorted(names["__all__"]) == sorted(set(names["__all__"]))
    assert all(defined[name] for name in names["__all__"] if name in defined)


def load_time(python, statement, environment):
    """Seconds an import takes in a fresh interpreter, and the modules it loads."""
    code = (
        f"import sys, time; t = time.perf_counter(); {statement}; "
        "print(time.perf_counter() - t, *sys.modules)"
    )
    done = subprocess.run(
        [python, "-c", code], capture_output=True, text=True, check=True, env=environment
    )
    seconds, *modules = done.stdout.split()
    return float(seconds), {module.split(".")[0] for module in modules}


def test_importing_the_package_is_quick_and_loads_no_keras(python):
    """A ratio, not a clock: at most the time of `import numpy`, the median of five runs each."""
    environment = {"PYTHONPATH": str(Path(ROOT))}
    runs = {}
    for statement in ("import dl_course", "import numpy"):
        timed = [load_time(python, statement, environment) for _ in range(5)]
        runs[statement] = sorted(seconds for seconds, _ in timed)[2]
        modules = timed[0][1]
        assert not modules & BACKENDS
    assert runs["import dl_course"] <= runs["import numpy"]


def test_importing_floor_0_and_1_loads_no_keras(python):
    names = {name_of(path) for path in MODULES} & (FLOORS[0] | FLOORS[1] | FLOORS[2] | FLOORS[3])
    statement = "from dl_course import " + ", ".join(sorted(names))
    _, modules = load_time(python, statement, {"PYTHONPATH": str(ROOT)})
    assert not modules & BACKENDS
