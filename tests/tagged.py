"""Compile a program with lineage tags and without, compare the two, and link its stages."""

from __future__ import annotations

import fcntl
import inspect
import re
from pathlib import Path
from typing import Any, NamedTuple

import jax
import numpy as np

from examples import gpt2
from jaxlab._jax import TAG_PREFIX, compile_tagged
from jaxlab.analyses.lineage import Lineage, lineage_between, lower_tagged
from jaxlab.analyses.tag_links import own_tags
from jaxlab.graph import Graph, check
from jaxlab.readers.hlo import read_hlo
from jaxlab.readers.jaxpr import read_jaxpr
from jaxlab.readers.stablehlo import read_stablehlo


class Seen(NamedTuple):
    """One program, tagged and compiled."""

    function: Any
    traced: Any
    compiled: Any
    jaxpr: Graph
    stablehlo: Graph
    hlo: Graph
    lineage: Lineage
    module: bytes = b""
    assignment: bytes = b""


def proto(compiled: Any) -> bytes:
    return compiled.runtime_executable().hlo_modules()[0].as_serialized_hlo_module_proto()


def see(function: Any, *args: Any, **options: Any) -> Seen:
    """Compile a program with tags and without; compare the two, and link the stages."""
    jitted = jax.jit(function, **options)
    traced = jitted.trace(*args)
    lowered = lower_tagged(traced)
    compiled = compile_tagged(lowered)
    jaxpr, hlo = read_jaxpr(traced.jaxpr), read_hlo(proto(compiled))
    stablehlo = read_stablehlo(lowered.compiler_ir("stablehlo"))
    plain = traced.lower().compile()
    assert without_metadata(compiled.as_text()) == without_metadata(plain.as_text())
    static = options.get("static_argnums")
    called = [arg for index, arg in enumerate(args) if index != static]
    same_bits(compiled(*copied(called)), plain(*copied(called)))
    lineage = lineage_between(jaxpr, hlo)
    seen = Seen(function, traced, compiled, jaxpr, stablehlo, hlo, lineage)
    consistent(seen)
    return seen


def see_gpt2(folder: Path) -> Seen:
    """The GPT-2 step from shapes, linked; its HLO is compiled by the first who asks.

    Args:
      folder: where the compiled module is kept for other processes of the same test run.
    """
    traced = jax.jit(gpt2.train_step, donate_argnums=0).trace(*gpt2.shapes(gpt2.Config.gpt2()))
    lowered = lower_tagged(traced)
    kept, memory = folder / "gpt2_tagged.pb", folder / "gpt2_memory.pb"
    with (folder / "gpt2_tagged.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not kept.exists():
            compiled = compile_tagged(lowered)
            memory.write_bytes(compiled.memory_analysis().serialized_buffer_assignment_proto)
            kept.write_bytes(proto(compiled))
    module = kept.read_bytes()
    jaxpr, hlo = read_jaxpr(traced.jaxpr), read_hlo(module)
    stablehlo = read_stablehlo(lowered.compiler_ir("stablehlo"))
    lineage = lineage_between(jaxpr, hlo)
    function, assignment = gpt2.train_step, memory.read_bytes()
    return Seen(function, traced, None, jaxpr, stablehlo, hlo, lineage, module, assignment)


def copied(args: Any) -> Any:
    return jax.tree.map(lambda leaf: leaf.copy() if isinstance(leaf, jax.Array) else leaf, args)


def same_bits(left: Any, right: Any) -> None:
    for one, other in zip(jax.tree.leaves(left), jax.tree.leaves(right), strict=True):
        assert data_of(one).tobytes() == data_of(other).tobytes()
        assert one.sharding == other.sharding


def data_of(array: Any) -> np.ndarray:
    is_key = jax.dtypes.issubdtype(array.dtype, jax.dtypes.prng_key)
    return np.asarray(jax.random.key_data(array) if is_key else array)


def without_metadata(text: str) -> str:
    """An HLO module's text without op names and source frames, its instructions renumbered.

    Names end with a number that counts all instructions made on the way, also those dropped.
    """
    text = re.sub(r", metadata=\{[^}]*\}", "", text)
    tables = r"\n(FileNames|FunctionNames|FileLocations|StackFrames)\n(.+\n)*"
    text = re.sub(tables, "\n", text)
    numbers: dict[str, str] = {}
    return re.sub(r"%[\w.-]+", lambda name: numbers.setdefault(name[0], f"%{len(numbers)}"), text)


def consistent(seen: Seen) -> None:
    """What holds for every program: exact tags, nothing missing, two directions that agree."""
    assert [check(graph) for graph in (seen.jaxpr, seen.stablehlo, seen.hlo)] == [(), (), ()]
    lineage = seen.lineage
    names = {
        f"{TAG_PREFIX}{region}.{index}": node.id
        for region, found in enumerate(seen.jaxpr.regions.values())
        for index, node in enumerate(found.nodes)
    }
    for node in seen.hlo.nodes():
        exact = {names[tag] for tag, kind in own_tags(node.origin.tags).items() if kind == "tagged"}
        if exact:
            assert set(lineage.back(node.id, "tagged")) == exact
        for origin in lineage.back(node.id):
            assert node.id in lineage.forward(origin)
    for node in seen.jaxpr.nodes():
        status = lineage.status(node.id)
        assert bool(lineage.forward(node.id, "tagged", "fused", "within")) or status != "kept"
        if status in ("merged", "dead"):
            assert bool(lineage.forward(node.id)) == (status == "merged")
    lines = {node.origin.frames[0] for node in seen.jaxpr.nodes() if node.origin.frames}
    found = {frame: set(lineage.at_line(frame.line, frame.file).before) for frame in lines}
    for node in seen.jaxpr.nodes():
        assert all(node.id in found[frame] for frame in node.origin.frames[:1])


def lines_marked(function: Any) -> dict[str, int]:
    """The numbers of a function's lines that end with a comment of one letter, by letter."""
    lines, start = inspect.getsourcelines(function)
    found = [(re.search(r"# ([A-Z])$", line.rstrip()), start + at) for at, line in enumerate(lines)]
    marked = [(mark[1], number) for mark, number in found if mark]
    assert len(dict(marked)) == len(marked), "a letter marks two lines"
    return dict(marked)
