"""Mutation testing: change the code in many places, one at a time, and see which changes no test notices.

`make mutants` runs it (about an hour on two cores; it goes on where it was interrupted), with what
`[tool.mutmut]` in pyproject.toml says. The survivors go to `build/mutants.md`, as differences.
"""

import os
import subprocess
import sys
from collections import defaultdict
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
ENOUGH = 0.90  # of the mutants of every module must be noticed
MUTMUT = [sys.executable, "-m", "mutmut"]


def mutmut(*arguments):
    """What a mutmut command prints."""
    done = subprocess.run([*MUTMUT, *arguments], cwd=ROOT, capture_output=True, text=True)
    return done.stdout


def run(arguments):
    """Run the mutants; the progress goes to a file, since it redraws its line for each of them."""
    (ROOT / "build").mkdir(exist_ok=True)
    environment = {**os.environ, "HYPOTHESIS_PROFILE": "mutants"}  # no search for small examples
    with (ROOT / "build" / "mutants.log").open("w") as log:
        done = subprocess.run(
            [*MUTMUT, "run", *arguments], cwd=ROOT, env=environment, stdout=log, stderr=log
        )
    if done.returncode:
        sys.exit("mutmut stopped: do the tests pass without mutants? See build/mutants.log")


def read_results():
    """For each module, name → what became of each of its mutants."""
    found = defaultdict(dict)
    for line in mutmut("results", "--all", "true").splitlines():
        name, _, status = line.strip().partition(": ")
        if status:
            found[name.rpartition(".")[0]][name] = status
    return found


def write_survivors(results):
    """Every mutant that no test noticed, as a difference, in `build/mutants.md`."""
    lines = ["# Changes that no test noticed", ""]
    for mutants in results.values():
        for name, status in mutants.items():
            if status not in ("killed", "timeout"):
                lines += [
                    f"## {name} ({status})",
                    "",
                    "```diff",
                    mutmut("show", name).strip(),
                    "```",
                    "",
                ]
    (ROOT / "build" / "mutants.md").write_text("\n".join(lines), encoding="utf-8")


def summarize(results):
    """Print a line for each module; return whether enough was noticed in all of them."""
    good = bool(results)
    for module, mutants in sorted(results.items()):
        noticed = sum(status in ("killed", "timeout") for status in mutants.values())
        good &= noticed >= ENOUGH * len(mutants)
        print(
            f"{module}: {noticed} of {len(mutants)} noticed, {100 * noticed / len(mutants):.0f} %"
        )
    return good


def main():
    """Run, list, and fail if too many changes went unnoticed."""
    run(sys.argv[1:])
    results = read_results()
    write_survivors(results)
    if not summarize(results):
        sys.exit(
            f"Less than {100 * ENOUGH:.0f} % somewhere: see build/mutants.md and build/mutants.log"
        )


if __name__ == "__main__":
    main()
