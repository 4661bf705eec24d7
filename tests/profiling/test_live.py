"""Live bytes over the schedule: sketches with known sums, and XLA's own figures."""

# pyright: reportUnknownMemberType=false, reportUnknownLambdaType=false
# pyright: reportUnknownArgumentType=false, reportUnknownVariableType=false

from __future__ import annotations

import jax
import jax.numpy as jnp
import pytest
from assigned import PROGRAMS, SIZE, SQUARE, assigned, loop
from tagged import Seen

from jaxlab import _jax
from jaxlab.graph import Graph
from jaxlab.profiling.memory.buffers import Allocation, Assignment, Buffer, read_assignment
from jaxlab.profiling.memory.live import LiveBytes, live_bytes
from jaxlab.profiling.memory.schedule import schedule_of
from jaxlab.readers.hlo import read_hlo

# a -> b -> c -> d: b and d take turns in one place, c has its own, d is the result.
CHAIN = """
HloModule chain, is_scheduled=true

ENTRY main {
  a = f32[8] parameter(0)
  b = f32[8] sine(a)
  c = f32[8] cosine(b)
  d = f32[8] tanh(c)
  ROOT e = f32[8] add(a, d)
}
"""


def graph_of(text: str) -> Graph:
    return read_hlo(_jax.hlo_text_to_proto(text))


def chain() -> tuple[LiveBytes, dict[str, str]]:
    graph = graph_of(CHAIN)
    node = {each.outputs[0].name: each.id for each in graph.nodes()}

    def buffer(key: int, name: str, allocation: int, offset: int = 0) -> Buffer:
        return Buffer(key, node[name], (), allocation, offset, 32)

    assignment = Assignment(
        (
            Allocation(0, 32, "argument", parameter=0, buffers=(buffer(0, "a", 0),)),
            Allocation(1, 32, "output", is_output=True, buffers=(buffer(1, "e", 1),)),
            Allocation(
                2,
                64,
                "temporary",
                buffers=(buffer(2, "b", 2), buffer(3, "c", 2, 32), buffer(4, "d", 2)),
            ),
            Allocation(3, 4, "local", buffers=()),
            Allocation(4, 16, "temporary", memory_space=5, buffers=()),
        )
    )
    return live_bytes(graph, assignment), node


def test_a_value_is_there_until_its_last_reader_has_run() -> None:
    live, node = chain()
    assert live.steps == tuple(node[name] for name in "abcde")
    #                      a      +b       +c, b     +d, c    +e, d
    assert live.values == (32, 32 + 32, 32 + 64, 32 + 64, 32 + 64)
    assert (live.fixed, live.peak, live.peak_node) == (32, 96, node["c"])
    assert [(each.kind, each.node) for each in live.alive] == [
        ("argument", node["a"]),
        ("temporary", node["b"]),
        ("temporary", node["c"]),
    ]


def test_what_is_elsewhere_is_said_and_not_counted() -> None:
    live, _ = chain()
    assert live.notes == ("16 B are in memory space 5, which the curve leaves out.",)


def test_the_curve_and_the_overlay_say_the_same() -> None:
    live, node = chain()
    curve = live.curve()
    assert (curve.values, curve.nodes, curve.unit) == (live.values, live.steps, "B")
    assert live.overlay().values == {node["a"]: 32, node["b"]: 32, node["c"]: 32}
    assert live.overlay().total() == live.peak


def test_a_long_curve_keeps_its_peak() -> None:
    values = (*range(5_000), *range(9_000, 0, -1))
    steps = tuple(f"main/{step}" for step in range(len(values)))
    live = LiveBytes(steps, values, 0, 5_000, ())
    curve = live.curve()
    assert len(curve.values) == 2_000
    assert curve.title.endswith("the most of every 7 steps")
    assert max(curve.values) == live.peak == 9_000
    assert all(values[steps.index(node)] == curve.values[at] for at, node in enumerate(curve.nodes))


def test_an_unscheduled_module_is_followed_as_written() -> None:
    graph = graph_of(CHAIN.replace(", is_scheduled=true", ""))
    live = live_bytes(graph, Assignment((Allocation(0, 32, "argument"),)))
    assert len(live.steps) == 5
    assert live.values == (32,) * 5
    assert "no schedule" in live.notes[0]


def test_loops_stand_in_the_schedule_with_one_round() -> None:
    graph, _, _ = assigned(loop, SQUARE, SQUARE)
    (while_,) = graph.find("while")
    schedule = schedule_of(graph)
    regions = dict(while_.calls)
    condition, body = schedule.spans[regions["condition"]], schedule.spans[regions["body"]]
    assert condition[1] == body[0]
    assert schedule.steps[body[1]] == while_.id
    assert len(schedule.steps) == len(set(schedule.steps))


@pytest.mark.parametrize("name", PROGRAMS)
def test_the_peak_agrees_with_what_xla_reserves(name: str) -> None:
    """What is in use is at most what is reserved; of temporaries, 1 kB less at most here.

    XLA aligns buffers and leaves gaps; these programs are small enough to have few.
    """
    function, args, options = PROGRAMS[name]
    graph, assignment, statistics = assigned(function, *args, **options)
    live = live_bytes(graph, assignment)
    reserved = sum(each.size for each in assignment.allocations if each.kind != "local")
    assert max(live.values) == live.peak == sum(each.size for each in live.alive) <= reserved
    most = max(
        value - live.fixed - outputs_at(live, assignment, graph, step)
        for step, value in enumerate(live.values)
    )
    assert statistics.temp_size_in_bytes - 1024 <= most <= statistics.temp_size_in_bytes
    assert live.values[-1] >= live.fixed + assignment.bytes("output")


def outputs_at(live: LiveBytes, assignment: Assignment, graph: Graph, step: int) -> int:
    """The bytes of outputs in use at a step: the curve without temporaries, less what is fixed."""
    kept = tuple(each for each in assignment.allocations if each.kind != "temporary")
    return live_bytes(graph, Assignment(kept)).values[step] - live.fixed


@pytest.mark.parametrize("name", PROGRAMS)
def test_no_byte_of_an_allocation_counts_twice(name: str) -> None:
    function, args, options = PROGRAMS[name]
    graph, assignment, _ = assigned(function, *args, **options)
    for allocation in assignment.allocations:
        live = live_bytes(graph, Assignment((allocation,)))
        assert 0 <= min(live.values) <= live.peak <= allocation.size


def test_a_scans_stacked_results_are_the_peak() -> None:
    graph, assignment, _ = assigned(loop, SQUARE, SQUARE)
    live = live_bytes(graph, assignment)
    stacked = next(each for each in live.alive if each.size == 10 * SIZE)
    assert graph.node(stacked.node).op in ("while", "broadcast", "fusion")
    assert live.alive[0] is stacked


def test_donation_lowers_the_peak() -> None:
    def step(x: jax.Array, y: jax.Array) -> jax.Array:
        return x + jnp.tanh(y)

    peaks = [
        live_bytes(*assigned(step, SQUARE, SQUARE, donate_argnums=donated)[:2]).peak
        for donated in ((), (0,))
    ]
    assert peaks == [3 * SIZE, 2 * SIZE]


def test_remat_lowers_the_peak_of_a_gradient() -> None:
    def loss(w: jax.Array, x: jax.Array, layer: object) -> jax.Array:
        def body(x: jax.Array, w: jax.Array) -> tuple[jax.Array, None]:
            return layer(w, x), None  # pyright: ignore[reportCallIssue]

        return jax.lax.scan(body, x, w)[0].sum()

    def layer(w: jax.Array, x: jax.Array) -> jax.Array:
        return jnp.tanh(jnp.sin(jnp.tanh(x @ w)) * 2)

    weights, x = jnp.ones((6, 64, 64)), jnp.ones((512, 64))
    peaks = [
        live_bytes(*assigned(lambda w, x, f=f: jax.grad(loss)(w, x, f), weights, x)[:2]).peak
        for f in (layer, jax.checkpoint(layer))
    ]
    saved = peaks[0] - peaks[1]
    assert saved >= 6 * x.nbytes  # at least one stacked residual less


@pytest.mark.large
def test_gpt2_agrees_with_xla_within_a_thousandth(
    gpt2_tagged: Seen,
) -> None:
    assignment = read_assignment(gpt2_tagged.assignment, gpt2_tagged.module, gpt2_tagged.hlo)
    live = live_bytes(gpt2_tagged.hlo, assignment)
    reserved = assignment.bytes("temporary")
    assert reserved > 10e9
    assert 0.999 * reserved <= live.bytes("temporary") <= reserved
    assert live.bytes("argument") == assignment.bytes("argument")
    assert all(each.node for each in live.alive)
