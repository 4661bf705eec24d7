"""Small environments beside the one that the tests run in: they borrow its packages."""

from __future__ import annotations

import subprocess
import sys
import sysconfig
import venv
from pathlib import Path

import jaxlab

_FOLDERS = tuple(dict.fromkeys(sysconfig.get_path(name) for name in ("purelib", "platlib")))
_WITHOUT_JAXLAB = "import importlib.util as u; raise SystemExit(u.find_spec('jaxlab') is not None)"


def make_environment(folder: Path, *, with_jaxlab: bool) -> str:
    """Make an environment and give back its Python.

    It has all packages of this one: jaxlab only where that is asked for. Nothing is under its
    share/jupyter but JupyterLab's own pages, so that no extension is installed in it.
    """
    venv.create(folder, symlinks=True)
    python = folder / "bin" / "python"
    paths = [*_FOLDERS, *([str(Path(jaxlab.__file__).parents[1])] if with_jaxlab else [])]
    base = {"base": str(folder), "platbase": str(folder)}
    (Path(sysconfig.get_path("purelib", vars=base)) / "borrowed.pth").write_text("\n".join(paths))
    pages = folder / "share" / "jupyter"
    pages.mkdir(parents=True)
    (pages / "lab").symlink_to(Path(sys.prefix) / "share" / "jupyter" / "lab")
    missing = subprocess.run([python, "-c", _WITHOUT_JAXLAB], cwd=folder, check=False)
    assert (missing.returncode == 0) is not with_jaxlab
    return str(python)
