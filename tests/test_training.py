"""Training on tiny data: what is noted, what stops it, and that an interrupted run ends as any other."""

import json
import random

import keras
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dl_course import models, training
from dl_course.datasets import Dataset
from dl_course.training._batches import Batches
from dl_course.training._schedules import ScheduledRate

NAMES = ("dark", "left", "right")


def tiny_data(n=60, seed=0):
    """Images of 4 × 4 with a class that can be seen: dark, bright on the left, on the right."""
    generator = np.random.default_rng(seed)
    labels = generator.integers(0, 3, n)
    images = generator.uniform(0, 0.4, (n, 4, 4, 1)).astype(np.float32)
    images[labels == 1, :, :2] += 0.5
    images[labels == 2, :, 2:] += 0.5
    return Dataset(images, labels, NAMES, "made up")


def compiled(rate=0.05, *, dropout=0.0, seed=0):
    keras.utils.set_random_seed(seed)
    layers = keras.layers
    model = keras.Sequential(
        [layers.Input((4, 4, 1)), layers.Flatten(), layers.Dropout(dropout), layers.Dense(3)]
    )
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    model.compile(keras.optimizers.Adam(rate), loss, metrics=["accuracy"])
    return model


def quick_fit(model, data=None, **options):
    data = tiny_data() if data is None else data
    return training.fit(model, data, **{"epochs": 2, "progress": False, **options})


# fit -----------------------------------------------------------------------------------------------


def test_history_holds_one_number_an_epoch():
    history = quick_fit(compiled(), epochs=3, val=tiny_data(20, seed=1), batch_size=16)
    names = {"loss", "accuracy", "val_loss", "val_accuracy", "seconds", "images_per_second"}
    assert set(history) == names
    assert all(len(values) == 3 for values in history.values())
    assert history["loss"][2] < history["loss"][0]
    assert json.loads(json.dumps(history)) == history  # plain numbers
    rate = 48 / history["seconds"][0]  # 3 batches of 16 of the 60 examples
    assert history["images_per_second"][0] == pytest.approx(rate)


def test_it_learns():
    model = compiled()
    quick_fit(model, epochs=30, batch_size=20)
    test = tiny_data(100, seed=2)
    assert (model.predict(test.images, verbose=0).argmax(1) == test.labels).mean() > 0.95


def test_the_order_comes_from_the_seed():
    first, again, other = (quick_fit(compiled(), batch_size=7, seed=seed) for seed in (3, 3, 4))
    assert first["loss"] == again["loss"] != other["loss"]


def test_batches_hold_every_example_once_and_leave_out_others_each_epoch():
    batches = Batches(tiny_data(23), batch_size=5, seed=0)
    left_out = []
    for epoch in range(6):
        batches.shuffle(epoch)
        assert len(batches) == 4
        seen = np.concatenate([batches[n][0].reshape(-1, 16) for n in range(4)])
        assert len(np.unique(seen, axis=0)) == 20
        left_out.append(set(batches.order[20:]))
    assert len(set.union(*left_out)) > 5


def test_fewer_examples_than_a_batch_are_one_batch():
    assert len(quick_fit(compiled(), tiny_data(5), batch_size=64)["loss"]) == 2


def test_the_schedule_sets_the_rate_of_every_step():
    model, rates = compiled(), []

    class Watch(keras.callbacks.Callback):
        def on_train_batch_begin(self, batch, logs=None):
            rates.append(float(self.model.optimizer.learning_rate))

    quick_fit(model, batch_size=20, schedule=lambda share: 0.1 * (1 - share), callbacks=[Watch()])
    assert rates == pytest.approx([0.1, 0.08, 0.06, 0.04, 0.02, 0], abs=1e-6)


def test_a_second_fit_follows_its_own_schedule_from_the_start():
    model = compiled()
    quick_fit(model)  # the step is compiled, with the optimizer's own rate
    before = model.get_weights()
    quick_fit(model, schedule=lambda share: 0.0)
    for weight, kept in zip(model.get_weights(), before, strict=True):
        np.testing.assert_array_equal(weight, kept)
    quick_fit(model, batch_size=20, schedule=lambda share: 0.1 if share < 0.5 else 0.0)
    assert np.abs(model.get_weights()[0] - before[0]).max() > 0.05


def test_a_model_trained_with_a_schedule_can_be_saved_and_loaded(tmp_path):
    model = compiled()
    model.loss = training.label_smoothing(0.1)
    model.compile(model.optimizer, training.label_smoothing(0.1), metrics=["accuracy"])
    quick_fit(model, schedule=training.one_cycle(0.01))
    model.save(tmp_path / "model.keras")
    loaded = keras.models.load_model(tmp_path / "model.keras")
    images = tiny_data(10).images
    np.testing.assert_array_equal(
        model.predict(images, verbose=0), loaded.predict(images, verbose=0)
    )
    assert loaded.loss.amount == 0.1
    assert float(loaded.optimizer.learning_rate) == pytest.approx(1e-6)


def test_nan_stops_with_reason_and_advice():
    images = np.full((8, 4, 4, 1), 0.5, np.float32)
    data = Dataset(images, np.zeros(8, int), NAMES, "made up")
    model = compiled()
    model.set_weights([np.full((16, 3), np.nan), np.zeros(3)])
    with pytest.raises(FloatingPointError, match=r"nan in step 1 of epoch 1.*learning rate.*0\.05"):
        quick_fit(model, data)


@pytest.mark.parametrize(
    ("options", "error", "word"),
    [
        ({"epochs": 0}, ValueError, "epochs"),
        ({"epochs": 1.5}, ValueError, "epochs"),
        ({"batch_size": 0}, ValueError, "batch_size"),
        ({"batch_size": True}, ValueError, "batch_size"),
        ({"val": (1, 2)}, TypeError, "val"),
        ({"data": np.zeros((3, 4, 4, 1))}, TypeError, "data"),
        ({"schedule": lambda share: -1.0}, ValueError, "schedule"),
        ({"schedule": lambda share: 1 / share if share else np.inf}, ValueError, "schedule"),
    ],
)
def test_bad_input_is_named(options, error, word):
    with pytest.raises(error, match=rf"`{word}`.*Received: "):
        quick_fit(compiled(), **options)


def test_an_uncompiled_model_is_told_so():
    with pytest.raises(
        ValueError, match=r"`model` must be compiled.*Received: 'softmax_regression'"
    ):
        quick_fit(models.softmax_regression((4, 4, 1), 3))


# Progress ------------------------------------------------------------------------------------------


def test_in_a_file_only_the_last_line_is_written(capsys):
    quick_fit(compiled(), val=tiny_data(20), progress=True)
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == 1
    assert lines[0].startswith("2 epochs in 0:0")
    assert "val accuracy 0." in lines[0]


def test_without_progress_nothing_is_written(capsys):
    quick_fit(compiled())
    assert capsys.readouterr().out == ""


def test_in_a_notebook_one_display_is_replaced(monkeypatch):
    from dl_course.training import _callbacks

    shown = []
    monkeypatch.setattr(_callbacks, "_in_notebook", lambda: True)
    monkeypatch.setattr(_callbacks.Line, "_display", lambda self, text: shown.append(text))
    monkeypatch.setattr(_callbacks.Progress.__init__, "__defaults__", (0.0,))
    quick_fit(compiled(), batch_size=20, progress=True)
    assert len(shown) == 2 * 3 + 1
    assert shown[0].startswith("epoch 1/2 ███░")
    assert "batch 1/3" in shown[0]
    assert shown[0].endswith("left")
    assert shown[-1].startswith("2 epochs in")


# Early stopping ------------------------------------------------------------------------------------


def test_early_stopping_goes_back_to_the_best_weights():
    model, seen = compiled(rate=0.3), []
    val = tiny_data(20, seed=5)
    flipped = Dataset(val.images, (val.labels + 1) % 3, NAMES, "made up")  # learning makes it worse
    keep = keras.callbacks.LambdaCallback(
        on_epoch_end=lambda epoch, logs: seen.append(model.get_weights())
    )
    stop = training.early_stopping(patience=2)
    history = quick_fit(model, epochs=20, val=flipped, callbacks=[keep, stop])
    best = int(np.argmin(history["val_loss"]))
    assert len(history["loss"]) == best + 1 + 2 < 20
    for weight, kept in zip(model.get_weights(), seen[best], strict=True):
        np.testing.assert_array_equal(weight, kept)


def test_patience_is_checked():
    with pytest.raises(ValueError, match=r"`patience`.*Received: 0"):
        training.early_stopping(patience=0)


# Going on ------------------------------------------------------------------------------------------


class Interrupt(keras.callbacks.Callback):
    """What the stop button does, in the middle of an epoch."""

    def __init__(self, after):
        super().__init__()
        self.after = after

    def on_train_batch_end(self, batch, logs=None):
        self.after -= 1
        if self.after == 0:
            raise KeyboardInterrupt


def long_run(folder, *, interrupt=None, **options):
    model = compiled(dropout=0.3, seed=1)
    callbacks = [training.early_stopping(monitor="loss", patience=3)]
    callbacks += [] if interrupt is None else [Interrupt(interrupt)]
    options = {"epochs": 5, "batch_size": 20, "schedule": training.one_cycle(0.1), **options}
    history = quick_fit(
        model, val=tiny_data(20), resume_from=folder, callbacks=callbacks, **options
    )
    return history, model


def test_an_interrupted_run_ends_as_one_that_was_not(tmp_path):
    expected, model = long_run(None)
    (tmp_path / "mine.txt").write_text("not yours")
    for steps in (8, 4):  # in the third epoch, and again in the fourth
        with pytest.raises(KeyboardInterrupt):
            long_run(tmp_path, interrupt=steps)
    assert (tmp_path / "history.json").exists()
    history, resumed = long_run(tmp_path)
    for name in ("loss", "accuracy", "val_loss", "val_accuracy"):
        assert history[name] == pytest.approx(expected[name], rel=1e-5)
    for ours, theirs in zip(resumed.get_weights(), model.get_weights(), strict=True):
        np.testing.assert_allclose(ours, theirs, atol=1e-5)
    assert [path.name for path in tmp_path.iterdir()] == ["mine.txt"]  # nothing else is left


def test_early_stopping_counts_on_after_an_interruption(tmp_path):
    flat = {
        "schedule": lambda share: 0.0,
        "epochs": 9,
    }  # nothing is learned, the loss is up and down
    expected, _ = long_run(None, **flat)
    with pytest.raises(KeyboardInterrupt):
        long_run(tmp_path, interrupt=3 * (len(expected["loss"]) - 1) + 1, **flat)
    history, _ = long_run(tmp_path, **flat)
    assert len(history["loss"]) == len(expected["loss"]) < 9


def test_a_folder_with_another_run_is_refused_and_left_alone(tmp_path):
    with pytest.raises(KeyboardInterrupt):
        long_run(tmp_path, interrupt=8)
    before = sorted(path.name for path in tmp_path.rglob("*"))
    with pytest.raises(ValueError, match=r"`resume_from`.*batch_size differ.*Received: "):
        long_run(tmp_path, batch_size=10)
    assert sorted(path.name for path in tmp_path.rglob("*")) == before


# Schedules and soft targets ------------------------------------------------------------------------


def test_one_cycle_by_hand():
    rate = training.one_cycle(1.0, warm_up=0.25)
    assert rate(0) == pytest.approx(1 / 25)
    assert rate(0.125) == pytest.approx((1 + 1 / 25) / 2)
    assert rate(0.25) == pytest.approx(1)
    assert rate(0.625) == pytest.approx((1 + 1e-4) / 2)
    assert rate(1) == pytest.approx(1e-4)


@given(st.floats(1e-6, 10), st.floats(0.05, 0.95))
def test_one_cycle_rises_then_falls(peak, warm_up):
    shares = np.linspace(0, 1, 101)
    rates = np.array([training.one_cycle(peak, warm_up=warm_up)(share) for share in shares])
    steps = np.diff(rates)
    assert (steps[shares[1:] < warm_up] > 0).all()
    assert (steps[shares[:-1] > warm_up] < 0).all()
    assert rates.max() <= peak


@pytest.mark.parametrize(
    ("arguments", "word"),
    [((0,), "peak"), (("1",), "peak"), ((1, 0), "warm_up"), ((1, 1), "warm_up")],
)
def test_one_cycle_refuses(arguments, word):
    with pytest.raises(ValueError, match=rf"`{word}`.*Received: "):
        training.one_cycle(arguments[0], **dict(zip(["warm_up"], arguments[1:], strict=False)))


def test_a_scheduled_rate_follows_the_function_and_stays_at_its_end():
    cycle = training.one_cycle(0.1)
    rate = ScheduledRate.sample(cycle, 500)
    for step in (0, 1, 77, 250, 499):
        assert float(rate(step)) == pytest.approx(cycle(step / 499), abs=1e-5)
    assert float(rate(1000)) == pytest.approx(cycle(1), abs=1e-7)
    assert float(ScheduledRate.sample(cycle, 1)(0)) == pytest.approx(0.004)


def test_smoothed_targets_by_hand():
    logits = np.log([[0.7, 0.2, 0.1]])
    loss = training.label_smoothing(0.3)(np.array([0]), logits)
    expected = -(0.8 * np.log(0.7) + 0.1 * np.log(0.2) + 0.1 * np.log(0.1))
    assert float(loss) == pytest.approx(expected)


@pytest.mark.parametrize("amount", [0.0, 0.1, 0.5])
def test_smoothing_is_keras_with_one_hot_labels(amount):
    generator = np.random.default_rng(0)
    logits, labels = generator.normal(size=(6, 4)), np.array([0, 1, 2, 3, 3, 0])
    keras_loss = keras.losses.CategoricalCrossentropy(from_logits=True, label_smoothing=amount)
    expected = keras_loss(np.eye(4)[labels], logits)
    for shape in ((6,), (6, 1)):
        ours = training.label_smoothing(amount)(labels.reshape(shape), logits)
        assert float(ours) == pytest.approx(float(expected), rel=1e-6)


@pytest.mark.parametrize("amount", [-0.1, 1, "a"])
def test_smoothing_refuses(amount):
    with pytest.raises(ValueError, match=r"`amount`.*Received: "):
        training.label_smoothing(amount)


# Seeds ---------------------------------------------------------------------------------------------


def test_mean_and_spread_by_hand():
    result = training.over_seeds(lambda seed: [1.0, 2.0, 6.0][seed], seeds=3)
    assert result["values"] == [1, 2, 6]
    assert result["mean"] == 3
    assert result["spread"] == pytest.approx(np.sqrt((4 + 1 + 9) / 2))


def test_seeds_are_set_before_each_run():
    def chance(seed):
        return [float(keras.random.uniform(())), random.random()]

    first, second = (training.over_seeds(chance, seeds=[7, 8, 7]) for _ in range(2))
    assert first["values"] == second["values"]
    assert first["values"][0] == first["values"][2] != first["values"][1]
    assert first["mean"].shape == (2,)


def test_one_seed_has_no_spread_and_none_is_refused():
    assert training.over_seeds(float, seeds=[4])["spread"] == 0
    with pytest.raises(ValueError, match=r"`seeds`.*Received: \[\]"):
        training.over_seeds(float, seeds=0)
