"""Device times by instruction: made-up events for the rules, real runs for the sums."""

# pyright: reportUnknownMemberType=false, reportUnknownLambdaType=false
# pyright: reportUnknownArgumentType=false, reportUnknownVariableType=false

from __future__ import annotations

import time
from collections.abc import Iterator

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import jaxlab
from jaxlab import _jax
from jaxlab.charts import Roof
from jaxlab.graph import Graph
from jaxlab.profiling.device.events import STEP, instruction_events
from jaxlab.profiling.device.operations import Operations, operations_of
from jaxlab.profiling.roofline.points import points_of
from jaxlab.profiling.trace import Event, tracing
from jaxlab.program import Program
from jaxlab.readers.hlo import read_hlo

LOOP = """
HloModule jit_loop, is_scheduled=true

body {
  state = (s32[], f32[8]) parameter(0)
  i = s32[] get-tuple-element(state), index=0
  x = f32[8] get-tuple-element(state), index=1
  one = s32[] constant(1)
  next = s32[] add(i, one)
  sine = f32[8] sine(x)
  ROOT both = (s32[], f32[8]) tuple(next, sine)
}

condition {
  state.1 = (s32[], f32[8]) parameter(0)
  i.1 = s32[] get-tuple-element(state.1), index=0
  limit = s32[] constant(3)
  ROOT less = pred[] compare(i.1, limit), direction=LT
}

ENTRY main {
  a = f32[8] parameter(0)
  zero = s32[] constant(0)
  double = f32[8] add(a, a)
  start = (s32[], f32[8]) tuple(zero, double)
  loop = (s32[], f32[8]) while(start), condition=condition, body=body%s
  out = f32[8] get-tuple-element(loop), index=1
  ROOT negative = f32[8] negate(out)
}
"""
TRIPS = ', backend_config={"known_trip_count":{"n":"3"}}'


def loop_graph(known: bool = True) -> Graph:
    return read_hlo(_jax.hlo_text_to_proto(LOOP % (TRIPS if known else "")))


def event(
    name: str, start: float, seconds: float, *, run: int = 1, line: str = "worker", of: int = 0
) -> Event:
    """An event as the CPU's thunks give it."""
    stats = {"hlo_op": name, "program_id": of, "run_id": run, "device_ordinal": 0}
    return Event(name, start, seconds, line, "/host:CPU", stats)


def by_name(graph: Graph, values: object) -> dict[str, float]:
    assert isinstance(values, dict)
    return {graph.node(node).outputs[0].name: value for node, value in values.items()}


def loop_events(graph: Graph, run: int = 1, at: float = 0.0) -> Iterator[Event]:
    """One run: 10 before the loop, three rounds of 5 + 20, 1 between, 10 after it."""
    program = graph.facts["module_id"]
    assert isinstance(program, int)

    def one(name: str, start: float, seconds: float, line: str = "worker") -> Event:
        return event(name, at + start, seconds, run=run, line=line, of=program)

    yield one("double", 0, 10)
    yield one("loop", 11, 2)  # it hands the rest to another thread
    for round_ in range(3):
        yield one("next", 12 + 26 * round_, 5, "other")
        yield one("sine", 18 + 26 * round_, 20, "other")
    yield one("negative", 95, 10)


def test_self_times_add_up_to_the_time_in_which_the_device_was_busy() -> None:
    graph = loop_graph()
    found = operations_of(loop_events(graph), graph)
    assert found.runs == 1 and found.device == (105,)
    assert by_name(graph, found.seconds) == {
        "double": 10,
        "loop": 90 - 11 - 75,
        "next": 15,
        "sine": 60,
        "negative": 10,
    }
    assert found.busy == sum(found.seconds.values()) == 10 + 79 + 10
    assert found.covered == pytest.approx(99 / 105)


def test_a_loop_has_the_time_of_what_runs_inside_it() -> None:
    graph = loop_graph()
    inclusive = by_name(graph, operations_of(loop_events(graph), graph).inclusive)
    assert inclusive["loop"] == 79 and inclusive["sine"] == 60


def test_figures_are_of_one_run_on_average() -> None:
    graph = loop_graph()
    events = [*loop_events(graph, 1), *loop_events(graph, 2, at=1000)]
    found = operations_of(events, graph)
    assert found.runs == 2 and found.device == (105, 105)
    assert by_name(graph, found.seconds)["sine"] == 60
    assert by_name(graph, found.counts)["sine"] == 3
    assert found.spans[0].start == 0


@pytest.mark.parametrize("known", [True, False])
def test_rounds_of_a_loop_are_counted(known: bool) -> None:
    graph = loop_graph(known)
    counts = by_name(graph, operations_of(loop_events(graph), graph).counts)
    assert counts == {"double": 1, "loop": 1, "next": 3, "sine": 3, "negative": 1}


def test_two_events_of_one_instruction_are_one_run_of_it() -> None:
    graph = loop_graph()
    events = [
        *loop_events(graph),
        event("double", 10.5, 0.5, of=int(str(graph.facts["module_id"]))),
    ]
    found = operations_of(events, graph)
    assert by_name(graph, found.counts)["double"] == 1
    assert by_name(graph, found.seconds)["double"] == 10.5


def test_what_runs_at_once_shares_the_moment() -> None:
    graph = loop_graph()
    program = int(str(graph.facts["module_id"]))
    events = [
        event("double", 0, 10, of=program),
        event("negative", 5, 10, line="other", of=program),
    ]
    found = operations_of(events, graph)
    assert by_name(graph, found.seconds) == {"double": 7.5, "negative": 7.5}
    assert found.busy == found.device[0] == 15


def test_what_has_no_event_is_said_to_be_not_measured() -> None:
    graph = loop_graph()
    program = int(str(graph.facts["module_id"]))
    found = operations_of([event("loop", 0, 10, of=program)], graph)
    missing = {
        graph.node(node).outputs[0].name: cover and graph.node(cover).outputs[0].name
        for node, cover in found.unmeasured.items()
    }
    assert missing == {
        "double": "",
        "negative": "",
        "next": "loop",
        "sine": "loop",
        "less": "loop",
    }
    assert by_name(graph, found.counts)["sine"] == 3, "the loop's trip count is known"


def test_events_of_other_programs_and_unknown_names_stay_out() -> None:
    graph = loop_graph()
    program = int(str(graph.facts["module_id"]))
    events = [event("double", 0, 1, of=program + 1), event("nobody", 0, 1, of=program)]
    found = operations_of(events, graph)
    assert found.runs == 0 and found.seconds == {} and found.unmeasured == {}
    assert found.lost == {"nobody": 1}


def test_events_of_a_gpu_are_told_apart_by_our_steps() -> None:
    kernel = {"hlo_op": "double", "hlo_module": "jit_loop", "program_id": 7}
    line, plane = "Stream #13(Compute)", "/device:GPU:0"
    steps = [Event(STEP, 0, 10, "python", "/host:CPU"), Event(STEP, 10, 10, "python", "/host:CPU")]
    kernels = [Event("loop_add_fusion", at, 1, line, plane, kernel) for at in (1, 3, 12)]
    found = list(instruction_events([*steps, *kernels]))
    assert [each.name for each in found] == ["double"] * 3
    assert [each.program for each in found] == [7] * 3
    assert [(each.run, each.device) for each in found] == [(0, plane), (0, plane), (10, plane)]


def test_events_of_a_tpu_get_their_program_from_the_line_above() -> None:
    plane = "/device:TPU:0"
    module = Event("jit_loop(123)", 0, 10, "XLA Modules", plane, {"run_id": 5})
    text = "%double.1 = f32[8]{0:T(128)} add(f32[8]{0:T(128)} %a, f32[8]{0:T(128)} %a)"
    inside = Event(text, 1, 2, "XLA Ops", plane)
    other = Event("double.1", 4, 2, "XLA Ops", plane)
    found = list(instruction_events([module, inside, other]))
    assert [(each.program, each.run, each.device, each.name) for each in found] == [
        (123, 5, plane, "double.1")
    ] * 2


def run(program: Program, *args: object, times: int = 3) -> Operations:
    """The device times of a program that is run a few times."""
    compiled = program.tagged
    jax.block_until_ready(compiled(*args))
    with tracing() as trace:
        for _ in range(times):
            jax.block_until_ready(compiled(*args))
    graph = program.lineage().after
    found = operations_of(trace.events, graph)
    assert found.runs == times and not found.lost
    assert found.covered >= 0.95
    assert sum(found.seconds.values()) == pytest.approx(found.busy)
    main = {node.id for node in graph.main.nodes}
    in_main = sum(taken for node, taken in found.inclusive.items() if node in main)
    assert in_main == pytest.approx(found.busy), "the entry's nodes hold all"
    return found


def test_matrix_products_take_what_they_take() -> None:
    """A product with 27 times the work takes most of the time."""
    small, large = jnp.ones((256, 256)), jnp.ones((768, 768))
    program = jaxlab.trace(jax.jit(lambda a, b: (a @ a, b @ b)), small, large)
    found = run(program, small, large)
    lineage = program.lineage()
    dots = [node.id for node in program.jaxpr.nodes() if node.op == "dot_general"]
    taken = [sum(found.seconds.get(each, 0) for each in lineage.forward(dot)) for dot in dots]
    assert taken[1] > 5 * taken[0] > 0


def test_a_sleep_in_a_callback_is_the_callbacks() -> None:
    def slow(x: np.ndarray) -> np.ndarray:
        time.sleep(0.02)
        return x

    def f(x: jax.Array) -> jax.Array:
        return jax.pure_callback(slow, jax.ShapeDtypeStruct(x.shape, x.dtype), x * 2) + 1

    x = jnp.ones(8)
    program = jaxlab.trace(jax.jit(f), x)
    found = run(program, x)
    graph = program.lineage().after
    (callback,) = [node for node in graph.nodes() if node.op == "custom-call"]
    assert 0.02 <= found.seconds[callback.id] < 0.2
    assert found.seconds[callback.id] > 0.9 * found.busy


@pytest.mark.parametrize("length", [1, 7, 40])
def test_a_scan_runs_its_body_as_often_as_it_says(length: int) -> None:
    w = jnp.ones((96, 96)) / 96

    def f(x: jax.Array) -> jax.Array:
        return jax.lax.scan(lambda c, _: (jnp.tanh(c @ w), None), x, None, length=length)[0]

    program = jaxlab.trace(jax.jit(f), w)
    found = run(program, w)
    graph = program.lineage().after
    loops = [node for node in graph.nodes() if node.op == "while"]
    inside = [
        found.counts[node.id]
        for loop in loops
        for role, region in loop.calls
        if role == "body"
        for node in graph.regions[region].nodes
        if node.id in found.counts
    ]
    assert set(inside) <= {length} and (inside or length == 1)


def test_a_fusion_of_known_bytes_moves_them_at_a_rate_that_follows() -> None:
    """The bytes a second of a fusion are what it reads and writes by its measured time."""
    x, y = jnp.ones(3_000_000), jnp.full(3_000_000, 2.0)
    program = jaxlab.trace(jax.jit(lambda x, y: jnp.sin(x) * y + x), x, y)
    found = run(program, x, y)
    graph = program.lineage().after
    (fusion,) = [node for node in graph.main.nodes if node.op == "fusion"]
    (point,) = [
        each
        for each in points_of(graph, found.seconds, found.counts, Roof("", 1e12, 1e10, ""))
        if each.node == fusion.id
    ]
    assert point.bytes == 3 * x.nbytes, "two arrays are read, and one is written"
    assert point.bytes_per_second == pytest.approx(3 * x.nbytes / found.seconds[fusion.id])
    assert 1e8 < point.bytes_per_second < 1e13
