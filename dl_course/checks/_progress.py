"""What a learner has solved and predicted, kept in one small file of the user's own folder.

The file is `dl_course/progress.json` in the folder where programs keep what is the user's; the
variable `DL_COURSE_PROGRESS` names another one, or says `off`. In CI and under pytest nothing is
kept. A file that can't be read is set aside, and what we don't know in it stays as it is.
"""

from __future__ import annotations

import contextlib
import importlib
import json
import math
import os
import pkgutil
import re
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from dl_course.checks._answer import is_unfinished, normalize
from dl_course.checks._guard import shield

__all__ = ["is_solved", "measured", "predict", "progress", "record_solved"]

_session: dict[str, Any] = {}  # where nothing is kept, or nothing can be


def predict(name: str, value: Any) -> None:
    """Keep a prediction; `measured` with the same name says later how far off it was.

    The first one counts: what is predicted after the measurement is no prediction.

    Args:
        name: What is predicted.
        value: A number, a text, or True or False.
    """
    value, hint = _plain(value)
    if hint:
        print(hint)
        return
    data, page = _read(), _notebook()
    known = _entry(data, "predictions", page, name)
    if "measured" in known and known.get("predicted") != value:
        said = f"You predicted {_say(known['predicted'])}. " if "predicted" in known else ""
        print(
            f"○ {name}: too late, the measurement is known: {_say(known['measured'])}. {said}".rstrip()
        )
        return
    known["predicted"] = value
    _write(data)
    print(f"✎ {name}: {_say(value)}, you say. Run on and see.")


def measured(name: str, value: Any) -> None:
    """Say how far off the prediction of this name was.

    Args:
        name: What was predicted.
        value: What came out.
    """
    value, hint = _plain(value, "measured", "what came out")
    if hint:
        print(hint)
        return
    data = _read()
    known = _entry(data, "predictions", _notebook(), name)
    known["measured"] = value
    _write(data)
    if "predicted" not in known:
        print(f"○ {name}: {_say(value)}. Next time, predict before you run.")
        return
    said = known["predicted"]
    print(f"✎ {name}: you said {_say(said)}, measured: {_say(value)}. {_score(said, value)}")


def progress() -> None:
    """Print what is solved in this notebook, and how much in others that have been begun."""
    solved, here = _read()["solved"], _notebook()
    for module, (title, names) in _exercises().items():
        done = [name for name in names if name in _table(solved, module)]
        if module != here and not done:
            continue
        bar = "●" * len(done) + "○" * (len(names) - len(done))
        if module == here:
            left = [name for name in names if name not in done]
            rest = f" Still open: {', '.join(left)}." if left else " All solved."
            print(f"▶ {title}: {bar} {len(done)} of {len(names)}.{rest}")
        else:
            print(f"  {title}: {bar} {len(done)} of {len(names)}")
    if _path() is None:
        print("(kept until this kernel ends)")


def record_solved(module: str, name: str) -> None:
    """Keep that an exercise is solved.

    Args:
        module: Its module, as in "neurons".
        name: Its name.
    """
    data = _read()
    solved = _table(data["solved"], module)
    if name not in solved:
        solved[name] = time.strftime("%Y-%m-%d")
        data["solved"][module] = solved
        _write(data)


def is_solved(module: str, name: str) -> bool:
    """True if an exercise was ever solved.

    Args:
        module: Its module, as in "neurons".
        name: Its name.
    """
    return name in _table(_read()["solved"], module)


def _plain(value, done="predicted", what="your guess"):
    """(a number, text or truth value, None), or (None, why it is none)."""
    if is_unfinished(value):
        return None, f"○ Not {done} yet: put {what} where the `...` stands, then run again."
    if isinstance(value, str):
        return value[:80], None
    outcome = shield(normalize, value)
    answer = outcome.value
    if outcome.hint or answer.hint or answer.value.size != 1 or answer.value.dtype.kind == "c":
        return None, "❌ One number is wanted here, or a text."
    number = answer.value.item()
    return (number, None) if math.isfinite(number) else (None, "❌ A finite number is wanted here.")


def _score(said, value):
    """How good a prediction was, in words."""
    if isinstance(said, (str, bool)) or isinstance(value, (str, bool)):
        return "Just so." if said == value else "A surprise: what explains it?"
    off = abs(said - value)
    share = off / abs(value) if value else math.inf
    if off == 0 or share < 0.01:
        return "Spot on."
    words = f"{off:.3g} off" + (f" ({share:.0%})" if share < 10 else "")
    return f"{words}: close." if share <= 0.1 else f"{words}. What explains the difference?"


def _say(value):
    return str(value) if isinstance(value, (bool, str, int)) else f"{value:.4g}"


# Which notebook this is, and what there is to solve -----------------------------------------------


def _notebook():
    """The module that the notebook calls `check`: the caller of `predict` and the others."""
    check = getattr(sys._getframe(2).f_globals.get("check"), "__name__", "")
    return check.rpartition(".")[2] or "elsewhere"


def _exercises():
    """Module → (title, names of its exercises), in the order of the notebooks."""
    package = importlib.import_module("dl_course.checks")
    found = []
    for one in pkgutil.iter_modules(package.__path__):
        if one.name.startswith("_"):
            continue
        module = importlib.import_module(f"dl_course.checks.{one.name}")
        names = [name for name in module.__all__ if hasattr(getattr(module, name), "verdict")]
        first = (module.__doc__ or "").splitlines()[0]
        title = re.sub(r"^The exercises of notebook (\d+), (.*)\.$", r"\1 \2", first)
        found.append((title, one.name, names))
    return {name: (title, names) for title, name, names in sorted(found)}


# The file -----------------------------------------------------------------------------------------


def _path():
    """Where the file is, or None where nothing is kept."""
    named = os.environ.get("DL_COURSE_PROGRESS", "")
    if named.lower() == "off":
        return None
    if named:
        return Path(named).expanduser()
    if any(name in os.environ for name in ("CI", "PYTEST_VERSION", "PYTEST_CURRENT_TEST")):
        return None
    home = Path(os.path.expanduser("~"))
    if os.name == "nt":
        folder = Path(os.environ.get("APPDATA") or home / "AppData" / "Roaming")
    elif sys.platform == "darwin":
        folder = home / "Library" / "Application Support"
    else:
        folder = Path(os.environ.get("XDG_CONFIG_HOME") or home / ".config")
    return folder / "dl_course" / "progress.json"


def _read():
    """What is kept; a file that makes no sense is set aside."""
    path, data = _path(), None
    if path is None:
        data = _session
    else:
        try:
            data = json.loads(path.read_text(encoding="utf-8"))
            if not (
                isinstance(data, dict) and all(isinstance(data.get(k, {}), dict) for k in _KEYS)
            ):
                raise ValueError("no file of ours")
        except FileNotFoundError:
            data = dict(_session)
        except (ValueError, RecursionError):
            data = dict(_session) if _set_aside(path) else _session
        except OSError:  # there may be something in it: `_write` leaves it alone
            data = _session
    for key in _KEYS:
        data.setdefault(key, {})
    return data


_KEYS = ("solved", "predictions")


def _set_aside(path):
    """Give a file another name, one that is not taken; say whether it could be done."""
    number = 1
    while (aside := path.with_name(f"{path.stem}.damaged-{number}{path.suffix}")).exists():
        number += 1
    try:
        os.replace(path, aside)
    except OSError:
        return False
    return True


def _write(data):
    """Write all or nothing; where that is impossible, remember it for this session."""
    path = _path()
    if data is _session or path is None:
        return
    _session.update(data)
    scratch = None
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(
            "w", encoding="utf-8", dir=path.parent, prefix=".progress", delete=False
        ) as file:
            scratch = file.name
            json.dump(data, file, indent=1, ensure_ascii=False)
        os.replace(scratch, path)
    except (OSError, ValueError, TypeError):
        if scratch:
            with contextlib.suppress(OSError):
                os.unlink(scratch)


def _table(table, key):
    """An entry that is a dictionary; what else stands there counts as nothing."""
    found = table.get(key)
    return found if isinstance(found, dict) else {}


def _entry(data, *keys):
    """The dictionary at the end of these keys, made where there is none."""
    for key in keys:
        if not isinstance(data.get(key), dict):
            data[key] = {}
        data = data[key]
    return data
