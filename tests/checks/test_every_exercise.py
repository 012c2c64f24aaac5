"""Every exercise, both ways: the reference passes, each known mistake gets its own hint, junk a verdict."""

import dataclasses
import importlib
import pkgutil
from pathlib import Path

import keras
import numpy as np
import pytest
from answers import exercises_in, faults, known_mistakes
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

import dl_course.checks
from dl_course.checks._exercise import (
    UNFINISHED,
    FunctionExercise,
    ValueExercise,
)
from dl_course.checks._kinds import Count


def all_exercises():
    """Every exercise of every module of `dl_course.checks`."""
    found = []
    for one in pkgutil.iter_modules(dl_course.checks.__path__):
        if not one.name.startswith("_"):
            module = importlib.import_module(f"dl_course.checks.{one.name}")
            for name, exercise in exercises_in(module).items():
                found.append(pytest.param(exercise, id=f"{one.name}.{name}"))
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
    for _, wrong, hint in known_mistakes([exercise]):
        assert set(faults(exercise, wrong)) == {hint}


@pytest.mark.parametrize("exercise", exercises_of((FunctionExercise, ValueExercise)))
def test_few_mistakes_and_no_hint_twice(exercise):
    hints = [hint for _, hint in exercise.mistakes]
    assert len(set(hints)) == len(hints) >= 3
    assert len(hints) <= 8


@pytest.mark.parametrize("exercise", all_exercises())
def test_there_are_further_hints(exercise):
    assert len(set(exercise.hints)) == len(exercise.hints) >= 2


MODULES = [
    path
    for path in Path(dl_course.checks.__file__).parent.rglob("[a-z]*.py")
    if "Exercise(" in path.read_text(encoding="utf-8")
]


@pytest.mark.parametrize("path", MODULES, ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_a_module_of_checkers_is_short_and_tried_with_right_and_wrong_answers(path):
    assert len(path.read_text(encoding="utf-8").splitlines()) < 300
    folder = Path(__file__).parent / path.parent.relative_to(Path(dl_course.checks.__file__).parent)
    tests = (folder / f"test_{path.stem}.py").read_text(encoding="utf-8")
    for cases in ("right_cases(", "wrong_cases("):
        assert cases in tests


def has_another_view(word, exercise):
    """A list is as good as an array, and whole numbers are never nearly right."""
    whole = isinstance(exercise.kind, Count)
    return word == "a list" or (word == "Nearly" and whole)


def spoil_each(result, spoil):
    """Spoil a result, or each of several results."""
    if isinstance(result, tuple):
        return tuple(spoil_each(part, spoil) for part in result)
    return spoil(np.asarray(result, dtype=float) + 0.0)


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
    if has_another_view(word, exercise):
        return

    def answer(*arguments):
        return spoil_each(exercise.reference(*arguments), spoil)

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


# Junk of every kind ------------------------------------------------------------------------------

JUNK = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=3)
    | st.binary(max_size=3)
    | st.complex_numbers()
    | st.fractions()
    | st.decimals()
    | arrays(float, (2, 2)),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.text(max_size=2), inner, max_size=2)
        | st.tuples(inner, inner)
    ),
    max_leaves=6,
)


@pytest.mark.parametrize("exercise", all_exercises())
@given(junk=JUNK)
@settings(max_examples=8)
def test_junk_gets_a_verdict(exercise, junk):
    for answer in (junk, lambda *given: junk):
        verdict = exercise.verdict(answer)
        assert verdict.status in ("passed", "failed", "not attempted")
        assert len(str(verdict)) < 2000


class _Hostile:
    """Raises whatever is done with it."""

    def __getattribute__(self, name):
        raise SystemExit(name)

    def __eq__(self, other):
        raise GeneratorExit

    def __str__(self):
        raise MemoryError

    __repr__ = __len__ = __iter__ = __bool__ = __float__ = __array__ = __call__ = __str__
    __hash__ = None


class _Shapeless(np.ndarray):
    shape = property(lambda self: 1 / 0)


def _itself():
    row = []
    row.append(row)
    return row


def _nested(depth):
    row = [1.0]
    for _ in range(depth):
        row = [row]
    return row


def _loop(*given):
    while True:
        pass


def _raises(error):
    def answer(*given):
        raise error

    return answer


HOSTILE = {
    "hostile": _Hostile(),
    "no shape": np.zeros(3).view(_Shapeless),
    "itself": _itself(),
    "deep": _nested(100_000),
    "objects": np.array([1, "a", None, []], dtype=object),
    "masked": np.ma.masked_array([1.0, 2.0], mask=[True, False]),
    "endless": _loop,
    "exit": exit,
    "class": dict,
    "generator": (number for number in range(3)),
    "module": np,
    "SystemExit": _raises(SystemExit()),
    "GeneratorExit": _raises(GeneratorExit()),
    "long": _raises(ValueError("x" * 10**7)),
    "talks": lambda *given: print("x" * 10**7),
    "layer": keras.layers.Dense(3),
    "variable": keras.Variable(np.zeros(3)),
    "model": keras.Sequential([keras.Input((3,)), keras.layers.Dense(3)]),
}


@pytest.mark.parametrize("exercise", all_exercises())
@pytest.mark.parametrize("name", HOSTILE)
def test_nothing_gets_out_of_a_verdict(exercise, name):
    shorter = dataclasses.replace(exercise, seconds=0.2)
    for answer in (HOSTILE[name], lambda *given: HOSTILE[name]):
        verdict = shorter.verdict(answer)
        assert not verdict.passed
        assert len(str(verdict)) < 2000
