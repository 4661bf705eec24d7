"""Make or refresh a virtual environment with jaxlab in it, as a checkout needs it.

    python3 scripts/environment.py .venv --extras lab,test
    python3 scripts/environment.py .venv-oldest --oldest --extras test

Does nothing when nothing that it was made from has changed. Runs on any Python 3.7 or newer,
with the standard library alone; which Python goes into the environment, find_python.py says,
unless $PYTHON names one.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

from find_python import NEWEST, OLDEST, find_python

ROOT = Path(__file__).resolve().parent.parent
EXTENSION = ROOT / "labextension" / "dist"
OLDEST_VERSIONS = ROOT / "scripts" / "oldest.txt"


def main() -> None:
    options = parse(sys.argv[1:])
    folder = ROOT / options.folder
    parts = fingerprint(options)
    stamp = folder / "made-from" / parts
    if stamp.exists():
        return
    start = time.monotonic()
    python = folder / "bin" / "python"
    if not python.with_name("pip").exists():
        create(folder, OLDEST if options.oldest else NEWEST)
    install(python, options)
    link_extension(folder)
    stamp.parent.mkdir(exist_ok=True)
    stamp.touch()
    print(f"{options.folder} is ready, in {time.monotonic() - start:.0f} s.", flush=True)


def parse(arguments: list[str]) -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(description="Make an environment with jaxlab in it.")
    parser.add_argument("folder", help="where, relative to the checkout")
    parser.add_argument("--extras", default="", help="extras of jaxlab, with commas")
    parser.add_argument("--requirements", default="", help="a file with more packages")
    parser.add_argument("--oldest", action="store_true", help="the oldest allowed versions")
    return parser.parse_args(arguments)


def fingerprint(options: argparse.Namespace) -> str:
    """Name what an environment is made from; where the name is new, something has changed."""
    files = [ROOT / "pyproject.toml", *Path(__file__).parent.glob("*.txt")]
    files += [ROOT / options.requirements] if options.requirements else []
    digest = hashlib.sha256(repr(sorted(vars(options).items())).encode())
    for file in sorted(files):
        digest.update(file.read_bytes())
    return digest.hexdigest()[:16]


def create(folder: Path, versions: tuple[str, ...]) -> None:
    """Make an empty environment; say which Python is missing if none will do."""
    chosen = os.environ.get("PYTHON") if versions is NEWEST else None
    python = chosen or find_python(versions)
    if not python:
        sys.exit(
            f"No Python {' or '.join(sorted(versions))} with venv and pip was found.\n"
            "Debian and Ubuntu: apt install python3-venv. Elsewhere: pyenv or uv.\n"
            "PYTHON=/path/to/python chooses one that is somewhere else."
        )
    print(f"Making {folder.name} with {python}", flush=True)
    run(python, "-m", "venv", "--clear", str(folder))
    run(str(folder / "bin" / "python"), "-m", "pip", "install", "--quiet", "--upgrade", "pip")


def install(python: Path, options: argparse.Namespace) -> None:
    """Install jaxlab, editable, with its extras and what else was asked for."""
    pip = (str(python), "-m", "pip", "install", "--quiet")
    if options.oldest:
        # First and by themselves: installing jaxlab must not move them. check_oldest.py looks.
        run(*pip, "--requirement", str(OLDEST_VERSIONS))
    more = ("--requirement", str(ROOT / options.requirements)) if options.requirements else ()
    run(*pip, "--editable", f"{ROOT}[{options.extras}]" if options.extras else str(ROOT), *more)


def link_extension(folder: Path) -> None:
    """Have JupyterLab read the viewer where it is built: what pip has put there is a copy."""
    there = folder / "share" / "jupyter" / "labextensions" / "jaxlab"
    if there.is_symlink():
        return
    shutil.rmtree(there, ignore_errors=True)
    there.parent.mkdir(parents=True, exist_ok=True)
    there.symlink_to(EXTENSION)


def run(*command: str) -> None:
    """Run a command; if it fails, end with its status."""
    status = subprocess.run(command, check=False).returncode
    if status:
        sys.exit(f"This failed with status {status}: {' '.join(command)}")


if __name__ == "__main__":
    main()
