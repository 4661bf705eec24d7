"""Optimized HLO: a serialized HloModuleProto, or HLO text, to a Graph.

Every computation is a region and every instruction a node, `parameter` included: a parameter
reads the region's input of its number. Values are named as the instructions are, without `%`.
"""

# Messages have no static types.
# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false
# pyright: reportUnknownArgumentType=false

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from sys import intern
from typing import cast

from jaxlab._jax import hlo_text_to_proto
from jaxlab.collection import collector_paused
from jaxlab.errors import InputError, cut
from jaxlab.graph import ArrayType, Graph, Node, Region, RegionRef, Value
from jaxlab.readers.hlo_facts import module_facts
from jaxlab.readers.hlo_origin import Origins
from jaxlab.readers.hlo_params import STRUCTURE, Params, instruction_params, sharding_of
from jaxlab.readers.hlo_schema import Message, parse
from jaxlab.readers.hlo_types import type_and_unknown
from jaxlab.readers.lazy_params import LazyParams

# What a called computation is to its caller, in the order that the proto lists them.
_ROLES: dict[str, tuple[str, ...]] = {
    "fusion": ("fusion",),
    "while": ("body", "condition"),
    "select-and-scatter": ("select", "scatter"),
    "async-start": ("async",),
    "async-update": ("async",),
    "async-done": ("async",),
    **dict.fromkeys(
        (
            *("call", "map", "reduce", "reduce-window", "sort", "scatter", "scan", "topk"),
            *("all-reduce", "all-reduce-start", "reduce-scatter", "reduce-scatter-start"),
        ),
        ("to_apply",),
    ),
}
_EFFECTS: dict[str, tuple[str, ...]] = {
    "infeed": ("infeed",),
    "outfeed": ("outfeed",),
    "send": ("send",),
    "send-done": ("send",),
    "recv": ("recv",),
    "recv-done": ("recv",),
    "rng-get-and-update-state": ("rng state",),
}


def read_hlo(module: bytes | str) -> Graph:
    """Read an HLO module.

    Params are named as in HLO's text (`kind`, `dim_labels`, `lhs_contracting_dims`), sub-programs
    stand under their role. `schedule_index` is an instruction's place in the schedule. A constant
    of more than a few elements is shown by its type and size only. Regions that nothing calls,
    which XLA allows, are named `unreached0`, ... and listed in `facts["unreached"]`.

    Args:
      module: a serialized HloModuleProto, also within an HloProto, or HLO text.

    Raises:
      InputError: the bytes or the text are no HLO module.
    """
    data, header = _proto_bytes(module)
    proto = _parsed(data)
    with collector_paused():
        return _read_module(proto, header)


def _proto_bytes(module: bytes | str) -> tuple[bytes, str]:
    """The proto's bytes, and the first line of the text, if it was one."""
    if isinstance(module, bytes) and module.lstrip().startswith(b"HloModule"):
        module = module.decode(errors="replace")
    if isinstance(module, bytes):
        return module, ""
    try:
        return hlo_text_to_proto(module), module.lstrip().partition("\n")[0]
    except ValueError as error:
        raise InputError(f"This is no HLO text: {error}.") from None


def _parsed(data: bytes) -> Message:
    for candidate in (parse("HloModuleProto", data), _unwrapped(data)):
        if candidate is not None and _is_module(candidate):
            return candidate
    found = f"{len(data):,} bytes" if data else "nothing"
    raise InputError(
        f"This is no HLO module: got {found}, expected a serialized HloModuleProto, as "
        "`compiled.runtime_executable().hlo_modules()[0].as_serialized_hlo_module_proto()` gives."
    )


def _unwrapped(data: bytes) -> Message | None:
    wrapper = parse("HloProto", data)
    return wrapper.hlo_module if wrapper is not None else None


def _is_module(proto: Message) -> bool:
    return any(computation.instructions for computation in proto.computations)


@dataclass(slots=True)
class _Reading:
    """What is known so far of the module that is being read."""

    computations: dict[int, Message]
    entry: int
    origins: Origins
    payloads: tuple[bytes, ...]
    schedule: dict[int, dict[int, int]]
    region_ids: dict[int, str] = field(default_factory=dict[int, str])
    met: list[int] = field(default_factory=list[int])
    params: dict[bytes, Params] = field(default_factory=dict[bytes, Params])
    sharded: dict[tuple[ArrayType, str], ArrayType] = field(
        default_factory=dict[tuple[ArrayType, str], ArrayType]
    )


def _read_module(proto: Message, header: str) -> Graph:
    reading = _Reading(
        computations={computation.id: computation for computation in proto.computations},
        entry=_entry_of(proto),
        origins=Origins(proto.stack_frame_index.SerializeToString()),
        payloads=tuple(proto.payloads),
        schedule={
            entry.key: {key: place for place, key in enumerate(entry.value.instruction_ids)}
            for entry in proto.schedule.sequences
        },
    )
    regions = _read_reached(reading, reading.entry, "main")
    unreached: list[str] = []
    # Callers come after what they call, so that the last one that is left is called by nothing.
    for computation in reversed(proto.computations):
        if computation.id not in reading.region_ids:
            unreached.append(f"unreached{len(unreached)}")
            regions |= _read_reached(reading, computation.id, unreached[-1])
    facts = module_facts(proto, reading.region_ids, header)
    if unreached:
        facts["unreached"] = tuple(unreached)
    return Graph("hlo", proto.name, regions, "main", facts)


def _entry_of(proto: Message) -> int:
    """The id of the entry computation; by its name where a proto has no ids for it."""
    ids = [computation.id for computation in proto.computations]
    if len(set(ids)) < len(ids):
        raise InputError(f"HLO module {cut(proto.name)!r} is broken: computation ids occur twice.")
    if proto.entry_computation_id in ids and proto.HasField("entry_computation_id"):
        return proto.entry_computation_id
    for computation in proto.computations:
        if computation.name == proto.entry_computation_name:
            return computation.id
    raise InputError(
        f"HLO module {cut(proto.name)!r} is broken: its entry computation "
        f"{cut(proto.entry_computation_name)!r} is missing."
    )


def _read_reached(reading: _Reading, computation_id: int, region_id: str) -> dict[str, Region]:
    """A computation and all that it calls and that was not met before, callers first."""
    reading.region_ids[computation_id] = region_id
    waiting = [computation_id]
    regions: dict[str, Region] = {}
    while waiting:
        computation = reading.computations[waiting.pop()]
        region = _read_region(reading, computation, reading.region_ids[computation.id])
        regions[region.id] = region
        waiting.extend(reversed(reading.met))
        reading.met.clear()
    return regions


@dataclass(slots=True)
class _Opened:
    """What is known so far of the computation that is being read."""

    region_id: str
    is_entry: bool
    schedule: dict[int, int]
    ids: dict[int, str]
    inputs: dict[int, Value] = field(default_factory=dict[int, Value])
    results: dict[int, Value] = field(default_factory=dict[int, Value])


def _read_region(reading: _Reading, computation: Message, region_id: str) -> Region:
    instructions = _in_order(computation)
    opened = _Opened(
        region_id,
        computation.id == reading.entry,
        reading.schedule.get(computation.id, {}),
        {each.id: f"{region_id}/{place}" for place, each in enumerate(instructions)},
    )
    nodes = tuple([_read_node(reading, opened, instruction) for instruction in instructions])
    root = opened.results.get(computation.root_id)
    outputs = (root,) if root is not None else nodes[-1].outputs if nodes else ()
    inputs = tuple(opened.inputs[number] for number in sorted(opened.inputs))
    return Region(region_id, inputs, nodes, outputs, computation.name)


def _read_node(reading: _Reading, opened: _Opened, instruction: Message) -> Node:
    key = instruction.id
    node_id = opened.ids[key]
    opcode = intern(instruction.opcode)
    is_parameter = opcode == "parameter"
    calls = _calls(reading, instruction, node_id)
    is_argument = is_parameter and opened.is_entry
    origin, named = reading.origins.of(instruction, is_argument=is_argument)
    type_, unknown = type_and_unknown(instruction.shape)
    if instruction.HasField("sharding"):
        type_ = _sharded(reading, type_, sharding_of(instruction))
    result = opened.results[key] = Value(f"{node_id}:0", type_, instruction.name)
    if is_parameter:
        operands = (_input(opened, instruction, type_, named),)
    else:
        operands = tuple([opened.results[operand] for operand in instruction.operand_ids])
    return Node(
        node_id,
        opcode,
        operands,
        (result,),
        calls,
        _params(reading, opened, instruction, calls, named, unknown),
        origin,
        _effects(instruction, opcode),
        _after(instruction, opened.ids) if instruction.control_predecessor_ids else (),
    )


def _params(
    reading: _Reading,
    opened: _Opened,
    instruction: Message,
    calls: tuple[tuple[str, str], ...],
    named: Params,
    unknown: Mapping[str, str],
) -> Mapping[str, object]:
    """An instruction's params; all but its place, what it calls and its names when asked for."""
    schedule_index = opened.schedule.get(instruction.id)
    own = named
    if schedule_index is not None or calls or unknown:
        place: Params = {} if schedule_index is None else {"schedule_index": schedule_index}
        own = place | {role: RegionRef(called) for role, called in calls} | named
    if unknown:
        known = instruction_params(instruction, reading.payloads).get("unknown_fields", {})
        own["unknown_fields"] = {**cast("Params", known), **unknown}
    return LazyParams(lambda: _shared_params(reading, instruction), own)


def _shared_params(reading: _Reading, instruction: Message) -> Params:
    """The params that an instruction's message says, the same object for equal messages."""
    for name in STRUCTURE:  # which is read; what is left are the params
        instruction.ClearField(name)
    key = instruction.SerializeToString(deterministic=True)
    params = reading.params.get(key)
    if params is None:
        params = reading.params[key] = instruction_params(instruction, reading.payloads)
    return params


def _sharded(reading: _Reading, type_: ArrayType, sharding: object) -> ArrayType:
    if not isinstance(sharding, str):
        return type_
    known = reading.sharded.get((type_, sharding))
    if known is None:
        known = reading.sharded[type_, sharding] = replace(type_, sharding=sharding)
    return known


def _input(opened: _Opened, instruction: Message, type_: ArrayType, named: Params) -> Value:
    """The region's input that a parameter instruction stands for.

    An argument of the program has the user's name for it: `state['w']`, not `state__w__.1`.
    """
    number = instruction.parameter_number
    name = named.get("op_name")
    shown = name if opened.is_entry and isinstance(name, str) else instruction.name
    value = Value(f"{opened.region_id}<{number}", type_, shown, role="argument")
    return opened.inputs.setdefault(number, value)


def _calls(reading: _Reading, instruction: Message, node_id: str) -> tuple[tuple[str, str], ...]:
    called = instruction.called_computation_ids
    if not called:
        return ()
    roles = _ROLES.get(instruction.opcode, ())
    if instruction.opcode == "conditional":
        roles = tuple(f"branches[{place}]" for place in range(len(called)))
    found: list[tuple[str, str]] = []
    for place, computation_id in enumerate(called):
        if computation_id not in reading.computations:
            raise _broken("module", instruction.name, f"calls computation {computation_id}")
        role = roles[place] if place < len(roles) else f"called[{place}]"
        if computation_id not in reading.region_ids:
            reading.region_ids[computation_id] = f"{node_id}.{role}"
            reading.met.append(computation_id)
        found.append((role, reading.region_ids[computation_id]))
    return tuple(found)


def _effects(instruction: Message, opcode: str) -> tuple[str, ...]:
    if opcode == "custom-call" and instruction.custom_call_has_side_effect:
        return ("side effect",)
    return _EFFECTS.get(opcode, ())


def _after(instruction: Message, ids: dict[int, str]) -> tuple[str, ...]:
    try:
        return tuple([ids[other] for other in instruction.control_predecessor_ids])
    except KeyError as error:
        raise _broken("computation", instruction.name, f"follows instruction {error}") from None


def _broken(holder: str, instruction: str, does: str) -> InputError:
    return InputError(
        f"This HLO module is broken: {cut(instruction)!r} {does}, which its {holder} doesn't have."
    )


def _in_order(computation: Message) -> Sequence[Message]:
    """A computation's instructions, operands before users; XLA writes them so."""
    seen: set[int] = set()
    ordered = True
    for instruction in computation.instructions:
        if not seen.issuperset(instruction.operand_ids):
            ordered = False
        seen.add(instruction.id)
    if len(seen) < len(computation.instructions):
        name = cut(computation.name)
        raise InputError(f"This HLO module is broken: ids occur twice in computation {name!r}.")
    return computation.instructions if ordered else _sorted_by_use(computation)


def _sorted_by_use(computation: Message) -> list[Message]:
    by_id = {instruction.id: instruction for instruction in computation.instructions}
    placed: dict[int, Message] = {}
    opened: set[int] = set()
    waiting = [(instruction, False) for instruction in reversed(computation.instructions)]
    while waiting:
        each, operands_are_placed = waiting.pop()
        if each.id in placed:
            continue
        if operands_are_placed:
            placed[each.id] = each
            continue
        if each.id in opened:
            name = cut(each.name)
            raise InputError(f"This HLO module is broken: {name!r} reads its own result.")
        opened.add(each.id)
        waiting.append((each, True))
        for operand in reversed(each.operand_ids):
            if operand not in by_id:
                raise _broken("computation", each.name, f"reads instruction {operand}")
            waiting.append((by_id[operand], False))
    return list(placed.values())
