"""Traces of GPUs and TPUs, in their own formats: who ran when, and what nobody measured."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache

import pytest

from jaxlab import _jax
from jaxlab.graph import Graph
from jaxlab.profiling.cell.times import runs_by_program
from jaxlab.profiling.device.events import STEP
from jaxlab.profiling.device.operations import Operations, operations_of
from jaxlab.readers.hlo import read_hlo
from tests.profiling.xplanes import Lines, Row, events

# a loop over a command buffer of three, round a collective and a product by cuBLAS
GPU = """
HloModule jit_step, is_scheduled=true

plus {
  l = f32[] parameter(0)
  r = f32[] parameter(1)
  ROOT sum = f32[] add(l, r)
}

fused_add {
  p = f32[64,64] parameter(0)
  ROOT add.7 = f32[64,64] add(p, p)
}

fused_mul {
  q = f32[64,64] parameter(0)
  ROOT mul.7 = f32[64,64] multiply(q, q)
}

command_buffer {
  c = f32[64,64] parameter(0)
  loop_add_fusion.1 = f32[64,64] fusion(c), kind=kLoop, calls=fused_add
  loop_multiply_fusion = f32[64,64] fusion(loop_add_fusion.1), kind=kLoop, calls=fused_mul
  ROOT sine.2 = f32[64,64] sine(loop_multiply_fusion)
}

ENTRY main {
  a = f32[64,64] parameter(0)
  custom-call.1 = (f32[64,64], s8[1024]) custom-call(a, a), custom_call_target="__cublas$gemm"
  product = f32[64,64] get-tuple-element(custom-call.1), index=0
  all-reduce-start.1 = f32[64,64] all-reduce-start(product), to_apply=plus
  wrapped_tanh = f32[64,64] tanh(a)
  all-reduce-done.1 = f32[64,64] all-reduce-done(all-reduce-start.1)
  both = f32[64,64] add(wrapped_tanh, all-reduce-done.1)
  call.1 = f32[64,64] call(both), to_apply=command_buffer
  ROOT copy.3 = f32[64,64] copy(call.1)
}
"""
COMPUTE, COLLECTIVES = "Stream #13(Compute,MemcpyD2D)", "Stream #17(Compute)"


@cache
def gpu_graph() -> Graph:
    """Read once: each reading of a text makes a module with an id of its own."""
    return read_hlo(_jax.hlo_text_to_proto(GPU))


def kernel(name: str, start: float, length: float, op: str | None, **stats: str | int) -> Row:
    """A kernel as CUPTI's collector writes it: module and instruction from the annotations."""
    known: dict[str, str | int] = {
        "correlation_id": 100 + round(start),
        "context_id": "$$1",
        "kernel_details": "regs:32 static_shared:0 dynamic_shared:0 grid:16,1,1 block:256,1,1",
        "hlo_module": "jit_step",
        "program_id": int(str(gpu_graph().facts["module_id"])),
        "tf_op": "XlaModule:",
    }
    return Row(name, start, length, known | ({"hlo_op": op} if op else {}) | stats)


def gpu_run(at: float, buffered: list[Row], device: int = 0) -> dict[str, Lines]:
    """One run: product 10, collective 20 beside tanh 10, add 5, the command buffer, copy 2."""
    rows = [
        kernel("nvjet_hsh_64x32_64x16_1x4_h_bz_NNT", at + 1, 8, "custom-call.1"),
        kernel("splitKreduce_kernel", at + 9, 2, "custom-call.1"),
        kernel("wrapped_tanh", at + 16, 10, "wrapped_tanh"),
        kernel("both", at + 31, 5, "both"),
        *buffered,
        kernel("MemcpyD2D", at + 66, 2, "copy.3", memcpy_details="kind_src:device size:16384"),
    ]
    collective = kernel(
        "ncclDevKernel_AllReduce_Sum_f32_RING_LL", at + 11, 20, "all-reduce-start.1"
    )
    launch = kernel("cuLaunchKernel", at, 30, "wrapped_tanh", device_id=device)
    overhead = Row("Activity Buffer Request", at, 70, {})
    return {
        f"/device:GPU:{device}": {
            COMPUTE: rows,
            COLLECTIVES: [collective],
            "CUPTI overhead": [overhead],
        },
        "/host:CUPTI": {"Host Threads/77": [launch]},
        "/host:CPU": {"python": [Row(STEP, at, 70)]},
    }


def one_by_one(at: float) -> list[Row]:
    """What runs in the command buffer, where it is off during the trace: 12, 8 and 9."""
    outer = "command_buffer (disabled for profiling)::"
    return [
        kernel("loop_add_fusion_1", at + 37, 12, outer + "loop_add_fusion.1"),
        kernel("loop_multiply_fusion", at + 49, 8, outer + "loop_multiply_fusion"),
        kernel("sine_2", at + 57, 9, outer + "sine.2"),
    ]


def named(graph: Graph, values: Mapping[str, float]) -> dict[str, float]:
    """Microseconds by the names of instructions."""
    return {
        graph.node(node).outputs[0].name: round(1e6 * value, 3) for node, value in values.items()
    }


def names(graph: Graph, found: Operations) -> dict[str, str]:
    """What was not measured, and the name of what covers it."""
    return {
        graph.node(node).outputs[0].name: graph.node(cover).outputs[0].name if cover else ""
        for node, cover in found.unmeasured.items()
    }


def merged(*runs: dict[str, Lines]) -> dict[str, Lines]:
    planes: dict[str, dict[str, list[Row]]] = {}
    for run in runs:
        for plane, lines in run.items():
            for line, rows in lines.items():
                planes.setdefault(plane, {}).setdefault(line, []).extend(rows)
    return dict(planes)


def test_kernels_of_a_gpu_are_their_instructions() -> None:
    graph = gpu_graph()
    run = merged(gpu_run(0, one_by_one(0)), gpu_run(100, one_by_one(100)))
    found = operations_of(events(run), graph)
    assert found.runs == 2 and not found.lost and not found.unassigned
    assert named(graph, found.seconds) == {
        "custom-call.1": 10,  # two kernels of one library call
        "all-reduce-start.1": 15,  # alone for ten, and beside tanh for ten
        "wrapped_tanh": 5,
        "both": 5,
        "loop_add_fusion.1": 12,
        "loop_multiply_fusion": 8,
        "sine.2": 9,
        "copy.3": 2,
    }
    assert found.busy == pytest.approx(66e-6) and found.device[0] == pytest.approx(67e-6)
    assert found.covered > 0.95
    assert by_name(graph, found)["custom-call.1"] == 1, "two kernels are one run of it"
    assert names(graph, found) == {"all-reduce-done.1": "all-reduce-start.1", "call.1": ""}
    assert len({span.line for span in found.spans}) == 2


def by_name(graph: Graph, found: Operations) -> dict[str, float]:
    return {graph.node(node).outputs[0].name: count for node, count in found.counts.items()}


def test_devices_of_one_run_are_told_apart() -> None:
    run = merged(gpu_run(0, one_by_one(0)), gpu_run(0, one_by_one(0), device=1))
    found = operations_of(events(run), gpu_graph())
    assert found.runs == 2 and found.busy == pytest.approx(66e-6)


def test_a_cuda_graph_as_one_event_covers_what_runs_in_it() -> None:
    graph = gpu_graph()
    whole = kernel("CudaGraphExec:5", 37, 29, "call.1", cuda_graph_exec_id=5, cuda_graph_id=5)
    found = operations_of(events(gpu_run(0, [whole])), graph)
    assert named(graph, found.seconds)["call.1"] == 29
    inside = ["loop_add_fusion.1", "loop_multiply_fusion", "sine.2"]
    assert {names(graph, found)[name] for name in inside} == {"call.1"}
    ((cover, covered),) = found.covering.items()
    assert graph.node(cover).outputs[0].name == "call.1"
    assert [graph.node(node).outputs[0].name for node in covered] == inside


def test_a_cuda_graph_of_a_name_that_is_no_instruction_stays_apart() -> None:
    graph = gpu_graph()
    whole = kernel("CudaGraphExec:5", 37, 29, "command_buffer_1", cuda_graph_exec_id=5)
    found = operations_of(events(gpu_run(0, [whole])), graph)
    assert found.lost == {"command_buffer_1": 1}
    assert found.unassigned == pytest.approx(29e-6)
    assert sum(found.seconds.values()) + found.unassigned == pytest.approx(found.busy)
    assert found.covered == pytest.approx(37 / 67)
    assert [graph.node(node).outputs[0].name for node in found.covering[""]] == [
        *("loop_add_fusion.1", "loop_multiply_fusion", "sine.2"),
    ]
    assert [span.node for span in found.spans].count("") == 1


def test_kernels_in_a_cuda_graph_are_known_by_their_own_names() -> None:
    graph = gpu_graph()
    kernels = [
        kernel("loop_add_fusion_1", 37, 12, "command_buffer_1", cuda_graph_node_id=1),
        kernel("loop_multiply_fusion", 49, 8, None, cuda_graph_node_id=2),
        kernel("void sin_kernel<float>(float*)", 57, 9, "command_buffer_1", cuda_graph_node_id=3),
    ]
    found = operations_of(events(gpu_run(0, kernels)), graph)
    seconds = named(graph, found.seconds)
    assert seconds["loop_add_fusion.1"] == 12 and seconds["loop_multiply_fusion"] == 8
    assert {graph.node(node).outputs[0].name for node in found.by_kernel} == {
        *("loop_add_fusion.1", "loop_multiply_fusion"),
    }
    assert found.unassigned == pytest.approx(9e-6) and found.lost == {"command_buffer_1": 1}


def test_without_our_annotation_a_gpus_calls_are_not_told_apart() -> None:
    graph = gpu_graph()
    run = merged(gpu_run(0, one_by_one(0)), gpu_run(100, one_by_one(100)))
    del run["/host:CPU"]
    found = operations_of(events(run), graph, calls=2)
    assert found.runs == 2 and found.busy == pytest.approx(66e-6) and not found.spans
    assert by_name(graph, found)["wrapped_tanh"] == 1
    (runs,) = runs_by_program(events(run)).values()
    assert not runs.apart and runs.seconds_of(2) == pytest.approx(66e-6)


TPU = """
HloModule jit_step, is_scheduled=true

body {
  state = (s32[], f32[8,128]) parameter(0)
  i = s32[] get-tuple-element(state), index=0
  x = f32[8,128] get-tuple-element(state), index=1
  one = s32[] constant(1)
  next = s32[] add(i, one)
  fusion.4 = f32[8,128] sine(x)
  ROOT both = (s32[], f32[8,128]) tuple(next, fusion.4)
}

condition {
  state.1 = (s32[], f32[8,128]) parameter(0)
  i.1 = s32[] get-tuple-element(state.1), index=0
  limit = s32[] constant(3)
  ROOT less = pred[] compare(i.1, limit), direction=LT
}

ENTRY main {
  a = f32[8,128] parameter(0)
  zero = s32[] constant(0)
  copy-start.1 = (f32[8,128], f32[8,128], u32[]) copy-start(a)
  fusion.1 = f32[8,128] add(a, a)
  start = (s32[], f32[8,128]) tuple(zero, fusion.1)
  while.2 = (s32[], f32[8,128]) while(start), condition=condition, body=body
  out = f32[8,128] get-tuple-element(while.2), index=1
  copy-done.1 = f32[8,128] copy-done(copy-start.1)
  ROOT fusion.3 = f32[8,128] add(out, copy-done.1)
}
"""
FINGERPRINT = 6439838433890087345
"""What libtpu calls a program: no id of a module."""


def op(name: str, start: float, length: float) -> Row:
    text = f"%{name} = f32[8,128]{{1,0:T(8,128)}} add(f32[8,128]{{1,0:T(8,128)}} %a)"
    return Row(text, start, length, {"device_offset_ps": 1, "device_duration_ps": 1})


def tpu_run(at: float, run_id: int, module: str = f"jit_step({FINGERPRINT})") -> dict[str, Lines]:
    """One run: add 10, a loop of three rounds of 5 each in 20, a wait of 2, add 3."""
    rounds = [op("fusion.4", at + 12 + 6 * round_, 5) for round_ in range(3)]
    return {
        "/device:TPU:0": {
            "Steps": [Row("1", at, 40)],
            "XLA Modules": [Row(module, at, 40, {"run_id": run_id})],
            "XLA Ops": [
                op("copy-start.1", at + 0.5, 0.5),
                op("fusion.1", at + 1, 10),
                op("while.2", at + 11, 20),
                *rounds,
                op("copy-done.1", at + 31, 2),
                op("fusion.3", at + 33, 3),
            ],
            "Async XLA Ops": [op("copy-start.1", at + 0.5, 32.5)],
            "XLA TraceMe": [Row("barrier", at, 1)],
        },
        "/device:TPU:0 SparseCore 0": {"Sparse Core Ops": [op("fusion.1", at, 40)]},
    }


def test_a_tpus_loop_is_round_what_runs_in_it() -> None:
    graph = read_hlo(_jax.hlo_text_to_proto(TPU))
    found = operations_of(events(merged(tpu_run(0, 5), tpu_run(50, 6))), graph)
    assert found.runs == 2 and not found.lost
    assert named(graph, found.seconds) == {
        "copy-start.1": 0.5,
        "fusion.1": 10,
        "while.2": 5,
        "fusion.4": 15,
        "copy-done.1": 2,
        "fusion.3": 3,
    }
    assert named(graph, found.inclusive)["while.2"] == 20
    assert by_name(graph, found)["fusion.4"] == 3 and by_name(graph, found)["copy-start.1"] == 1
    assert found.device[0] == pytest.approx(35.5e-6) and found.covered == pytest.approx(1)
    assert names(graph, found) == {"next": "while.2", "less": "while.2"}


def test_copies_beside_a_tpus_work_take_none_of_its_time() -> None:
    graph = read_hlo(_jax.hlo_text_to_proto(TPU))
    found = operations_of(events(tpu_run(0, 5)), graph)
    (beside,) = [span for span in found.spans if span.beside]
    assert beside.seconds == pytest.approx(32.5e-6) and "Async" in beside.line
    assert found.busy == pytest.approx(35.5e-6)


def test_a_tpus_program_is_known_by_its_name_only_where_one_has_it() -> None:
    graph = read_hlo(_jax.hlo_text_to_proto(TPU))
    other = tpu_run(50, 6, module="jit_step(17)")
    assert operations_of(events(merged(tpu_run(0, 5), other)), graph).runs == 0
    another = tpu_run(50, 6, module="jit_loss(17)")
    assert operations_of(events(merged(tpu_run(0, 5), another)), graph).runs == 1
    runs = runs_by_program(events(merged(tpu_run(0, 5), another)))
    assert set(runs) == {"jit_step", "jit_loss", FINGERPRINT, 17}
