"""A classifier from a folder of pictures, and the file it is kept in."""

import os
import shutil

import keras
import numpy as np
import pytest
from keras import layers
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from tiny import tiny_base, write_pictures

from dl_course import models, training


def test_a_folder_becomes_a_classifier(tmp_path, capsys):
    folder = write_pictures(tmp_path / "colours", {"red": 6, "green": 6, "blue": 6})
    found = training.classify_folder(folder, base=tiny_base())
    looked, summary = capsys.readouterr().out.splitlines()
    assert looked.startswith("predicted 1 step in ")
    assert summary.startswith("18 of 18 left-out pictures right: 100 % · between 82 and 100 %")
    assert found.class_names == ("blue", "green", "red")
    assert found.accuracy == 1
    assert found.interval[0] < 0.85
    assert found.interval[1] == 1
    assert found.per_class == {"blue": (6, 6), "green": (6, 6), "red": (6, 6)}
    assert found.largest_class == pytest.approx(1 / 3)
    assert len(found.mistakes) == 0
    assert found.is_correct.tolist() == [True] * 18
    assert "18 of 18" in repr(found)


def test_the_model_is_the_regression_on_all_pictures(tmp_path):
    for counts in ({"red": 5, "green": 4}, {"red": 5, "green": 4, "blue": 6}):
        folder = write_pictures(tmp_path / str(len(counts)), counts)
        found = training.classify_folder(folder, base=tiny_base(), progress=False)
        regression = LogisticRegression(C=0.1, class_weight="balanced", max_iter=2000)
        regression = make_pipeline(StandardScaler(), regression).fit(
            found.features, found.data.labels
        )
        probabilities = found.model.predict(found.data.images, verbose=0)
        wanted = regression.predict_proba(found.features)
        np.testing.assert_allclose(probabilities, wanted, atol=1e-4)


def test_a_picture_is_classified_from_a_file_and_from_an_array(tmp_path):
    folder = write_pictures(tmp_path / "colours", {"red": 5, "green": 5})
    found = training.classify_folder(folder, base=tiny_base(), progress=False)
    answer = found.classify(folder / "red" / "0.png")
    assert next(iter(answer)) == "red"
    assert sum(answer.values()) == pytest.approx(1, abs=1e-5)
    assert found.classify(str(folder / "red" / "0.png")) == answer
    place = int(np.flatnonzero(found.data.labels == found.class_names.index("red"))[0])
    assert found.classify(found.data.images[place])["red"] > 0.5
    with pytest.raises(ValueError, match=r"`picture` must be a path, or .* Received: \(5, 5, 3\)"):
        found.classify(np.zeros((5, 5, 3)))


def test_labels_at_random_are_not_called_learned(tmp_path):
    """Cross-validation is honest: what can't be known is right as often as by guessing."""
    red = write_pictures(tmp_path / "drawn", {"red": 120}) / "red"
    is_heads = np.random.default_rng(0).integers(0, 2, 120).astype(bool)
    for number, heads in enumerate(is_heads):
        side = tmp_path / "coins" / ("heads" if heads else "tails")
        side.mkdir(parents=True, exist_ok=True)
        (red / f"{number}.png").rename(side / f"{number}.png")
    pixels = keras.Sequential([layers.Input((6, 6, 3)), layers.Flatten()])  # 108 features
    found = training.classify_folder(tmp_path / "coins", base=pixels, progress=False)
    assert abs(found.accuracy - 0.5) < 0.15
    seen = found.model.predict(found.data.images, verbose=0).argmax(axis=1)
    assert (seen == found.data.labels).mean() > 0.8  # on what it has seen, it looks much better


def test_many_pictures_are_left_out_a_tenth_at_a_time(tmp_path, monkeypatch):
    """Ten fits on nine tenths, and the one on all pictures that is kept."""
    counts, fit = [], LogisticRegression.fit
    monkeypatch.setattr(
        LogisticRegression, "fit", lambda *args: counts.append(len(args[1])) or fit(*args)
    )
    folder = write_pictures(tmp_path / "colours", {"red": 70, "green": 70, "blue": 70}, size=12)
    found, again, other = (
        training.classify_folder(folder, base=tiny_base(), seed=seed, progress=False)
        for seed in (0, 0, 1)
    )
    assert sorted(counts) == sorted(3 * ([189] * 10 + [210]))
    assert found.accuracy > 0.9
    np.testing.assert_array_equal(found.probabilities, again.probabilities)
    assert not np.array_equal(found.probabilities, other.probabilities)


def test_up_to_200_pictures_are_left_out_one_by_one(tmp_path, monkeypatch):
    counts, fit = [], LogisticRegression.fit
    monkeypatch.setattr(
        LogisticRegression, "fit", lambda *args: counts.append(len(args[1])) or fit(*args)
    )
    folder = write_pictures(tmp_path / "colours", {"red": 6, "green": 5})
    training.classify_folder(folder, base=tiny_base(), progress=False)
    assert sorted(counts) == [10] * 11 + [11]


def test_classes_of_very_unequal_size_have_the_same_say(tmp_path, capsys):
    folder = write_pictures(tmp_path / "colours", {"red": 40, "green": 2})
    found = training.classify_folder(folder, base=tiny_base())
    assert found.per_class["green"][1] == 2
    assert found.classify(folder / "green" / "0.png")["green"] > 0.5
    assert "always the largest class: 95 %" in capsys.readouterr().out


def test_names_with_spaces_and_accents(tmp_path):
    folder = write_pictures(tmp_path / "mes élèves", {"red très vif": 3, "green pâle": 3})
    found = training.classify_folder(folder, base=tiny_base(), progress=False)
    assert found.class_names == ("green pâle", "red très vif")
    found.save(tmp_path / "à moi.keras")
    assert training.load_classifier(tmp_path / "à moi.keras").class_names == found.class_names


def test_unreadable_pictures_are_skipped_and_said(tmp_path, capsys):
    folder = write_pictures(tmp_path / "colours", {"red": 3, "green": 3})
    (folder / "red" / "broken.jpg").write_bytes(b"no picture")
    found = training.classify_folder(folder, base=tiny_base())
    assert len(found.data) == 6
    assert "Skipped 1 file, no usable picture: red/broken.jpg." in capsys.readouterr().out


def test_one_class_is_refused(tmp_path):
    with pytest.raises(ValueError, match="two or more classes; there is only 'red'"):
        training.classify_folder(write_pictures(tmp_path / "one", {"red": 3}), base=tiny_base())


def test_two_pictures_give_a_classifier_without_an_accuracy(tmp_path, capsys):
    folder = write_pictures(tmp_path / "two", {"red": 1, "green": 1})
    found = training.classify_folder(folder, base=tiny_base())
    assert found.accuracy is None
    assert found.interval is None
    assert "accuracy unknown" in capsys.readouterr().out
    assert next(iter(found.classify(folder / "red" / "0.png"))) == "red"


def test_a_class_with_one_picture_is_not_measured(tmp_path, capsys):
    folder = write_pictures(tmp_path / "three", {"red": 4, "green": 4, "blue": 1})
    found = training.classify_folder(folder, base=tiny_base())
    assert found.per_class == {"blue": (0, 0), "green": (4, 4), "red": (4, 4)}
    assert "not measured, having one picture only: blue" in capsys.readouterr().out
    assert len(found.mistakes) == 0


def test_mistakes_are_the_surest_first(tmp_path):
    folder = write_pictures(tmp_path / "colours", {"red": 8, "green": 8})
    for number in (0, 1):
        shutil.move(folder / "red" / f"{number}.png", folder / "green" / f"red{number}.png")
    found = training.classify_folder(folder, base=tiny_base(), progress=False)
    assert len(found.mistakes) >= 2
    sure = found.probabilities.max(axis=1)[found.mistakes]
    assert np.all(np.diff(sure) <= 0)
    said = found.probabilities[found.mistakes].argmax(axis=1)
    assert np.all(said != found.data.labels[found.mistakes])
    assert len(found.mistakes) == np.sum(~found.is_correct)


# Saving ------------------------------------------------------------------------------------------


def test_a_saved_classifier_answers_the_same_with_and_without_the_course(tmp_path):
    folder = write_pictures(tmp_path / "colours", {"red": 4, "green": 4})
    found = training.classify_folder(folder, base=tiny_base(), progress=False)
    found.save(tmp_path / "colours.keras")
    loaded = training.load_classifier(tmp_path / "colours.keras")
    picture = folder / "red" / "0.png"
    assert loaded.classify(picture) == pytest.approx(found.classify(picture), abs=1e-6)
    plain = keras.models.load_model(tmp_path / "colours.keras")
    images = found.data.images
    np.testing.assert_allclose(
        plain.predict(images, verbose=0), found.model.predict(images, verbose=0), atol=1e-6
    )
    loaded.save(tmp_path / "again.keras")
    assert training.load_classifier(tmp_path / "again.keras").class_names == ("green", "red")
    assert sorted(os.listdir(tmp_path)) == ["again.keras", "colours", "colours.keras"]


def test_saving_overwrites_nothing(tmp_path):
    found = training.PictureClassifier(models.lenet(), tuple("0123456789"))
    (tmp_path / "mine.keras").write_text("precious")
    with pytest.raises(FileExistsError, match=r"`path` must be new.* Received: 'mine.keras'"):
        found.save(tmp_path / "mine.keras")
    assert (tmp_path / "mine.keras").read_text() == "precious"
    with pytest.raises(ValueError, match=r"`path` must end in .keras. Received: 'mine.h5'"):
        found.save(tmp_path / "mine.h5")


def test_other_files_are_no_classifiers(tmp_path):
    with pytest.raises(ValueError, match=r"Received: 'none.keras', no such file"):
        training.load_classifier(tmp_path / "none.keras")
    models.lenet().save(tmp_path / "plain.keras")
    with pytest.raises(ValueError, match="`save` has written. Received: 'plain.keras'"):
        training.load_classifier(tmp_path / "plain.keras")
    (tmp_path / "text.keras").write_text("text")
    with pytest.raises(ValueError, match="`save` has written. Received: 'text.keras'"):
        training.load_classifier(tmp_path / "text.keras")
