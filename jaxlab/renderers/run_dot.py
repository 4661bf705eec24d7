"""Graphviz's `dot`, run with a limit on its time."""

from __future__ import annotations

import shutil
import subprocess

from jaxlab.errors import ToolError, cut

MISSING = (
    "Graphviz's `dot` is not on this machine's PATH, so there is no picture; the text is complete. "
    "To get it: `apt-get install graphviz`, `brew install graphviz` or "
    "`conda install -c conda-forge graphviz`."
)


def has_dot() -> bool:
    """Whether Graphviz is installed."""
    return shutil.which("dot") is not None


def run_dot(source: str, form: str, seconds: float) -> bytes | None:
    """What `dot -T<form>` makes of a DOT text; None if it took longer than `seconds`.

    Raises:
      ToolError: Graphviz is not installed, or refused the text.
    """
    program = shutil.which("dot")
    if program is None:
        raise ToolError(MISSING)
    try:
        finished = subprocess.run(
            [program, f"-T{form}"],
            input=source.encode(),
            capture_output=True,
            timeout=seconds,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return None
    if finished.returncode:
        said = finished.stderr.decode(errors="replace").strip()
        raise ToolError(f"Graphviz's `dot` failed with {finished.returncode}: {cut(said, 300)}")
    return finished.stdout
