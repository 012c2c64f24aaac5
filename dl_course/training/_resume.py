"""Going on where an interrupted run stopped: Keras' backup, and what it leaves out."""

from __future__ import annotations

import inspect
import json
from pathlib import Path

import keras
import numpy as np

__all__ = ["EarlyStopping", "Resume"]


class EarlyStopping(keras.callbacks.EarlyStopping):
    """Keras' early stopping, whose state can be put into a file: count, best value, best weights."""

    def save_state(self, path):
        """Write the state as an npz file."""
        weights = {f"weight_{n}": value for n, value in enumerate(self.best_weights or [])}
        best = np.nan if self.best is None else self.best
        np.savez(path, wait=self.wait, best=best, best_epoch=self.best_epoch, **weights)

    def load_state(self, path):
        """Read the state back."""
        with np.load(path, allow_pickle=False) as state:
            self.wait, self.best_epoch = int(state["wait"]), int(state["best_epoch"])
            self.best = None if np.isnan(state["best"]) else float(state["best"])
            count = sum(name.startswith("weight_") for name in state.files)
            self.best_weights = [state[f"weight_{n}"] for n in range(count)] or None


class Resume(keras.callbacks.BackupAndRestore):
    """Keep the state of a run in a folder after every epoch, and take it from there at the start.

    The folder holds `run.json` (which run it is), `history.json`, `random.json` (where the random
    numbers of dropout and the like stand), the state of early stopping, and Keras' own backup of
    weights and optimizer in `backup/`. When the run ends, these go, and nothing else that is in the
    folder.

    Args:
        folder: Where; made if missing.
        notes: The `Notes` whose history goes on.
        callbacks: All callbacks; those that can save their state do.
        run: The model, the batches and the number of epochs.

    Raises:
        ValueError: If the folder holds another run.
    """

    def __init__(self, folder, notes, callbacks, *, run):
        self.folder = Path(folder)
        keeps_two = "double_checkpoint" in inspect.signature(super().__init__).parameters
        super().__init__(
            str(self.folder / "backup"), **({"double_checkpoint": True} if keeps_two else {})
        )
        self.notes = notes
        self.stoppers = [each for each in callbacks if isinstance(each, EarlyStopping)]
        model, batches, epochs = run
        self.run = {
            "parameters": [list(weight.shape) for weight in model.weights],
            "examples": len(batches.data),
            "batch_size": batches.batch_size,
            "seed": batches.seed,
            "epochs": epochs,
        }
        self._check_run()

    def on_train_begin(self, logs=None):
        """Take up the state that is there, or note which run this is."""
        self.folder.mkdir(parents=True, exist_ok=True)
        self._write("run.json", self.run)
        if self._file("history.json").exists():
            self.notes.history = self._read("history.json")
            for state, value in zip(self._random(), self._read("random.json"), strict=True):
                state.assign(np.asarray(value, state.dtype))
            for file, stopper in self._stopper_files():
                stopper.load_state(file)
        super().on_train_begin(logs)

    def on_epoch_end(self, epoch, logs=None):
        """Keep the history first: should it be one epoch ahead of the weights, it is cut."""
        self._write("history.json", self.notes.history)
        self._write("random.json", [np.asarray(state).tolist() for state in self._random()])
        for file, stopper in self._stopper_files():
            stopper.save_state(file)
        super().on_epoch_end(epoch, logs)

    def on_train_end(self, logs=None):
        """Remove what was kept for going on."""
        super().on_train_end(logs)
        stopper_files = [file for file, _ in self._stopper_files()]
        for file in [*map(self._file, ("run.json", "history.json", "random.json")), *stopper_files]:
            file.unlink(missing_ok=True)

    def _random(self):
        """States of random numbers, which Keras' backup leaves out."""
        return [v for v in self.model.variables if v.path.endswith("seed_generator_state")]

    def _stopper_files(self):
        return [
            (self._file(f"early_stopping_{n}.npz"), stopper)
            for n, stopper in enumerate(self.stoppers)
        ]

    def _file(self, name):
        return self.folder / name

    def _read(self, name):
        return json.loads(self._file(name).read_text("utf-8"))

    def _write(self, name, content):
        """Replace the file as a whole: a machine that is lost now leaves the old one or the new one."""
        draft = self._file(f"{name}.draft")
        draft.write_text(json.dumps(content), "utf-8")
        draft.replace(self._file(name))

    def _check_run(self):
        if not self._file("run.json").exists():
            return
        kept = self._read("run.json")
        if other := [name for name, value in self.run.items() if kept.get(name) != value]:
            raise ValueError(
                f"`resume_from` holds an interrupted run of another kind ({', '.join(other)} differ): "
                "give another folder, or delete this one to start anew. "
                f"Received: {str(self.folder)!r}"
            )
