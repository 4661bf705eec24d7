"""Where XLA puts a program's values: its buffer assignment, read into allocations and buffers."""

# Messages have no static types.
# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false
# pyright: reportUnknownArgumentType=false

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from jaxlab.collection import collector_paused
from jaxlab.errors import InputError
from jaxlab.graph import Graph
from jaxlab.readers.hlo_schema import Message, parse

KINDS = ("argument", "output", "constant", "temporary", "local")
"""What an allocation is for; "local" is a thread's own, of a reducer's body, say."""


@dataclass(frozen=True, slots=True)
class Buffer:
    """One value, or one part of a tuple, that has a place in an allocation.

    Attributes:
      id: XLA's number for it.
      node: the instruction that makes it; "" where the graph doesn't have that instruction.
      index: which part of that instruction's tuple it is; () for the whole.
      allocation: the number of the allocation that it is in.
      offset, size: where in it, in bytes.
    """

    id: int
    node: str
    index: tuple[int, ...]
    allocation: int
    offset: int
    size: int


@dataclass(frozen=True, slots=True)
class Allocation:
    """A stretch of memory that XLA reserves, and the values that take turns in it.

    Attributes:
      index: its number.
      size: bytes.
      kind: one of `KINDS`. An output that reuses an argument's memory is an "argument".
      memory_space: 0 for the device's own memory; what others are, the back end decides.
      parameter: the number of the program's parameter, -1 for what is none.
      is_output: whether a result of the program is in it when the program ends.
      buffers: what is in it, at one time or another.
    """

    index: int
    size: int
    kind: str
    memory_space: int = 0
    parameter: int = -1
    is_output: bool = False
    buffers: tuple[Buffer, ...] = ()


@dataclass(frozen=True, slots=True)
class Assignment:
    """All memory that XLA has assigned for one program on one device."""

    allocations: tuple[Allocation, ...]

    def bytes(self, kind: str) -> int:
        """Bytes of all allocations of a kind."""
        return sum(each.size for each in self.allocations if each.kind == kind)

    def buffers(self) -> Iterator[Buffer]:
        """Every value that has a place."""
        for allocation in self.allocations:
            yield from allocation.buffers


def statistics_of(executable: Any) -> Any:
    """XLA's memory statistics of a `Compiled` or of an executable; None where there are none."""
    if hasattr(executable, "runtime_executable"):
        executable = executable.runtime_executable()
    try:
        return executable.get_compiled_memory_stats()
    except (AttributeError, NotImplementedError, RuntimeError):
        return None  # what a back end that doesn't implement it raises


def read_assignment(assignment: bytes, module: bytes, graph: Graph) -> Assignment:
    """Read a buffer assignment, each value at the node that makes it.

    Args:
      assignment: a serialized BufferAssignmentProto: `serialized_buffer_assignment_proto` of a
        program's memory statistics.
      module: the serialized HloModuleProto of the same executable.
      graph: that module as a graph. Its instructions are found by name.

    Raises:
      InputError: the bytes are no buffer assignment.
    """
    proto = parse("BufferAssignmentProto", assignment)
    if proto is None or not proto.buffer_allocations:
        raise InputError(
            f"This is no buffer assignment: got {len(assignment):,} bytes, expected "
            "`memory_analysis().serialized_buffer_assignment_proto` of a compiled program."
        )
    with collector_paused():
        nodes = _nodes_by_instruction(module, graph)
        made_at = {buffer.id: buffer.defined_at for buffer in proto.logical_buffers}
        return Assignment(
            tuple([_allocation(each, made_at, nodes) for each in proto.buffer_allocations])
        )


def _nodes_by_instruction(module: bytes, graph: Graph) -> dict[int | str, str]:
    """Node ids by instruction id, and by instruction name, which older XLA wrote instead."""
    by_name: dict[int | str, str] = {
        value.name: node.id for node in graph.nodes() for value in node.outputs
    }
    proto = parse("HloModuleProto", module)
    if proto is None:
        raise InputError(f"This is no HLO module: got {len(module):,} bytes.")
    by_id: dict[int | str, str] = {
        instruction.id: by_name[instruction.name]
        for computation in proto.computations
        for instruction in computation.instructions
        if instruction.name in by_name
    }
    return by_name | by_id


def _allocation(
    proto: Message, made_at: Mapping[int, Message], nodes: Mapping[int | str, str]
) -> Allocation:
    return Allocation(
        proto.index,
        proto.size,
        _kind(proto),
        proto.color,
        proto.parameter_number if proto.is_entry_computation_parameter else -1,
        proto.maybe_live_out,
        tuple(_buffer(proto.index, each, made_at, nodes) for each in proto.assigned),
    )


def _kind(proto: Message) -> str:
    if proto.is_thread_local:
        return "local"
    if proto.is_entry_computation_parameter:
        return "argument"
    if proto.is_constant:
        return "constant"
    return "output" if proto.maybe_live_out else "temporary"


def _buffer(
    allocation: int,
    assigned: Message,
    made_at: Mapping[int, Message],
    nodes: Mapping[int | str, str],
) -> Buffer:
    place = made_at.get(assigned.logical_buffer_id)
    node, index = "", ()
    if place is not None:
        node = nodes.get(place.instruction_id) or nodes.get(place.instruction_name, "")
        index = tuple(place.shape_index)
    return Buffer(
        assigned.logical_buffer_id, node, index, allocation, assigned.offset, assigned.size
    )
