"""You against the network: answers are counted, and labels stay in Python until the end."""

import numpy as np
import pytest

from dl_course import widgets

HARD = np.random.default_rng(0).random((4, 28, 28, 1))
LABELS = np.array([3, 5, 8, 1])
SAID = np.eye(10)[[3, 6, 3, 7]]


def test_a_game_from_the_first_answer_to_the_score():
    game = widgets.human_against_network(HARD, LABELS, SAID)
    for digit in (3, 5, 0):
        game.answer(digit)
        assert game.result is None
    game.answer(-1)
    rows = game.result.pop("rows")
    assert game.result == {"human": 2, "network": 1, "seconds": 0}
    assert rows[1] == {"label": 5, "human": 5, "network": 6}
    assert [row["human"] for row in rows] == [3, 5, 0, -1]
    with pytest.raises(ValueError, match="All 4 pictures have an answer. Received: 2"):
        game.answer(2)


def test_a_game_tells_the_browser_pictures_and_no_labels():
    game = widgets.human_against_network(HARD, LABELS, SAID, count=2, seconds=1.5)
    assert game.count == 2
    assert game.limit == 1.5
    shown = np.frombuffer(game.pictures, np.uint8).reshape(2, 28, 28)
    np.testing.assert_array_equal(shown, np.rint(255 * HARD[:2, :, :, 0]))
    sent = {name for name in game.keys if not name.startswith("_")}  # what is synchronized
    assert sent - {"layout", "tabbable", "tooltip"} == {
        *("pictures", "count", "limit", "answers", "seconds", "result")
    }


def test_images_of_whole_numbers_are_shown_as_they_are():
    grey = np.rint(255 * HARD).astype(np.uint8)
    games = [widgets.human_against_network(images, LABELS, SAID) for images in (grey, HARD)]
    assert games[0].pictures == games[1].pictures == grey.tobytes()


def test_a_game_can_be_played_again():
    game = widgets.human_against_network(HARD[:1, :, :, 0], LABELS[:1], SAID[:1])
    game.answer(4)
    assert game.result["human"] == 0
    game.set_state({"answers": [], "result": None, "seconds": 0.0})  # as the browser does
    game.set_state({"answers": [3], "seconds": 1.25})
    assert (game.result["human"], game.result["seconds"]) == (1, 1.25)


@pytest.mark.parametrize(
    ("change", "error", "message"),
    [
        ({"images": HARD[:, :20]}, ValueError, r"`images` must .* Received: \(4, 20, 28, 1\)"),
        ({"images": HARD[:0]}, ValueError, r"`images` must .* Received: \(0, 28, 28, 1\)"),
        ({"images": HARD[..., [0, 0]]}, ValueError, r"`images` must .* Received: \(4, 28, 28, 2\)"),
        (
            {"images": 255 * HARD},
            ValueError,
            r"`images` must be in \[0, 1\], or uint8. Received: 0",
        ),
        ({"labels": LABELS[:3]}, ValueError, r"`labels` must have shape \(4,\). Received: \(3,\)"),
        ({"labels": LABELS + 5}, ValueError, "`labels` must be from 0 to 9. Received: 6 to 13"),
        ({"probabilities": LABELS}, ValueError, r"`probabilities` must .* Received: \(4,\)"),
        ({"count": 0}, ValueError, "`count` must be at least 1. Received: 0"),
        ({"count": 2.5}, TypeError, "`count` must be a whole number. Received: 2.5"),
        ({"seconds": "5"}, TypeError, "`seconds` must be a number. Received: '5'"),
        ({"seconds": 0}, ValueError, "`seconds` must be above 0. Received: 0"),
    ],
)
def test_no_game(change, error, message):
    arguments = {"images": HARD, "labels": LABELS, "probabilities": SAID, **change}
    with pytest.raises(error, match=message):
        widgets.human_against_network(**arguments)
