"""Create `.venv` and install the course into it. Standard library only; a second call returns at once.

Run by every make target. By hand: `python3 tools/set_up.py`.
"""

import hashlib
import os
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
PYTHON = VENV / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
STAMP = VENV / ".course-installed"
INPUTS = ["requirements.txt", "constraints.txt", "pyproject.toml"]
SUPPORTED = [(3, minor) for minor in range(10, 14)]


def fingerprint():
    """What the environment was made from: the requirement files and the folder the course lies in."""
    digest = hashlib.sha256(str(ROOT).encode())
    for name in INPUTS:
        digest.update((ROOT / name).read_bytes())
    return digest.hexdigest()


def is_ready():
    """True if the environment exists, works and is the one the files ask for."""
    return PYTHON.exists() and STAMP.is_file() and STAMP.read_text() == fingerprint()


def find_python():
    """The Python to build on: the one running this if TensorFlow supports it, else one on the PATH."""
    if sys.version_info[:2] in SUPPORTED:
        return sys.executable
    for major, minor in reversed(SUPPORTED):
        if found := shutil.which(f"python{major}.{minor}"):
            return found
    sys.exit(
        f"TensorFlow needs Python 3.10 to 3.13; this is {sys.version.split()[0]}, and no other was "
        "found.\nInstall one of them, then: make PYTHON=/path/to/python3.12 lab"
    )


def works(python):
    """True if this interpreter starts and is of a supported version."""
    check = f"import sys; sys.exit(sys.version_info[:2] not in {SUPPORTED})"
    return python.exists() and subprocess.run([str(python), "-c", check]).returncode == 0


def set_aside(folder):
    """Rename a folder that can't be used; nothing of the user's is deleted."""
    number = 1
    while (kept := folder.with_name(f"{folder.name}.old-{number}")).exists():
        number += 1
    folder.rename(kept)
    print(f"{folder.name} could not be used and was renamed to {kept.name}.", flush=True)


def create_venv(python):
    """Create the virtual environment, or say what is missing."""
    print(f"Creating .venv with {python} …", flush=True)
    made = subprocess.run([python, "-m", "venv", str(VENV)], capture_output=True, text=True)
    if made.returncode:
        print(made.stdout + made.stderr, file=sys.stderr)
        sys.exit(
            "Could not create a virtual environment. On Debian and Ubuntu: sudo apt install python3-venv"
        )


def install():
    """Install requirements at the tested versions, with uv (seconds) or else with pip (a minute)."""
    wanted = ["install", "-r", "requirements.txt", "-c", "constraints.txt"]
    pip = [str(PYTHON), "-m", "pip", "--disable-pip-version-check"]
    print("Installing TensorFlow, Keras, JupyterLab and friends (about 2.5 GB) …", flush=True)
    subprocess.run([*pip, "install", "--quiet", "uv"], cwd=ROOT)
    uv = [str(PYTHON), "-m", "uv", "pip", *wanted, "--quiet", "--python", str(PYTHON)]
    if subprocess.run(uv, cwd=ROOT).returncode == 0:
        return
    print("uv could not do it; trying pip …", flush=True)
    if subprocess.run([*pip, *wanted, "--quiet"], cwd=ROOT).returncode:
        sys.exit(
            "Installation failed; the reason stands above. Most often the network is blocked: behind a "
            "proxy set HTTPS_PROXY, with a mirror set PIP_INDEX_URL, then run the same command again."
        )


def main():
    """Make `.venv` ready unless it is."""
    if is_ready():
        return
    if not works(PYTHON):
        if VENV.exists():
            set_aside(VENV)
        create_venv(find_python())
    install()
    STAMP.write_text(fingerprint())


if __name__ == "__main__":
    main()
