"""What an HLO module says of the whole program: aliasing, devices, shardings, layouts."""

# Messages have no static types.
# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false
# pyright: reportUnknownArgumentType=false

from __future__ import annotations

import re
from collections.abc import Mapping

from jaxlab.readers.hlo_notation import braces
from jaxlab.readers.hlo_params import Params, plain_value, text_or_json
from jaxlab.readers.hlo_schema import Message, names_of, unknown_fields
from jaxlab.readers.hlo_types import program_shape_text

_OWN = frozenset(
    {
        *("name", "id", "computations", "stack_frame_index", "schedule", "payloads"),
        *("entry_computation_id", "entry_computation_name", "host_program_shape"),
        *("input_output_alias", "buffer_donor", "device_assignment"),
    }
)
_COUNT = re.compile(r"\b(num_partitions|replica_count)=(\d+)")


def module_facts(proto: Message, region_ids: Mapping[int, str], header: str) -> Params:
    """The facts of a module.

    Args:
      proto: an HloModuleProto.
      region_ids: each computation's region.
      header: the first line of the text that the module came from, which has counts that the
        proto has not; "" if it came from no text.
    """
    facts: Params = {
        "module_id": proto.id,
        "entry_layout": program_shape_text(proto.host_program_shape),
        "is_scheduled": bool(proto.schedule.sequences),
    }
    for name, number in _COUNT.findall(header):
        facts["num_replicas" if name == "replica_count" else name] = int(number)
    if proto.HasField("device_assignment"):
        facts |= _devices(proto.device_assignment)
    aliases = _aliases(proto.input_output_alias)
    if aliases:
        facts["input_output_alias"] = aliases
    if proto.buffer_donor.entries:
        facts["buffer_donors"] = tuple(
            f"({entry.parameter_number}, {braces(entry.parameter_shape_index)})"
            for entry in proto.buffer_donor.entries
        )
    for field, value in proto.ListFields():
        if field.name not in _OWN:
            read = plain_value(proto, field.name, value)
            if read != {}:
                facts[field.name] = read
    computations = _computation_facts(proto, region_ids)
    if computations:
        facts["computations"] = computations
    unknown = unknown_fields(proto)
    if unknown:
        facts["unknown_fields"] = unknown
    return facts


def _devices(assignment: Message) -> Params:
    devices = tuple(tuple(device.replica_device_ids) for device in assignment.computation_devices)
    return {
        "num_replicas": assignment.replica_count,
        "num_partitions": assignment.computation_count,
        "device_assignment": devices,
    }


def _aliases(alias: Message) -> tuple[tuple[str, str], ...]:
    """(output, input) pairs that share a buffer: `("{0}", "(3, {}, may-alias)")`."""
    kinds = names_of("AliasKind")
    return tuple(
        (
            braces(entry.output_shape_index),
            f"({entry.parameter_number}, {braces(entry.parameter_shape_index)}, "
            f"{kinds.get(entry.kind, entry.kind)})",
        )
        for entry in alias.entries
    )


def _computation_facts(proto: Message, region_ids: Mapping[int, str]) -> dict[str, Params]:
    """By region, what a computation says that a region has no place for."""
    found: dict[str, Params] = {}
    for computation in proto.computations:
        facts: Params = {}
        if computation.execution_thread not in ("", "main"):
            facts["execution_thread"] = computation.execution_thread
        if computation.backend_config:
            facts["backend_config"] = text_or_json(computation.backend_config)
        unknown = unknown_fields(computation)
        if unknown:
            facts["unknown_fields"] = unknown
        if facts:
            found[region_ids[computation.id]] = facts
    return found
