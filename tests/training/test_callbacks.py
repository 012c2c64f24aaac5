"""The progress bar, with all kinds of models and data."""

import os
import subprocess
import sys
import threading

import keras
import numpy as np
import pytest
from keras import layers, ops
from tiny import compiled, quick_fit, tiny_data

from dl_course import training

on_torch = keras.backend.backend() == "torch"


# fit -----------------------------------------------------------------------------------------------


def test_the_line_says_where_it_is_and_what_was_reached(shown):
    history = quick_fit(compiled(), validation_data=tiny_data(20, seed=1))
    assert shown[0].startswith("epoch 1/2 ░░░░░░░░░░░░░░░░░░░░ step 0/3")
    running = [text for text in shown if text.startswith("epoch 2/2") and "validating" not in text]
    assert running[0].startswith("epoch 2/2 ██████████░░░░░░░░░░ step 0/3")
    assert running[-1].startswith("epoch 2/2 ████████████████████ step 3/3 · ")
    assert running[-1].endswith("0:00 left")
    assert any(text.endswith("validating") for text in shown)
    names = ["loss", "accuracy", "val_loss", "val_accuracy"]
    numbers = [f"{name.replace('_', ' ')} {history.history[name][-1]:.4f}" for name in names]
    assert shown[-1].startswith("2 epochs in 0:0")
    assert shown[-1].endswith(" · ".join(numbers))


def test_the_numbers_of_the_running_epoch_are_shown(shown):
    bar = training.ProgressBar(every=0)
    bar.async_safe = False  # so that the numbers are there before the next step begins
    quick_fit(compiled(), bar=bar)
    second = next(text for text in shown if "step 2/3" in text)
    assert "loss 1." in second or "loss 0." in second
    assert "accuracy 0." in second


def test_training_is_the_same_with_and_without_the_bar():
    with_bar = quick_fit(compiled()).history
    without = quick_fit(compiled(), callbacks=[]).history
    assert with_bar == without


def test_keras_need_not_wait_for_the_numbers_of_a_step(monkeypatch):
    """With JAX, Keras fetches them in another thread, if every callback agrees."""
    backend = sys.modules["keras.src.backend"]
    if not hasattr(backend, "IS_THREAD_SAFE"):
        pytest.skip("this Keras waits for every step in any case")
    monkeypatch.setattr(backend, "IS_THREAD_SAFE", True)
    assert keras.callbacks.CallbackList([training.ProgressBar()])._async_train
    assert not keras.callbacks.CallbackList([keras.callbacks.TerminateOnNaN()])._async_train


def test_lines_are_shown_by_the_thread_that_trains(notebook):
    """Another thread's output would end up in another cell."""
    quick_fit(compiled())
    assert notebook.threads == {threading.get_ident()}


def test_a_few_updates_a_second_whatever_the_steps(shown, monkeypatch):
    """One step takes a millisecond of a clock of ours; 1,500 of them are six quarters of a second."""
    now = [0.0]

    class Tick(keras.callbacks.Callback):
        def on_train_batch_begin(self, batch, logs=None):
            now[0] += 0.001

    monkeypatch.setattr("time.perf_counter", lambda: now[0])
    data = (np.zeros((1500, 4, 4, 1), "float32"), np.zeros(1500, int))
    bar = training.ProgressBar()
    quick_fit(compiled(), data, batch_size=1, epochs=1, callbacks=[Tick(), bar])
    assert 6 <= len(shown) - 1 <= 8


def test_early_stopping_is_said(shown):
    stop = keras.callbacks.EarlyStopping(monitor="loss", min_delta=100, patience=1)
    bar = training.ProgressBar()
    quick_fit(compiled(), epochs=9, callbacks=[stop, bar])
    assert shown[-1].startswith("stopped after 2 of 9 epochs in 0:0")


def test_a_run_that_goes_on_counts_on(shown):
    quick_fit(compiled(), epochs=4, initial_epoch=2)
    assert shown[0].startswith("epoch 3/4 ██████████░░░░░░░░░░ step 0/3")
    assert shown[-1].startswith("4 epochs, 2 of them now, in 0:0")


def test_nan_is_named_with_what_to_look_at(shown):
    images, labels = tiny_data()
    stop = keras.callbacks.TerminateOnNaN()
    quick_fit(compiled(), (images * np.nan, labels), callbacks=[stop, training.ProgressBar()])
    assert "stopped after 1 of 2 epochs" in shown[-1]
    assert "loss nan" in shown[-1]
    assert shown[-1].endswith(
        "not finite: is the learning rate too high, is there a NaN in the data?"
    )


@pytest.mark.parametrize(
    ("every", "error"),
    [(-1, ValueError), (float("nan"), ValueError), ("1", TypeError), (None, TypeError)],
)
def test_seconds_that_make_no_sense(every, error):
    with pytest.raises(error, match=rf"`every` must be .*Received: {every!r}"):
        training.ProgressBar(every=every)


# Any model, any data -------------------------------------------------------------------------------


class Pairs(keras.utils.PyDataset):
    """Four batches from Python."""

    def __len__(self):
        return 4

    def __getitem__(self, index):
        return tiny_data(20, seed=index)


def endless():
    """A generator: nobody knows how many batches it has."""
    for index in range(5):
        yield tiny_data(20, seed=index)


def test_py_datasets(shown):
    quick_fit(compiled(), (Pairs(),), batch_size=None)
    assert any("step 4/4" in text for text in shown)
    assert shown[-1].startswith("2 epochs in")


@pytest.mark.filterwarnings("ignore:Your input ran out of data")  # Keras says so of every generator
def test_an_unknown_number_of_steps(shown):
    quick_fit(compiled(), (endless(),), batch_size=None, shuffle=False, epochs=1)
    assert shown[0] == "epoch 1/1 · step 0"
    assert any(text.startswith("epoch 1/1 · step 4") for text in shown)
    assert shown[-1].startswith("1 epoch in 0:0")


def test_steps_are_known_once_an_epoch_has_passed(shown):
    forever = (tiny_data(20, seed=0) for _ in iter(int, 1))
    quick_fit(compiled(), (forever,), batch_size=None, shuffle=False, steps_per_epoch=3)
    assert any("epoch 2/2 ██████████░░░░░░░░░░ step 0/3" in text for text in shown)


@pytest.mark.filterwarnings("ignore:Your input ran out of data")  # Keras says so of every generator
def test_tf_data(shown):
    tf = pytest.importorskip("tensorflow")
    data = tf.data.Dataset.from_tensor_slices(tiny_data()).batch(20)
    unknown = data.filter(lambda images, labels: True)  # of unknown length
    quick_fit(compiled(), (data,), batch_size=None, shuffle=False)
    assert any("step 3/3" in text for text in shown)
    quick_fit(compiled(), (unknown,), batch_size=None, shuffle=False)
    assert any(text.startswith("epoch 1/2 · step 1") for text in shown)
    assert any("epoch 2/2 ██████████░░░░░░░░░░ step 0/3" in text for text in shown)


def test_dictionaries_with_several_inputs_and_outputs(shown):
    left, right = layers.Input((4,), name="left"), layers.Input((2,), name="right")
    both = layers.Concatenate()([left, right])
    outputs = {"sum": layers.Dense(1, name="sum")(both), "kind": layers.Dense(3, name="kind")(both)}
    model = keras.Model({"left": left, "right": right}, outputs)
    kind = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    model.compile("adam", {"sum": "mse", "kind": kind})
    x = {"left": np.ones((60, 4)), "right": np.ones((60, 2))}
    y = {"sum": np.ones((60, 1)), "kind": np.zeros(60, int)}
    quick_fit(model, (x, y), validation_data=(x, y))
    assert "kind loss" in shown[-1]
    assert "val sum loss" in shown[-1]


@pytest.mark.skipif(on_torch, reason="PyTorch takes one step at a time")
def test_several_steps_per_execution(shown):
    data = (np.zeros((100, 4, 4, 1), "float32"), np.zeros(100, int))
    quick_fit(compiled(steps_per_execution=4), data, batch_size=10, epochs=1)
    assert any("step 4/10" in text or "step 8/10" in text for text in shown)
    assert "step 10/10" in shown[-2]


def test_a_train_step_of_ones_own(shown):
    class Own(keras.Model):
        def train_step(self, *_):
            return {"my_loss": 0.25}

    inputs = layers.Input((3,))
    model = Own(inputs, layers.Dense(1)(inputs))
    model.compile("sgd", "mse", run_eagerly=True)
    if keras.backend.backend() == "jax":
        pytest.skip("a train step of JAX hands on its state")
    quick_fit(model, (np.ones((60, 3)), np.ones((60, 1))))
    assert shown[-1].endswith("my loss 0.2500")
    assert not any(" loss 0.0000" in text for text in shown)


# evaluate and predict ------------------------------------------------------------------------------


def test_evaluation_has_a_line_with_its_numbers(shown):
    model = compiled()
    result = model.evaluate(
        *tiny_data(), batch_size=20, verbose=0, callbacks=[training.ProgressBar()]
    )
    assert shown[0].startswith("evaluating ░░░░░░░░░░░░░░░░░░░░ step 0/3")
    assert shown[-1].startswith(f"evaluated 3 steps in 0:00 · loss {result[0]:.4f} · accuracy")


def test_prediction_has_a_line(shown):
    bar = training.ProgressBar(every=0)
    compiled().predict(tiny_data()[0], batch_size=30, verbose=0, callbacks=[bar])
    assert any(text.startswith("predicting ██████████░░░░░░░░░░ step 1/2") for text in shown)
    assert shown[-1] == "predicted 2 steps in 0:00"


# Interruptions ---------------------------------------------------------------------------------------


def test_numbers_that_arrive_late_are_not_shown(shown):
    bar = training.ProgressBar(every=0)
    bar.set_params({"epochs": 1, "steps": 3})
    bar.on_train_begin()
    bar.on_epoch_begin(0)
    bar.on_train_batch_end(1, {"loss": 0.5})
    bar.on_train_batch_end(0, {"loss": 0.9})
    bar.on_train_batch_begin(2)
    assert "step 2/3 · loss 0.5000 · " in shown[-1]


def test_after_an_interruption_the_bar_is_as_new(shown):
    class Interrupt(keras.callbacks.Callback):
        def on_epoch_end(self, epoch, logs=None):
            raise KeyboardInterrupt

    bar, model = training.ProgressBar(every=0), compiled()
    with pytest.raises(KeyboardInterrupt):
        quick_fit(model, callbacks=[bar, Interrupt()])
    model.evaluate(*tiny_data(), batch_size=20, verbose=0, callbacks=[bar])
    assert shown[-1].startswith("evaluated 3 steps in 0:00 · loss")


# Plain Keras ---------------------------------------------------------------------------------------


def test_an_interrupted_run_goes_on_with_keras_own_backup(tmp_path, shown):
    class Interrupt(keras.callbacks.Callback):
        def on_epoch_begin(self, epoch, logs=None):
            if epoch == 1:
                raise KeyboardInterrupt

    def backup():
        return keras.callbacks.BackupAndRestore(tmp_path / "backup")

    with pytest.raises(KeyboardInterrupt):
        quick_fit(compiled(), epochs=3, callbacks=[backup(), Interrupt()])
    shown.clear()
    history = quick_fit(compiled(), epochs=3, callbacks=[backup(), training.ProgressBar(every=0)])
    assert shown[0].startswith("epoch 2/3")
    assert len(history.history["loss"]) == 2


LOAD_ELSEWHERE = """
import sys, keras, numpy as np
model = keras.saving.load_model(sys.argv[1])
assert not any(name.startswith("dl_course") for name in sys.modules)
print(float(model.optimizer.learning_rate), model.predict(np.ones((1, 4, 4, 1)), verbose=0).sum())
"""


def test_a_trained_file_loads_in_plain_keras_in_another_process(tmp_path):
    """As notebook 05 trains: a schedule and smoothed targets, all Keras' own."""
    model = compiled()
    schedule = keras.optimizers.schedules.CosineDecay(
        0.01, decay_steps=4, warmup_target=0.1, warmup_steps=2
    )
    loss = keras.losses.CategoricalCrossentropy(from_logits=True, label_smoothing=0.1)
    model.compile(keras.optimizers.Adam(schedule), loss, metrics=["accuracy"])
    images, labels = tiny_data()
    quick_fit(model, (images, keras.utils.to_categorical(labels)))
    model.save(tmp_path / "model.keras")
    done = subprocess.run(
        [sys.executable, "-c", LOAD_ELSEWHERE, tmp_path / "model.keras"],
        capture_output=True,
        text=True,
        cwd=tmp_path,
        env={**os.environ, "TF_CPP_MIN_LOG_LEVEL": "3"},
        timeout=120,
    )
    assert done.returncode == 0, done.stderr
    rate, total = map(float, done.stdout.split())
    assert rate == pytest.approx(0, abs=1e-7)  # six steps: the end of the schedule
    expected = ops.convert_to_numpy(model(np.ones((1, 4, 4, 1)))).sum()
    assert total == pytest.approx(float(expected), abs=1e-5)
