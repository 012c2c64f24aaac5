"""What a checker of an exercise is made of: it looks at an answer and says ✅, or ❌ and a hint.

A checker is mostly data: a reference answer, what kind it is (`_kinds`), the inputs it is tried on,
fixed ones and fresh ones of each verdict, and the mistakes people make, each with its own hint.
A hint says what is wrong, never what is right.
"""

from __future__ import annotations

import copy
import secrets
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from dl_course.checks import _call, _guard, _progress, _solutions
from dl_course.checks._answer import is_stub, is_unfinished, name_type
from dl_course.checks._call import show_arguments
from dl_course.checks._guard import UNFINISHED
from dl_course.checks._kinds import Kind

__all__ = [
    "UNFINISHED",
    "Exercise",
    "FunctionExercise",
    "OpenExercise",
    "ValueExercise",
    "Verdict",
    "is_unfinished",
    "name_type",
    "show_arguments",
    "wrong_function",
]

LONGEST = 1000  # characters of a message: a learner's names may be in it


@dataclass(frozen=True)
class Verdict:
    """What a checker says: passed or not, and why; and the start of what the answer printed."""

    passed: bool
    message: str
    printed: str = ""

    @property
    def status(self) -> str:
        """One of "passed", "failed" and "not attempted"."""
        if self.passed:
            return "passed"
        return "not attempted" if self.message.startswith("Not attempted yet") else "failed"

    def __str__(self):
        return f"{ {'passed': '✅', 'failed': '❌', 'not attempted': '○'}[self.status] } {self.message}"


@dataclass(frozen=True, kw_only=True)
class Exercise:
    """One exercise. Call it with an answer to print the verdict; `verdict` returns it instead.

    Args:
        praise: What follows ✅.
        hints: What `hint()` says, one after the other, from general to near.
        seconds: Time limit for one call of the answer.
    """

    praise: str = "Right."
    hints: Sequence[str] = ()
    seconds: float = _guard.SECONDS
    _said: dict = field(default_factory=dict, init=False, repr=False, compare=False)

    def __call__(self, answer: Any) -> None:
        """Print ✅, or ❌ and a hint about this mistake."""
        verdict = self.verdict(answer)
        if verdict.printed.strip():
            print(f"Your code prints: {_guard.cut(verdict.printed.strip())}")
        print(verdict)
        if verdict.status != "not attempted":
            self._said["attempted"] = True
        if verdict.passed and all(self._name):
            _progress.record_solved(*self._name)

    def verdict(self, answer: Any) -> Verdict:
        """Look at an answer, whatever it is; never raises."""
        outcome = _guard.shield(
            self._find_fault_of_any,
            answer,
            seconds=self._longest,
            blame="This can't be used as an answer.",
        )
        hint = outcome.hint or outcome.value
        message = self.praise if hint is None else _guard.cut(hint, LONGEST)
        return Verdict(hint is None, message, outcome.printed)

    def _find_fault_of_any(self, answer):
        return UNFINISHED if is_unfinished(answer) or is_stub(answer) else self.find_fault(answer)

    @property
    def _longest(self):
        """Time limit of a verdict in all."""
        return 6 * self.seconds

    def find_fault(self, answer: Any, seed: int | None = None) -> str | None:
        """Return a hint, or None if the answer is right.

        Args:
            answer: Whatever a learner hands over.
            seed: Seed of what is drawn afresh for each verdict; None takes a new one.
        """
        raise NotImplementedError

    def hint(self) -> None:
        """Print a further hint: at each call the next one, from general to near."""
        place = self._said.get("hints", 0)
        self._said["hints"] = place + 1
        if place < len(self.hints):
            print(f"Hint {place + 1} of {len(self.hints)}: {self.hints[place]}")
        else:
            more = "no more hints" if self.hints else "no hints but those about your answer"
            print(f"There are {more}. After a try, `.solution()` shows how we do it.")

    def solution(self) -> None:
        """Print our solution, once an answer was tried."""
        module, name = self._name
        if not (self._said.get("attempted") or _progress.is_solved(module, name)):
            print("Try it first: the solution is shown after an attempt.")
        elif code := _solutions.find_solution(module, name):
            print(code)
        else:
            print("The solution isn't here: the course's folder notebooks/solutions has it.")

    @property
    def _name(self):
        return _solutions.find_name(self)


@dataclass(frozen=True, kw_only=True)
class ValueExercise(Exercise):
    """The answer is a number or an array.

    Args:
        expected: The right answer.
        mistakes: Pairs (wrong answer, hint).
        kind: What is asked for, and how it is compared.
    """

    kind: Kind
    expected: Any
    mistakes: Sequence[tuple[Any, str]] = ()

    def find_fault(self, answer: Any, seed: int | None = None) -> str | None:
        if callable(answer):
            return "That is a function; a value is wanted. Call it, and hand over what it returns."
        fault = self.kind.difference(answer, self.expected)
        if not fault:
            return None
        known = (hint for wrong, hint in self.mistakes if self.kind.is_same(answer, wrong))
        return next(known, fault)


@dataclass(frozen=True, kw_only=True)
class FunctionExercise(Exercise):
    """The answer is a function, tried on several inputs.

    Args:
        reference: A right function.
        cases: One tuple of arguments for each try.
        mistakes: Pairs (function with a typical mistake, hint).
        kind: What is asked for, and how it is compared.
        draw: Makes the arguments of a fresh case from a `numpy.random.Generator`.
        draws: How many fresh cases each verdict tries.
    """

    kind: Kind
    reference: Callable
    cases: Sequence[tuple]
    draw: Callable[[np.random.Generator], tuple]
    draws: int = 5
    mistakes: Sequence[tuple[Callable, str]] = ()

    def find_fault(self, answer: Any, seed: int | None = None) -> str | None:
        if hint := wrong_function(answer, *_call.parameters(self.reference, len(self.cases[0]))):
            return hint
        seed = _draw_seed() if seed is None else seed
        cases = [(case, f"(called with {show_arguments(case)})") for case in self.cases]
        for number in range(self.draws):
            case = self.draw(np.random.default_rng([seed, number]))
            words = f"called with {show_arguments(case)}; drawn with seed {seed}"
            cases.append((case, f"({words})"))
        results, fault = [], None
        for number, (case, words) in enumerate(cases):
            expected = self.reference(*copy.deepcopy(case))
            result, hint = self._call(answer, case, expected)
            if hint and not fault:
                return f"{hint} {words}"
            if hint:
                break
            results.append(result)
            if not fault and (hint := self.kind.difference(result, expected)):
                general = "" if number < len(self.cases) else "Right for the first cases only. "
                fault = f"{general}{hint} {words}"
        tried = [case for case, _ in cases[: len(results)]]
        return fault and (self._known_mistake(tried, results) or fault)

    def _call(self, answer, case, expected):
        """(result, None) or (None, hint): also about a result that is printed."""
        outcome = _guard.run(answer, case, seconds=self.seconds)
        if outcome.hint is None and outcome.value is None and outcome.printed.strip():
            if _call.prints(outcome.printed, expected):
                return None, "It prints its result: `return` it."
            return None, "None comes back; what is printed doesn't count: `return` the result."
        value = outcome.value  # an array may be one that the next call writes to
        return value.copy() if isinstance(value, np.ndarray) else value, outcome.hint

    def _known_mistake(self, cases, results):
        """The hint of the mistake that gives just these results, in all cases."""
        for wrong, hint in self.mistakes:
            if all(self._explains(wrong, *pair) for pair in zip(cases, results, strict=True)):
                return hint
        return None

    def _explains(self, wrong, case, result):
        outcome = _guard.run(wrong, case, seconds=self.seconds)
        return outcome.hint is None and self.kind.is_same(result, outcome.value)


@dataclass(frozen=True, kw_only=True)
class OpenExercise(Exercise):
    """Many answers are right: each is looked at.

    Args:
        look: Called with the answer and a `numpy.random.Generator` for what is drawn afresh; it tells
            what is wrong by a hint and returns None for a right answer.
    """

    look: Callable[[Any, np.random.Generator], str | None]
    seconds: float = 20.0

    def find_fault(self, answer: Any, seed: int | None = None) -> str | None:
        return self.look(answer, np.random.default_rng(_draw_seed() if seed is None else seed))


def _draw_seed():
    """A new seed, short enough to be told to others."""
    return secrets.randbelow(10_000)


def wrong_function(answer: Any, *parameters: str) -> str | None:
    """A hint if the answer can't be called with these, one after the other."""
    if not callable(answer):
        return f"A function is wanted, and this is {name_type(answer)}."
    return _call.wrong_parameters(answer, parameters)
