"""What `import jaxlab` and `%load_ext jaxlab` add to `import jax`: `python -m benchmarks.startup`.

Each run is a process of its own. The first, which does not count, compiles all to bytecode.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from statistics import median

from benchmarks.figures import Figure, show

IMPORTING = """
import time
start = time.perf_counter()
import jax
between = time.perf_counter()
import jaxlab
print(between - start, time.perf_counter() - between)
"""

LOADING = """
import time
from IPython.core.interactiveshell import InteractiveShell
shell = InteractiveShell.instance()
start = time.perf_counter()
import jax
between = time.perf_counter()
shell.run_line_magic("load_ext", "jaxlab")
end = time.perf_counter()
from jax._src import xla_bridge
if xla_bridge.backends_are_initialized():
    raise SystemExit("loading jaxlab started a backend")
print(between - start, end - between)
"""


def run(code: str, environment: dict[str, str]) -> str:
    """What a process that runs this code prints."""
    command = [sys.executable, "-c", code]
    process = subprocess.run(command, capture_output=True, text=True, env=environment)
    if process.returncode:
        sys.exit(process.stderr)
    return process.stdout


def medians(code: str, runs: int = 9) -> tuple[float, float]:
    """Median seconds for jax and for what comes after it."""
    pairs: list[tuple[float, float]] = []
    with tempfile.TemporaryDirectory() as bytecode:
        environment = {**os.environ, "PYTHONPYCACHEPREFIX": bytecode}
        environment.pop("PYTHONDONTWRITEBYTECODE", None)
        for _ in range(runs + 1):
            first, second = map(float, run(code, environment).split())
            pairs.append((first, second))
    firsts, seconds = zip(*pairs[1:], strict=True)
    return median(firsts), median(seconds)


def main() -> None:
    jax_seconds, import_seconds = medians(IMPORTING)
    _, load_seconds = medians(LOADING)
    show(
        "Start-up (medians of 9 processes; no backend is started)",
        [
            Figure("import jax", jax_seconds, "s"),
            Figure("import jaxlab, after jax", import_seconds, "s", limit=0.150),
            Figure("%load_ext jaxlab, importing it too, after jax", load_seconds, "s", limit=0.150),
        ],
    )


if __name__ == "__main__":
    main()
