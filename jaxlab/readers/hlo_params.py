"""An HLO instruction's fields to a node's params, under the names that XLA's text has for them.

What XLA's text writes in a notation of its own is kept in it (`sharding`, `replica_groups`,
`dim_labels`, `slice`, `padding`); dimensions are tuples of numbers; JSON is parsed. A field that
the table below does not name is kept under its own name, and one that the schema does not know
under `unknown_fields`.
"""

# Messages have no static types.
# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false
# pyright: reportUnknownArgumentType=false

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Sequence
from functools import lru_cache
from typing import Any

from jaxlab.readers import hlo_notation as notation
from jaxlab.readers.hlo_schema import Message, enum_of, names_of, unknown_fields, unknown_within
from jaxlab.readers.hlo_types import literal_text, shape_text

Params = dict[str, object]

STRUCTURE = (
    *("name", "shape", "metadata", "id", "operand_ids"),
    *("control_predecessor_ids", "called_computation_ids"),
)
"""Fields that become part of the graph itself, as the opcode does."""

_NO_PARAMS = frozenset((*STRUCTURE, "opcode", "backend_config_payload"))

# XLA writes these for every instruction, and seldom with anything in them.
_MOSTLY_EMPTY = frozenset(
    {"frontend_attributes", "statistics_viz", "sparsity_config", "block_scaling_config"}
)

# proto3 does not write a zero, but for these opcodes zero says something.
_ZEROS: dict[str, Params] = {
    "parameter": {"parameter_number": 0},
    "get-tuple-element": {"index": 0},
    "fft": {"fft_type": "FFT"},
    "broadcast": {"dimensions": ()},
    "rng-bit-generator": {"algorithm": "rng_default"},
}


def instruction_params(instruction: Message, payloads: Sequence[bytes]) -> Params:
    """Every field of an instruction that is set and is not the graph's.

    Args:
      instruction: an HloInstructionProto.
      payloads: the module's, which instructions may refer to by number.
    """
    params: Params = dict(_ZEROS.get(instruction.opcode, ()))
    unknown = unknown_fields(instruction)
    for field, value in instruction.ListFields():
        name = field.name
        if name in _NO_PARAMS:
            continue
        if name in _MOSTLY_EMPTY and not value.ByteSize():
            continue
        write = _WRITERS.get(name)
        if write is None:
            params[name] = plain_value(instruction, name, value)
            continue
        write(params, value)
        for message in _messages(field, value):
            unknown |= unknown_within(message, name)
    if instruction.HasField("backend_config_payload"):
        payload = instruction.backend_config_payload
        params["backend_config"] = text_or_json(payload_bytes(payload, payloads))
    if unknown:
        params["unknown_fields"] = unknown
    return params


def sharding_of(instruction: Message) -> object:
    """An instruction's sharding in XLA's notation; what of it is not known keeps it a dict."""
    return _plain_message(instruction.sharding)


def _messages(field: Any, value: Any) -> Iterable[Message]:
    if field.message_type is None:
        return ()
    return (value,) if hasattr(value, "ListFields") else value


def payload_bytes(payload: Message, payloads: Sequence[bytes]) -> bytes:
    """A payload's bytes: its own, or those that the module keeps under its number."""
    if payload.HasField("id") and 0 <= payload.id < len(payloads):
        return payloads[payload.id]
    return payload.value


@lru_cache(maxsize=4096)
def text_or_json(data: bytes) -> object:
    """JSON as dicts and lists; else the text; else, for bytes, how many they are."""
    try:
        text = data.decode()
    except UnicodeDecodeError:
        return f"{len(data):,} bytes"
    if text[:1] in ("{", "["):
        try:
            return json.loads(text)
        except ValueError:
            return text
    control = any(not (character.isprintable() or character.isspace()) for character in text)
    return f"{len(data):,} bytes" if control else text


def plain(message: Message) -> Params:
    """Any message as a dict of the fields that are set, enums by name, unknown fields counted."""
    found: Params = {
        field.name: plain_value(message, field.name, value) for field, value in message.ListFields()
    }
    unknown = unknown_fields(message)
    return found | {"unknown_fields": unknown} if unknown else found


def plain_value(message: Message, name: str, value: Any) -> object:
    """A field's value without protobuf: numbers, texts, tuples, dicts."""
    if isinstance(value, bytes):
        return text_or_json(value)
    if hasattr(value, "ListFields"):
        return _plain_message(value)
    members = enum_of(message, name)
    if isinstance(value, str | bool | float):
        return value
    if isinstance(value, int):
        return members.get(value, value) if members is not None else value
    if members is not None:
        return tuple(members.get(item, item) for item in value)
    return tuple(
        _plain_message(item)
        if hasattr(item, "ListFields")
        else text_or_json(item)
        if isinstance(item, bytes)
        else item
        for item in value
    )


def _plain_message(message: Message) -> object:
    write = _NOTATIONS.get(message.DESCRIPTOR.name)
    if write is None or unknown_within(message, ""):
        return plain(message)
    return write(message)


def attributes(message: Message) -> dict[str, object]:
    """Frontend attributes as a dict; values that are JSON are parsed."""
    return {entry.key: _attribute(entry.value) for entry in message.map}


def _attribute(text: str) -> object:
    return text_or_json(text.encode()) if text[:1] in ("{", "[") else text


# Messages that are shown in XLA's notation wherever they stand.
_NOTATIONS: dict[str, Callable[[Message], object]] = {
    "OpSharding": notation.sharding_text,
    "ShapeProto": shape_text,
    "Window": notation.window,
    "PaddingConfig": notation.padding_text,
    "FrontendAttributes": attributes,
}


def _as(name: str, read: Callable[[Any], object]) -> Callable[[Params, Any], None]:
    def write(params: Params, value: Any) -> None:
        params[name] = read(value)

    return write


def _flat(*renamed: tuple[str, str]) -> Callable[[Params, Any], None]:
    """A writer that puts a message's fields among the params, as XLA's text does."""
    names = dict(renamed)

    def write(params: Params, value: Any) -> None:
        for name, item in plain(value).items():
            if isinstance(item, dict) and name not in names:
                params.update(item)
            else:
                params[names.get(name, name)] = item

    return write


def _window(params: Params, value: Any) -> None:
    if value.dimensions:  # TPUs' matrix products are convolutions with none
        params["window"] = notation.window(value)


def _pairs(values: Iterable[Message]) -> tuple[tuple[int, int], ...]:
    return tuple((pair.source, pair.target) for pair in values)


def _shapes(values: Iterable[Message]) -> tuple[str, ...]:
    return tuple(map(shape_text, values))


def _member(enum: str) -> Callable[[int], object]:
    return lambda number: names_of(enum).get(number, number)


_DOT = tuple(
    (f"{side}_{part}_dimensions", f"{side}_{part}_dims")
    for side in ("lhs", "rhs")
    for part in ("contracting", "batch", "ragged", "group")
)


def _with_empty(*names: str) -> Callable[[Params, Any], None]:
    """A writer of a message's fields, some of which say something where they are empty, too."""
    empty: Params = {**dict.fromkeys(names, ()), "index_vector_dim": 0}

    def write(params: Params, value: Any) -> None:
        params.update(empty | plain(value))

    return write


_WRITERS: dict[str, Callable[[Params, Any], None]] = {
    "literal": _as("value", literal_text),
    "fusion_kind": _as("kind", str),
    "tuple_index": _as("index", int),
    "window": _window,
    "dimensions": _as("dimensions", tuple),
    "convolution_dimension_numbers": _as("dim_labels", notation.dim_labels),
    "slice_dimensions": _as("slice", notation.slice_text),
    "padding_config": _as("padding", notation.padding_text),
    "comparison_direction": _as("direction", str),
    "comparison_type": _as("type", str),
    "comparison_order": _as("order", str),
    "dot_dimension_numbers": _flat(*_DOT),
    "ragged_dot_dimension_numbers": _flat(*_DOT),
    "gather_dimension_numbers": _with_empty(
        "offset_dims", "collapsed_slice_dims", "start_index_map"
    ),
    "scatter_dimension_numbers": _with_empty(
        "update_window_dims", "inserted_window_dims", "scatter_dims_to_operand_dims"
    ),
    "gather_slice_sizes": _as("slice_sizes", tuple),
    "precision_config": _flat(),
    "triangular_solve_options": _flat(),
    "cholesky_options": _flat(),
    "rng_algorithm": _as("algorithm", _member("RandomAlgorithm")),
    "replica_groups": _as("replica_groups", notation.groups_text),
    "collective_device_list": _as(
        "replica_groups", lambda devices: notation.groups_text(devices.replica_groups)
    ),
    "iota_collective_device_list": _as("replica_groups", notation.iota_groups_text),
    "mesh_axes_replica_group_list": _as("replica_groups", notation.mesh_groups_text),
    "source_target_pairs": _as("source_target_pairs", _pairs),
    "output_operand_aliasing": _as("output_to_operand_aliasing", notation.aliasing_text),
    "operand_shapes_with_layout": _as("operand_layout_constraints", _shapes),
    "custom_call_api_version": _as("api_version", _member("CustomCallApiVersion")),
    "custom_call_schedule": _as("schedule", _member("CustomCallSchedule")),
}
