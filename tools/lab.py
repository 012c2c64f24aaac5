"""Open JupyterLab at the course's map, README.md. Flags are passed on to JupyterLab."""

import os
import signal
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


def main():
    """Run JupyterLab; Markdown opens rendered, so that the links of the map can be clicked."""
    os.chdir(ROOT)
    settings = f"--LabApp.app_settings_dir={ROOT / 'tools' / 'jupyterlab'}"
    command = [sys.executable, "-m", "jupyterlab", settings, *sys.argv[1:], "README.md"]
    lab = subprocess.Popen(command)
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is JupyterLab's to answer
    signal.signal(signal.SIGTERM, lambda *_: lab.terminate())  # who ends this, ends JupyterLab
    sys.exit(lab.wait())


if __name__ == "__main__":
    main()
