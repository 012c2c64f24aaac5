"""Tables of right and wrong answers to the exercises of one module of checkers, as test cases."""

import pytest

from dl_course.checks._exercise import FunctionExercise, ValueExercise

FEWEST_RIGHT, FEWEST_WRONG, FEWEST_UNKNOWN = 5, 8, 4
SEEDS = range(12)  # of what is drawn afresh


def exercises_in(module):
    """Name → exercise, of a module of `dl_course.checks`."""
    return {
        name: getattr(module, name)
        for name in module.__all__
        if hasattr(getattr(module, name), "verdict")
    }


def right_cases(module, table):
    """(exercise, answer) for each right answer: at least five styles of each exercise.

    Args:
        module: A module of `dl_course.checks`.
        table: Name of an exercise → its right answers; of all of the module.
    """
    exercises = exercises_in(module)
    assert sorted(table) == sorted(exercises)
    assert not {name for name, answers in table.items() if len(answers) < FEWEST_RIGHT}
    return [
        pytest.param(exercises[name], answer, id=f"{name}-{number}")
        for name, answers in table.items()
        for number, answer in enumerate(answers)
    ]


def wrong_cases(module, table):
    """(exercise, answer, word) for each wrong answer: at least eight, with the known mistakes.

    Args:
        module: A module of `dl_course.checks`.
        table: Name of an exercise → pairs of a wrong answer that is none of its known mistakes and a
            regular expression that its hint must hold; of all of the module.
    """
    exercises = exercises_in(module)
    assert sorted(table) == sorted(exercises)
    for name, pairs in table.items():
        assert len(pairs) >= FEWEST_UNKNOWN, name
        assert len(pairs) + len(getattr(exercises[name], "mistakes", ())) >= FEWEST_WRONG, name
    return [
        pytest.param(exercises[name], answer, word, id=f"{name}-{number}")
        for name, pairs in table.items()
        for number, (answer, word) in enumerate(pairs)
    ]


def faults(exercise, answer):
    """What is said about an answer in the verdicts of many seeds; None stands for right."""
    seeds = SEEDS if isinstance(exercise, FunctionExercise) else SEEDS[:3]
    seeds = SEEDS[:1] if isinstance(exercise, ValueExercise) else seeds
    return [exercise.find_fault(answer, seed) for seed in seeds]


def known_mistakes(exercises):
    """(exercise, wrong answer, hint) for each known mistake; `...` in one is what is right."""
    for exercise in exercises:
        for wrong, hint in getattr(exercise, "mistakes", ()):
            if isinstance(wrong, (list, tuple)) and any(part is ... for part in wrong):
                pairs = zip(wrong, exercise.expected, strict=True)
                wrong = [right if part is ... else part for part, right in pairs]
            yield exercise, wrong, hint
