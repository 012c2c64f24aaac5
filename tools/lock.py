"""Write constraints.txt: the newest versions requirements.txt allows, on every supported Python."""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
HEADER = """# The tested versions of everything, written by `make lock`. Use:
#   pip install -r requirements.txt -c constraints.txt
"""


def main():
    """Resolve and write; the old file stays if nothing could be resolved."""
    compiled = subprocess.run(
        [sys.executable, "-m", "uv", "pip", "compile", "requirements.txt", "--universal"]
        + [
            "--python-version",
            "3.10",
            "--no-annotate",
            "--no-header",
            "--quiet",
            "--no-emit-package",
            "dl-course",
        ],
        cwd=ROOT,
        capture_output=True,
        text=True,
    )
    if compiled.returncode:
        sys.exit(compiled.stderr)
    pins = [line for line in compiled.stdout.splitlines() if "==" in line]
    (ROOT / "constraints.txt").write_text(HEADER + "\n".join(pins) + "\n", encoding="utf-8")
    print(f"constraints.txt: {len(pins)} versions")


if __name__ == "__main__":
    main()
