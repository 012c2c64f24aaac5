"""What the project is published with: one list of dependencies, one version, its licences."""

import re
import sys

import pytest
from support import ROOT

import dl_course

if sys.version_info >= (3, 11):
    import tomllib
else:  # a dependency of pytest there
    import tomli as tomllib

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
LINES = (ROOT / "requirements.txt").read_text(encoding="utf-8").splitlines()
REQUIREMENTS = [line for line in LINES if line and not line.startswith("#")]


def declared():
    """What pyproject.toml asks for: the package, and each extra but those that few people need."""
    extras = PROJECT["project"]["optional-dependencies"]
    wanted = [
        line for name, lines in extras.items() if name not in ("gpu", "mutants") for line in lines
    ]
    return sorted(PROJECT["project"]["dependencies"] + wanted)


def test_requirements_and_pyproject_are_the_same_list():
    assert REQUIREMENTS[-1] == "-e ."
    lower_bounds = [line.split(",")[0] for line in REQUIREMENTS[:-1]]
    assert sorted(lower_bounds) == declared()


@pytest.mark.parametrize("line", REQUIREMENTS[:-1])
def test_each_requirement_stops_before_a_version_nobody_tried(line):
    assert re.fullmatch(r"[\w-]+>=[\d.]+,<\d+", line)


@pytest.mark.parametrize("line", REQUIREMENTS[:-1])
def test_the_lock_holds_each_requirement_within_its_bounds(line):
    name, low, high = re.fullmatch(r"([\w-]+)>=([\d.]+),<(\d+)", line).groups()
    locked = re.findall(
        rf"^{name}==([\d.]+)", (ROOT / "constraints.txt").read_text(encoding="utf-8"), re.MULTILINE
    )
    assert locked, "run `make lock`"
    for version in locked:
        numbers = [int(part) for part in version.split(".") if part]
        assert [int(part) for part in low.split(".")] <= numbers < [int(high)]


def test_there_is_one_version_number():
    assert "version" not in PROJECT["project"]
    assert PROJECT["tool"]["hatch"]["version"]["path"] == "dl_course/__init__.py"
    assert re.fullmatch(r"\d+\.\d+\.\d+", dl_course.__version__)
    citation = (ROOT / "CITATION.cff").read_text(encoding="utf-8")
    assert not re.search(r"^version:", citation, re.MULTILINE)


def test_licences_are_named_alike_everywhere():
    names = PROJECT["project"]["license"].split(" AND ")
    citation = (ROOT / "CITATION.cff").read_text(encoding="utf-8")
    assert re.search(r"^license: (\S+)", citation, re.MULTILINE)[1] == names[0]
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    for name, path in zip(
        names, ("LICENSE", *[f"LICENSES/{n}.txt" for n in names[1:]]), strict=True
    ):
        assert (ROOT / path).is_file()
        assert f"]({path})" in readme, f"README says where {name} holds"


def test_the_package_says_that_it_is_typed():
    assert (ROOT / "dl_course" / "py.typed").is_file()
    assert "Typing :: Typed" in PROJECT["project"]["classifiers"]


def test_each_file_of_data_goes_into_the_wheel_and_no_script():
    taken = PROJECT["tool"]["hatch"]["build"]["targets"]["wheel"]["force-include"]
    files = {path.name for path in (ROOT / "data").iterdir() if path.is_file()}
    data = {name for name in files if not name.endswith(".py")}
    solutions = {"notebooks/solutions": "dl_course/solutions"}
    assert taken == {f"data/{name}": f"dl_course/data/{name}" for name in data} | solutions


def test_pre_commit_runs_what_exists():
    text = (ROOT / ".pre-commit-config.yaml").read_text(encoding="utf-8")
    named = re.findall(r"tests/\w+\.py", text)
    assert named
    assert all((ROOT / name).is_file() for name in named)
