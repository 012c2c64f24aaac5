"""An exercise finds its name and our solution."""

import json

import pytest
from answers import exercises_in

from dl_course.checks import neurons, pooling
from dl_course.checks._exercise import ValueExercise
from dl_course.checks._kinds import Count
from dl_course.checks._solutions import find_name, find_solution


def test_an_exercise_knows_its_name():
    assert find_name(neurons.leaky_relu) == ("neurons", "leaky_relu")
    assert find_name(pooling.overlapping_max_pool) == ("pooling", "overlapping_max_pool")
    assert find_name(ValueExercise(kind=Count(), expected=1)) == ("", "")


@pytest.mark.parametrize("name", exercises_in(neurons))
def test_each_exercise_has_a_solution(name):
    assert find_solution("neurons", name)


def test_the_call_of_the_checker_is_left_out():
    code = find_solution("neurons", "fourth_weight")
    assert code.startswith("w_after_fourth_step = 2.192")
    assert "check." not in code


def notebook(*sources, tags=("solution",)):
    cells = [{"source": [source], "metadata": {"tags": list(tags)}} for source in sources]
    return json.dumps({"cells": cells})


IMPORT = "from dl_course.checks import neurons as check"


@pytest.mark.parametrize(
    "text",
    [
        "check.leaky_relu(",
        "[] check.leaky_relu(",
        '{"cells": 3, "check.leaky_relu(": 1}',
        notebook("x = 1\ncheck.leaky_relu(x)"),
        notebook(IMPORT, "x = 1\ncheck.leaky_relu(x)", tags=()),
        notebook("from dl_course.checks import pooling as check", "x = 1\ncheck.leaky_relu(x)"),
    ],
)
def test_what_is_no_solution(tmp_path, text):
    (tmp_path / "01.ipynb").write_text(text, encoding="utf-8")
    assert find_solution("neurons", "leaky_relu", [tmp_path]) is None


def test_a_solution_in_another_folder(tmp_path):
    (tmp_path / "00.ipynb").write_bytes(b"\xff check.leaky_relu(")
    text = notebook(IMPORT, "x = 1\n\n\ncheck.leaky_relu(x)")
    (tmp_path / "01.ipynb").write_text(text, encoding="utf-8")
    assert find_solution("neurons", "leaky_relu", [tmp_path / "none", tmp_path]) == "x = 1"
