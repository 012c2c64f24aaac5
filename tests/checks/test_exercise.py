"""Every checker, both ways: right answers pass, and each typical mistake gets its own hint."""

import importlib
import pkgutil

import numpy as np
import pytest

import dl_course.checks
from dl_course.checks import neurons
from dl_course.checks._exercise import (
    UNFINISHED,
    Exercise,
    FunctionExercise,
    ValueExercise,
    describe_difference,
)


def all_exercises():
    """Every exercise of every module of `dl_course.checks`."""
    found = []
    for module in pkgutil.iter_modules(dl_course.checks.__path__):
        namespace = vars(importlib.import_module(f"dl_course.checks.{module.name}"))
        for name, value in namespace.items():
            if isinstance(value, Exercise):
                found.append(pytest.param(value, id=f"{module.name}.{name}"))
    return found


def exercises_of(kind):
    return [case for case in all_exercises() if isinstance(case.values[0], kind)]


def right_answer(exercise):
    return exercise.reference if isinstance(exercise, FunctionExercise) else exercise.expected


# What holds for all of them ----------------------------------------------------------------------


@pytest.mark.parametrize("exercise", all_exercises())
@pytest.mark.parametrize("stub", [None, ..., [None], {"w1": ...}])
def test_a_stub_is_told_that_it_is_unfinished(exercise, stub):
    assert str(exercise.verdict(stub)) == f"○ {UNFINISHED}"


@pytest.mark.parametrize("exercise", exercises_of((FunctionExercise, ValueExercise)))
def test_the_right_answer_passes(exercise):
    verdict = exercise.verdict(right_answer(exercise))
    assert verdict.passed
    assert str(verdict) == f"✅ {exercise.praise}"


@pytest.mark.parametrize("exercise", exercises_of((FunctionExercise, ValueExercise)))
def test_each_known_mistake_fails_with_its_own_hint(exercise):
    hints = [hint for _, hint in exercise.mistakes]
    assert len(set(hints)) == len(hints) >= 5
    for wrong, hint in exercise.mistakes:
        verdict = exercise.verdict(wrong)
        assert not verdict.passed
        assert verdict.message == hint


@pytest.mark.parametrize("exercise", exercises_of(FunctionExercise))
@pytest.mark.parametrize(
    ("spoil", "word"),
    [
        (lambda result: None, "Not finished"),
        (lambda result: ..., "Not finished"),
        (lambda result: "seven", "a text"),
        (lambda result: np.asarray(result).tolist() if np.ndim(result) else [result], "a list"),
        (lambda result: np.asarray(result, dtype=complex), "of type"),
        (lambda result: result * np.nan, "NaN"),
        (lambda result: np.full_like(result, np.inf), "infinity"),
        (lambda result: np.asarray(result)[None], "shape"),
        (lambda result: 1 / 0, "ZeroDivisionError"),
        (lambda result: result * 1.0013, "Nearly"),
    ],
)
def test_spoilt_results_are_told_apart(exercise, spoil, word):
    def answer(*arguments):
        return spoil(np.asarray(exercise.reference(*arguments), dtype=float) + 0.0)

    verdict = exercise.verdict(answer)
    assert not verdict.passed
    assert word in verdict.message


@pytest.mark.parametrize("exercise", exercises_of(FunctionExercise))
def test_wrong_parameters_are_named(exercise):
    verdict = exercise.verdict(lambda: 1)
    assert not verdict.passed
    assert "must take the arguments (" in verdict.message


@pytest.mark.parametrize("exercise", exercises_of(FunctionExercise))
def test_something_that_is_no_function(exercise):
    assert exercise.verdict(3.0).message == "A function is wanted, and this is of type float."


@pytest.mark.parametrize("exercise", all_exercises())
@pytest.mark.parametrize(
    "nonsense", [object(), "x", [[1], [1, 2]], {}, np.array(["a"]), print, b"", 1j]
)
def test_no_answer_makes_a_checker_crash(exercise, nonsense):
    assert not exercise.verdict(nonsense).passed


def test_a_function_that_changes_its_input_is_caught():
    def leaky_relu(x, slope):
        x[x < 0] *= slope
        return x

    assert "changes its input" in neurons.leaky_relu.verdict(leaky_relu).message


def test_calling_an_exercise_prints(capsys):
    assert neurons.fourth_weight(...) is None
    assert capsys.readouterr().out == f"○ {UNFINISHED}\n"


# What kinds of difference are told apart ---------------------------------------------------------

TABLE = np.array([[1.5, 2.0, -3.0], [0.25, 7.0, 5.5]])


@pytest.mark.parametrize(
    ("got", "word"),
    [
        (TABLE.T, "transposed"),
        (TABLE[None], "length 1"),
        (TABLE[:, :2], "off by one"),
        (TABLE.sum(), "too much summed"),
        (TABLE.ravel(), "axis is missing"),
        (-TABLE, "sign"),
        (TABLE + 1, "1 too large"),
        (TABLE - 1, "1 too small"),
        (2 * TABLE, "2 times"),
        (TABLE[::-1, ::-1], "reverse"),
        (np.trunc(TABLE), "decimal point"),
        (TABLE + [[0, 0, 0.4], [0, 0, 0]], "at [0, 2] is too large"),
        (np.where(TABLE > 6, 0, TABLE), "at [1, 1] is too small"),
        (TABLE > 0, "numbers are wrong"),
    ],
)
def test_difference(got, word):
    assert word in describe_difference(got, TABLE, 1e-6)


@pytest.mark.parametrize(
    ("got", "word"), [(True, "comparison"), (np.array([2.0]), "One number"), (3.5, "too large")]
)
def test_difference_of_one_number(got, word):
    assert word in describe_difference(got, 2.25, 1e-6)


def test_no_difference():
    assert describe_difference(TABLE + 1e-9, TABLE, 1e-6) is None
    assert describe_difference(np.float32(2.25), 2.25, 1e-6) is None
