"""The same two functions drawn by other tools and by jaxlab, in one run.

    python -m benchmarks.peers

Each tool gets an environment of its own under build/peers, made with what pip resolves today,
and a process of its own for each function, ended after TIMEOUT seconds. What fails is told with
the last line of its error: it is a fact about today, not a verdict.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

from jaxlab.quantities import quantity

ROOT = Path(__file__).resolve().parent.parent
ENVIRONMENTS = ROOT / "build" / "peers"
TIMEOUT = 120

TINY = """
import jax, jax.numpy as jnp
def function(w, x):
    return jnp.sum(jnp.tanh(x @ w))
arguments = (jnp.ones((4, 3)), jnp.ones((2, 4)))
"""

GPT2 = """
import jax
from examples import gpt2
function = gpt2.train_step
arguments = gpt2.shapes(gpt2.Config.gpt2())
"""


@dataclass(frozen=True)
class Peer:
    """A tool, how it draws `function(*arguments)`, and what it is asked to draw.

    The code runs after `function` and `arguments` are set, and writes its output to `out`.
    """

    name: str
    package: str
    draws: str
    code: str


PEERS = (
    Peer(
        "jaxlab",
        "",
        "jaxpr, SVG",
        "import jaxlab\njaxlab.trace(function, *arguments).save(out + '.svg', stage='jaxpr')",
    ),
    Peer(
        "jaxlab",
        "",
        "HLO, SVG",
        "import jaxlab\njaxlab.trace(function, *arguments).save(out + '.svg', stage='hlo')",
    ),
    Peer(
        "jpviz",
        "jpviz",
        "jaxpr, SVG",
        "import jpviz\n"
        "picture = jpviz.draw(jax.jit(function), collapse_primitives=False)(*arguments)\n"
        "picture.write_svg(out + '.svg')",
    ),
    Peer(
        "visu-hlo",
        "visu-hlo",
        "HLO, SVG",
        "import visu_hlo\nvisu_hlo.write_svg(out + '.svg', function, *arguments)",
    ),
    Peer(
        "jaxviz",
        "jaxviz",
        "jaxpr, HTML",
        "import jaxviz, pathlib\n"
        "page = jaxviz.trace_model(function, *arguments, return_html=True)\n"
        "pathlib.Path(out + '.html').write_text(page)",
    ),
)


def python_of(peer: Peer) -> str | None:
    """The Python of the environment that a peer is in; None if it does not install."""
    if not peer.package:
        return sys.executable
    folder = ENVIRONMENTS / peer.package
    python = folder / "bin" / "python"
    if not python.exists():
        subprocess.run([sys.executable, "-m", "venv", str(folder)], check=True)
    install = [str(python), "-m", "pip", "install", "--quiet", peer.package]
    run = subprocess.run(install, capture_output=True, text=True, timeout=600)
    return str(python) if run.returncode == 0 else None


def last_line(text: str) -> str:
    """The last line of an error that says something."""
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    errors = [line for line in lines if "Error" in line] or lines or ["no message"]
    return errors[-1][:90]


def draw(peer: Peer, python: str, setting: str) -> str:
    """Let a tool draw once; say how long that took and how much it wrote, or what stopped it."""
    with tempfile.TemporaryDirectory() as folder:
        code = f"{setting}\nout = {folder + '/out'!r}\n{peer.code}"
        start = time.perf_counter()
        try:
            run = subprocess.run(
                [python, "-c", code],
                cwd=ROOT,
                capture_output=True,
                text=True,
                timeout=TIMEOUT,
            )
        except subprocess.TimeoutExpired:
            return f"not done in {TIMEOUT} s"
        taken = time.perf_counter() - start
        written = sum(file.stat().st_size for file in Path(folder).iterdir())
    if run.returncode or not written:
        return f"failed: {last_line(run.stderr)}"
    return f"{taken:.1f} s, {quantity(written, 'B')}"


def main() -> None:
    print(f"Whole processes, imports, tracing and compiling included; ended after {TIMEOUT} s")
    for peer in PEERS:
        python = python_of(peer)
        for name, setting in (("tiny", TINY), ("GPT-2", GPT2)):
            result = draw(peer, python, setting) if python else "does not install"
            print(f"  {peer.name:<9} {peer.draws:<12} {name:<6} {result}", flush=True)


if __name__ == "__main__":
    main()
