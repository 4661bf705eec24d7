"""Find an installed Python of a wished version, wherever it was installed.

Runs on any Python 3.7 or newer, with the standard library alone, since it runs before there is
an environment. `python3 scripts/find_python.py 3.13 3.12` prints the first of these that works.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

NEWEST = ("3.13", "3.12", "3.14", "3.11")
"""For the newest JAX, the best first. On 3.11 pip finds JAX 0.10 only."""

OLDEST = ("3.11", "3.12", "3.13")
"""For the oldest JAX."""

PROBE = "import ensurepip, sys, venv; print('%d.%d' % sys.version_info[:2], sys.executable)"


def candidates(version: str) -> list[str]:
    """Paths that may be a Python of this version, the likeliest first."""
    name = f"python{version}"
    home = Path.home()
    pyenv = Path(os.environ.get("PYENV_ROOT", home / ".pyenv")) / "versions"
    uv = Path(os.environ.get("UV_PYTHON_INSTALL_DIR", home / ".local/share/uv/python"))
    in_path = [shutil.which(name), shutil.which("python3"), shutil.which("python")]
    installed = [
        *sorted(pyenv.glob(f"{version}*/bin/{name}"), reverse=True),
        *sorted(uv.glob(f"cpython-{version}.*/bin/{name}"), reverse=True),
        *(Path(folder) / name for folder in ("/usr/local/bin", "/usr/bin", "/opt/homebrew/bin")),
        *sorted(Path("/opt").glob(f"*/bin/{name}")),
    ]
    return [found for found in in_path if found] + [str(path) for path in installed]


def works_as(path: str, version: str) -> str:
    """The Python's own path if it runs, has this version and can make environments; else ""."""
    try:
        probe = subprocess.run(
            [path, "-c", PROBE], capture_output=True, text=True, timeout=30, check=False
        )
    except (OSError, subprocess.TimeoutExpired):
        return ""
    found, _, executable = probe.stdout.strip().partition(" ")
    return executable if probe.returncode == 0 and found == version else ""


def find_python(versions: tuple[str, ...]) -> str:
    """The path of the first version that is installed; "" if none is."""
    for version in versions:
        for path in candidates(version):
            executable = works_as(path, version)
            if executable:
                return executable
    return ""


if __name__ == "__main__":
    wished = tuple(sys.argv[1:]) or NEWEST
    found_python = find_python(wished)
    if not found_python:
        sys.exit(f"No Python {' or '.join(wished)} with venv and pip was found.")
    print(found_python)
