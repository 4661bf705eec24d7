"""What jaxlab costs on the GPT-2 step, beside JAX's own work on it.

python -m benchmarks.readers [rounds]
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from pathlib import Path

import jax

import jaxlab
from benchmarks.figures import Clock, Figure, show
from examples import gpt2
from jaxlab.readers.hlo import read_hlo
from jaxlab.readers.jaxpr import read_jaxpr
from jaxlab.readers.stablehlo import read_stablehlo

PEAK = """
import re, sys
from pathlib import Path
from jaxlab.readers.hlo import read_hlo
module = Path(sys.argv[1]).read_bytes()
status = Path("/proc/self/status")
before = int(re.search(r"VmRSS:\\s+(\\d+) kB", status.read_text())[1])
graph = read_hlo(module)
peak = int(re.search(r"VmHWM:\\s+(\\d+) kB", status.read_text())[1])
print(1024 * (peak - before))
"""

JAX = ("trace", "lower", "compile")


def jax_alone(clock: Clock) -> tuple[jax.stages.Lowered, bytes]:
    """Trace, lower and compile afresh, timed; give what the readers read."""
    jax.clear_caches()
    arguments = gpt2.shapes(gpt2.Config.gpt2())
    with clock.measure("trace"):
        traced = jax.jit(gpt2.train_step).trace(*arguments)
    with clock.measure("lower"):
        lowered = traced.lower()
    with clock.measure("compile"):
        compiled = lowered.compile()
    with clock.measure("read_jaxpr"):
        read_jaxpr(traced.jaxpr)
    (module,) = compiled.runtime_executable().hlo_modules()
    return lowered, module.as_serialized_hlo_module_proto()


def read_modules(clock: Clock, lowered: jax.stages.Lowered, module: bytes) -> None:
    """Read the two modules, timed."""
    with clock.measure("read_stablehlo"):
        read_stablehlo(lowered.compiler_ir())
    with clock.measure("read_hlo"):
        read_hlo(module)


def with_jaxlab(clock: Clock) -> None:
    """All that jaxlab does on the way from a function to the texts of its stages, afresh."""
    jax.clear_caches()
    arguments = gpt2.shapes(gpt2.Config.gpt2())
    with clock.measure("to the graphs"):
        program = jaxlab.trace(gpt2.train_step, *arguments)
        graphs = (program.jaxpr, program.stablehlo, program.hlo)
    for name in JAX:
        clock.note(f"{name} in jaxlab", program.seconds[name])
    for stage in ("jaxpr", "hlo"):
        with clock.measure(f"text of {stage}"):
            text = str(program.show(stage=stage))
        print(f"{stage}: a report of {len(text.splitlines())} lines")
    print(*graphs, sep="\n", flush=True)


def peak_bytes(module: bytes) -> int:
    """How far reading a module raises the peak of a process that does nothing else (Linux)."""
    with tempfile.NamedTemporaryFile(suffix=".pb") as file:
        Path(file.name).write_bytes(module)
        command = [sys.executable, "-c", PEAK, file.name]
        return int(subprocess.run(command, check=True, capture_output=True, text=True).stdout)


def added_seconds(clock: Clock) -> float:
    """What jaxlab adds to trace, lower and compile: reading, tagging and one report.

    Compiling with tags is the same work as without; that both take as long is a figure of its
    own, since from one compilation to the next XLA's time varies by more than all the rest.
    """
    own = clock.median("to the graphs") - sum(clock.median(f"{name} in jaxlab") for name in JAX)
    slower = sum(
        clock.median(f"{name} in jaxlab") - clock.median(name) for name in ("trace", "lower")
    )
    return own + slower + clock.median("text of hlo")


def figures(clock: Clock, module: bytes) -> list[Figure]:
    """The table of one run."""
    jax_seconds = sum(clock.median(name) for name in JAX)
    return [
        *(Figure(f"JAX: {name}", clock.median(name), "s") for name in JAX),
        Figure("read_jaxpr", clock.median("read_jaxpr"), "s"),
        Figure("read_jaxpr / trace", clock.ratio("read_jaxpr", "trace"), "%", 1 / 4),
        Figure("read_stablehlo", clock.median("read_stablehlo"), "s"),
        Figure("read_hlo", clock.median("read_hlo"), "s"),
        Figure("read_hlo / compile", clock.ratio("read_hlo", "compile"), "%", 1 / 10),
        Figure("read_hlo, extra memory at its peak", peak_bytes(module), "B", 600e6),
        Figure("text of the jaxpr, with costs and groups", clock.median("text of jaxpr"), "s", 0.5),
        Figure("text of the HLO, with costs and groups", clock.median("text of hlo"), "s", 0.5),
        Figure("added to trace + lower + compile", added_seconds(clock) / jax_seconds, "%", 1 / 10),
        Figure("compile with tags / without", clock.ratio("compile in jaxlab", "compile"), "%"),
    ]


def main() -> None:
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 5
    clock = Clock()
    module = b""
    for _ in range(rounds + 1):
        lowered, module = jax_alone(clock)
        read_modules(clock, lowered, module)
        with_jaxlab(clock)
    title = f"GPT-2 step, {len(module) / 1e6:.1f} MB of HLO (medians of {rounds} rounds)"
    show(title, figures(clock, module))


if __name__ == "__main__":
    main()
