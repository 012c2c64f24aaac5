"""Dropped photographs: each is classified, and what goes wrong is shown beside it."""

import re

import numpy as np
import pytest
from photos import Colours, Says, picture_file, sends

from dl_course import widgets


@pytest.mark.parametrize("kind", ["png", "jpeg", "gif"])
def test_a_dropped_picture_is_classified(kind):
    classifier = Colours()
    drop = widgets.photo_drop(classifier)
    drop.drop("mine", picture_file("blue", kind))
    (answer,) = drop.answers
    assert (answer["name"], answer["error"]) == ("mine", "")
    assert next(iter(answer["probabilities"])) == "blue"
    assert all(type(number) is float for number in answer["probabilities"].values())
    assert not classifier.asked[0].parent.exists()


def test_a_browser_is_told_the_five_best_in_their_order():
    drop = widgets.photo_drop(Says({str(n): n / 21 for n in range(7)}))
    drop.drop("mine.png", picture_file())
    (sent,) = drop.get_state("answers")["answers"]
    assert [name for name, _ in sent["best"]] == ["6", "5", "4", "3", "2"]
    assert len(drop.answers[0]["probabilities"]) == 7


def test_pictures_come_from_the_browser_in_pieces():
    drop = widgets.photo_drop(Colours())
    sends(drop, "first.png", picture_file("lime"))
    sends(drop, "empty.png", b"")
    about = {"kind": "picture", "id": "2", "name": "big.png", "class": "", "isFirst": True}
    drop._handle_custom_msg({**about, "isLast": True, "reason": "24.0 MB is too large"}, [])
    names_and_errors = [(answer["name"], answer["error"]) for answer in drop.answers]
    assert names_and_errors == [
        ("first.png", ""),
        ("empty.png", "not readable as a picture"),
        ("big.png", "24.0 MB is too large"),
    ]
    assert next(iter(drop.answers[0]["probabilities"])) == "green"


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (RuntimeError("out of memory"), "RuntimeError: out of memory"),
        ([0.5, 0.5], r"TypeError: `classify\(path\)` must be a dict. Received: list"),
        ({"a": 3.5}, r"ValueError: `classify\(path\)` must hold prob.* Received: {'a': 3.5}"),
        ({"a": np.nan}, r"ValueError: `classify\(path\)` must hold prob.* Received: {'a': nan}"),
    ],
)
def test_a_classifier_that_fails_is_shown(answer, error):
    drop = widgets.photo_drop(Says(answer))
    drop.drop("a.png", picture_file())
    assert re.fullmatch(error, drop.answers[0]["error"])
    assert drop.answers[0]["probabilities"] == {}


@pytest.mark.parametrize(
    ("classifier", "kind"), [(lambda path: {}, "function"), (Colours, "the class Colours")]
)
def test_no_classifier(classifier, kind):
    message = f"`classifier` must have a method classify.* Received: {kind}"
    with pytest.raises(TypeError, match=message):
        widgets.photo_drop(classifier)
