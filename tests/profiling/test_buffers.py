"""The buffer assignment against XLA's own figures, and where values go in the HLO of a sketch."""

# pyright: reportUnknownMemberType=false, reportUnknownLambdaType=false
# pyright: reportUnknownArgumentType=false, reportUnknownVariableType=false

from __future__ import annotations

from types import SimpleNamespace

import jax
import jax.numpy as jnp
import pytest
from assigned import PROGRAMS, SIZE, SQUARE, assigned, loop

from jaxlab import _jax
from jaxlab.errors import InputError
from jaxlab.profiling.memory.buffers import (
    Allocation,
    Assignment,
    Buffer,
    read_assignment,
    statistics_of,
)
from jaxlab.profiling.memory.holders import holders_of
from jaxlab.readers.hlo import read_hlo


@pytest.mark.parametrize("name", PROGRAMS)
def test_the_kinds_add_up_to_xlas_own_figures(name: str) -> None:
    function, args, options = PROGRAMS[name]
    _, assignment, statistics = assigned(function, *args, **options)
    assert assignment.bytes("argument") == statistics.argument_size_in_bytes
    assert assignment.bytes("temporary") == statistics.temp_size_in_bytes
    reused = sum(
        each.size for each in assignment.allocations if each.kind == "argument" and each.is_output
    )
    assert reused == statistics.alias_size_in_bytes
    assert assignment.bytes("output") + reused == statistics.output_size_in_bytes


@pytest.mark.parametrize("name", PROGRAMS)
def test_every_buffer_is_at_a_node_and_in_its_allocation(name: str) -> None:
    function, args, options = PROGRAMS[name]
    graph, assignment, _ = assigned(function, *args, **options)
    sizes = {each.index: each.size for each in assignment.allocations}
    assert list(assignment.buffers())
    for buffer in assignment.buffers():
        assert graph.get(buffer.node) is not None
        assert 0 <= buffer.offset <= buffer.offset + buffer.size <= sizes[buffer.allocation]


def test_a_donated_argument_is_where_a_result_ends() -> None:
    _, assignment, _ = assigned(*PROGRAMS["donated"][:1], SQUARE, SQUARE, donate_argnums=1)
    arguments = {each.parameter: each for each in assignment.allocations if each.parameter >= 0}
    assert not arguments[0].is_output
    assert arguments[1].is_output
    assert [each.size for each in arguments.values()] == [SIZE, SIZE]


def test_a_closed_over_array_is_a_constant() -> None:
    _, assignment, _ = assigned(*PROGRAMS["constant"][:1], SQUARE)
    assert assignment.bytes("constant") == SIZE


def test_bytes_that_are_no_assignment_are_an_error() -> None:
    module = _jax.hlo_proto(jax.jit(jnp.sin).lower(SQUARE).compile())
    for broken in (b"", b"\xff\xff", b"no proto at all"):
        with pytest.raises(InputError, match=r"no buffer assignment: got \d+ bytes"):
            read_assignment(broken, module, read_hlo(module))


def test_a_back_end_without_statistics_has_none() -> None:
    def unimplemented() -> None:
        raise NotImplementedError

    assert statistics_of(SimpleNamespace()) is None
    assert statistics_of(SimpleNamespace(get_compiled_memory_stats=unimplemented)) is None


def test_values_are_followed_through_tuples_loops_and_bitcasts() -> None:
    graph, assignment, _ = assigned(loop, SQUARE, SQUARE)
    held = holders_of(graph, assignment)
    (while_,) = graph.find("while")
    (start,) = graph.operands_of(while_)
    invariant = [  # what the loop only reads stays in the argument's own buffer
        index for index, ids in held[while_.id].items() if index and ids == held[start.id][index]
    ]
    assert len(invariant) == 1
    for element in graph.find("get-tuple-element"):
        (source,) = graph.operands_of(element)
        place = element.params["index"]
        assert held[element.id].get(()) == held[source.id].get((place,))
    for bitcast in graph.find("bitcast"):
        if bitcast.id in held:
            (source,) = graph.operands_of(bitcast)
            assert held[bitcast.id] == held[source.id]


def test_an_asynchronous_pair_holds_its_operand_until_its_end() -> None:
    text = """
HloModule pair, is_scheduled=true

ENTRY main {
  a = f32[8] parameter(0)
  start = (f32[8], f32[8], u32[]) copy-start(a)
  b = f32[8] sine(a)
  done = f32[8] copy-done(start)
  ROOT sum = f32[8] add(b, done)
}
"""
    graph = read_hlo(_jax.hlo_text_to_proto(text))
    node = {each.outputs[0].name: each.id for each in graph.nodes()}
    allocation = Allocation(
        0,
        64,
        "temporary",
        buffers=(
            Buffer(1, node["a"], (), 0, 0, 32),
            Buffer(2, node["start"], (0,), 0, 32, 32),
        ),
    )
    held = holders_of(graph, Assignment((allocation,)))
    assert held[node["start"]] == {(0,): (2,), (1,): (1,)}
    assert held[node["done"]] == {(): (2,)}
