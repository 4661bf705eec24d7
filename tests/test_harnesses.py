"""JAX's own test programs, thousands of them: each is read, and nothing in it is lost.

The usual run traces and reads all of them, and compiles a fixed random sample for StableHLO and
optimized HLO. `-m full` compiles them all, about five minutes on two cores.
"""

from __future__ import annotations

import functools
import random
import shutil
import subprocess
import warnings
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import jax
import numpy as np
import pytest
from jax_counts import count_equations
from payload_checks import comes_back

from jaxlab.graph import check
from jaxlab.readers.hlo import read_hlo
from jaxlab.readers.jaxpr import jaxprs_in_order, read_jaxpr
from jaxlab.readers.stablehlo import read_stablehlo
from jaxlab.renderers.dot import render_dot
from jaxlab.renderers.text import render_text, to_text

Note = Callable[[str, object], None]

CHUNKS = 16
SAMPLE = 640
# Of each chunk, so that at least 500 of the sample are compiled. JAX 0.10 lowers no eigenvalues
# of half precision for a CPU; programs of one kind may crowd in a chunk.
LEAST_COMPILED = 0.8
LEAST_TRACED = 0.99


@functools.cache
def harnesses() -> tuple[Any, ...]:
    """All of JAX's test programs, by name. They are made when first asked for."""
    from jax._src.internal_test_util import test_harnesses

    return tuple(sorted(test_harnesses.all_harnesses, key=lambda harness: harness.fullname))


@functools.cache
def sample() -> tuple[Any, ...]:
    return tuple(random.Random(20_260).sample(harnesses(), SAMPLE))


def traced(programs: Sequence[Any]) -> Iterator[tuple[str, Any]]:
    """The programs that JAX traces here, as `jax.jit` would; a few of its own are not meant to."""
    for harness in programs:
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # of JAX, about its own programs
                arguments = harness.dyn_args_maker(np.random.RandomState(0))
                found = jax.jit(harness.dyn_fun).trace(*arguments)
        except (TypeError, NotImplementedError):
            continue
        yield harness.fullname, found


def compiled(programs: Sequence[Any]) -> Iterator[tuple[str, Any, bytes]]:
    """The programs that this machine compiles: name, StableHLO module, HLO proto."""
    for name, found in traced(programs):
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                lowered = found.lower()
                executable = lowered.compile().runtime_executable()
        except (NotImplementedError, jax.errors.JaxRuntimeError):
            continue
        proto = executable.hlo_modules()[0].as_serialized_hlo_module_proto()
        yield name, lowered.compiler_ir("stablehlo"), proto


@pytest.mark.parametrize("chunk", range(CHUNKS))
def test_every_equation_of_every_program_is_a_node(chunk: int, record_property: Note):
    programs = harnesses()[chunk::CHUNKS]
    read = equations = 0
    for name, found in traced(programs):
        graph = read_jaxpr(found.jaxpr, name)
        assert check(graph) == (), name
        assert len(graph) == count_equations(found.jaxpr), name
        assert [region_id for region_id, _ in jaxprs_in_order(found.jaxpr)] == list(graph.regions)
        read += 1
        equations += len(graph)
    assert read >= len(programs) * LEAST_TRACED
    record_property("figure: harness programs read as jaxprs", read)
    record_property("figure: harness equations", equations)
    jax.clear_caches()


@pytest.mark.parametrize("chunk", range(CHUNKS))
def test_every_instruction_of_a_sample_is_a_node(chunk: int, record_property: Note):
    _hold_compiled(sample()[chunk::CHUNKS], record_property)


@pytest.mark.full
@pytest.mark.parametrize("chunk", range(CHUNKS))
def test_every_instruction_of_every_program_is_a_node(chunk: int, record_property: Note):
    _hold_compiled(harnesses()[chunk::CHUNKS], record_property)


def _hold_compiled(programs: Sequence[Any], record_property: Note) -> None:
    read = operations = instructions = 0
    drawings: list[str] = []
    for name, module, proto in compiled(programs):
        hlo = read_hlo(proto)
        assert len(hlo) == count_instructions(proto), name
        stablehlo = read_stablehlo(module)
        assert len(stablehlo) == count_operations(module), name
        for graph in (hlo, stablehlo):
            assert check(graph) == (), name
            assert to_text(render_text(graph)).strip(), name
            drawings.append(render_dot(graph))
        comes_back(stablehlo, hlo)
        read += 1
        operations += len(stablehlo)
        instructions += len(hlo)
    _hold_drawings(drawings)
    assert read >= len(programs) * LEAST_COMPILED
    record_property("figure: harness programs compiled", read)
    record_property("figure: harness StableHLO operations", operations)
    record_property("figure: harness HLO instructions", instructions)
    jax.clear_caches()


def _hold_drawings(drawings: Sequence[str]) -> None:
    """Graphviz parses them all, where it is installed; one process, for it starts slowly."""
    assert all(drawing.startswith("digraph") for drawing in drawings)
    if shutil.which("dot"):
        run = subprocess.run(
            ["dot", "-Tcanon"], input="\n".join(drawings), capture_output=True, text=True
        )
        assert (run.returncode, run.stderr) == (0, "")
        assert run.stdout.count("digraph ") == len(drawings)


def test_the_sample_is_large_enough():
    assert SAMPLE * LEAST_COMPILED >= 500
    assert len(set(sample())) == SAMPLE


# --- counts of our own, past the readers ---


def count_operations(module: Any) -> int:
    """MLIR's own walk, without the module and its functions, which are regions."""
    from jaxlib.mlir import ir

    count = 0

    def visit(operation: Any) -> Any:
        nonlocal count
        count += operation.name not in ("builtin.module", "func.func")
        return ir.WalkResult.ADVANCE

    module.operation.walk(visit)
    return count


def count_instructions(proto: bytes) -> int:
    """Instructions in the bytes: field 3 of a module is a computation, whose field 2 is one."""
    return sum(
        sum(1 for field, _ in _fields(computation) if field == 2)
        for field, computation in _fields(proto)
        if field == 3
    )


def _fields(message: bytes) -> Iterator[tuple[int, bytes]]:
    """The fields of a message as protobuf writes them; numbers' values are left out."""
    place = 0
    while place < len(message):
        key, place = _varint(message, place)
        wire = key & 7
        if wire == 0:
            _, place = _varint(message, place)
            yield key >> 3, b""
            continue
        size, place = _varint(message, place) if wire == 2 else ({1: 8, 5: 4}[wire], place)
        yield key >> 3, message[place : place + size]
        place += size


def _varint(message: bytes, place: int) -> tuple[int, int]:
    number = shift = 0
    while True:
        byte = message[place]
        number |= (byte & 127) << shift
        place += 1
        if byte < 128:
            return number, place
        shift += 7
