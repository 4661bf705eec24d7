"""How much work a matrix product or a convolution is, as each stage writes its dimensions.

A multiply-add counts as two operations.
"""

# Params are whatever a program has: each rule looks for what it knows.
# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false
# pyright: reportUnknownArgumentType=false

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from math import prod

from jaxlab.graph import ArrayType, Node

_TAPS_LIMIT = 1_000_000
_STABLEHLO_DIMS = re.compile(r"lhs_contracting_dimensions = \[([\d, ]*)\]")
_LABELS = re.compile(r"\[([^]]*)\]")


def sizes_of(type_: ArrayType) -> tuple[int, ...] | None:
    """The shape, if every size is known."""
    sizes = tuple(size for size in type_.shape if isinstance(size, int))
    return sizes if len(sizes) == len(type_.shape) and type_.kind in ("array", "ref") else None


def dot_flops(node: Node) -> float | None:
    """2 x elements of the result x elements that are contracted."""
    if len(node.inputs) < 2 or not node.outputs:
        return None
    lhs, result = sizes_of(node.inputs[0].type), sizes_of(node.outputs[0].type)
    contracted = _contracted(node.params)
    if (
        lhs is None
        or result is None
        or contracted is None
        or any(d >= len(lhs) for d in contracted)
    ):
        return None
    return 2.0 * prod(result) * prod(lhs[dimension] for dimension in contracted)


def _contracted(params: Mapping[str, object]) -> Sequence[int] | None:
    """The contracted dimensions of the left operand."""
    hlo = params.get("lhs_contracting_dims")
    if isinstance(hlo, tuple):
        return _integers(hlo)
    jaxpr = params.get("dimension_numbers")
    if isinstance(jaxpr, tuple):
        numbers: tuple[tuple[Sequence[int], Sequence[int]], ...] = jaxpr
        return numbers[0][0]
    text = params.get("dot_dimension_numbers")
    if isinstance(text, str):
        found = _STABLEHLO_DIMS.search(text)
        return [int(part) for part in found[1].split(",") if part.strip()] if found else ()
    return _ragged(params)


def _ragged(params: Mapping[str, object]) -> Sequence[int] | None:
    numbers = params.get("ragged_dot_dimension_numbers")
    inner = getattr(numbers, "dot_dimension_numbers", None)
    if inner is not None:
        return inner[0][0]
    found = _STABLEHLO_DIMS.search(numbers) if isinstance(numbers, str) else None
    return [int(part) for part in found[1].split(",") if part.strip()] if found else None


def gemm_flops(node: Node) -> float | None:
    """A matrix product that XLA for GPUs gave to cuBLAS: its dimensions are in its config."""
    config = node.params.get("backend_config")
    gemm = config.get("gemm_backend_config") if isinstance(config, dict) else None
    numbers = gemm.get("dot_dimension_numbers") if isinstance(gemm, dict) else None
    dims = numbers.get("lhs_contracting_dimensions") if isinstance(numbers, dict) else None
    result = node.outputs[0].type if node.outputs else None
    if result is not None and result.kind == "tuple" and result.elements:
        result = result.elements[0]  # the second is scratch memory
    lhs = sizes_of(node.inputs[0].type) if node.inputs else None
    sizes = sizes_of(result) if result is not None else None
    if not isinstance(dims, list) or lhs is None or sizes is None:
        return None
    contracted: list[object] = dims
    return 2.0 * prod(sizes) * prod(lhs[int(str(dimension))] for dimension in contracted)


@dataclass(frozen=True, slots=True)
class _Convolution:
    """A convolution's dimensions: indices into its three shapes, and a window per dimension."""

    lhs_batch: int
    lhs_spatial: tuple[int, ...]
    rhs_input: int
    rhs_spatial: tuple[int, ...]
    out_feature: int
    out_spatial: tuple[int, ...]
    strides: tuple[int, ...]
    pads: tuple[int, ...]
    lhs_dilation: tuple[int, ...]
    rhs_dilation: tuple[int, ...]
    batch_groups: int


def convolution_flops(node: Node) -> float | None:
    """2 x the multiply-adds that meet an element of the input, not padding and not a hole.

    That is how XLA counts too: at the border a window has less to do.
    """
    if len(node.inputs) < 2 or not node.outputs:
        return None
    lhs, rhs = sizes_of(node.inputs[0].type), sizes_of(node.inputs[1].type)
    result = sizes_of(node.outputs[0].type)
    if lhs is None or rhs is None or result is None:
        return None
    found = _convolution(node.params, len(lhs) - 2)
    if found is None:
        return None
    work = 2.0 * rhs[found.rhs_input] * result[found.out_feature]
    work *= lhs[found.lhs_batch] / found.batch_groups
    for place, dimension in enumerate(found.lhs_spatial):
        work *= _meetings(
            lhs[dimension],
            rhs[found.rhs_spatial[place]],
            result[found.out_spatial[place]],
            found.strides[place],
            found.pads[place],
            found.lhs_dilation[place],
            found.rhs_dilation[place],
        )
    return work


@lru_cache(maxsize=4096)
def _meetings(
    size: int,
    window: int,
    results: int,
    stride: int,
    pad: int,
    lhs_dilation: int,
    rhs_dilation: int,
) -> int:
    """In how many pairs of result and window position an element of the input is met."""
    last = (size - 1) * lhs_dilation
    if lhs_dilation > 1 and window * results > _TAPS_LIMIT:
        return window * results // lhs_dilation
    count = 0
    for tap in range(window if size else 0):
        start = tap * rhs_dilation - pad
        if lhs_dilation == 1:
            first_met = max(0, -(start // stride))
            last_met = min(results - 1, (last - start) // stride)
            count += max(0, last_met - first_met + 1)
        else:
            places = range(start, start + results * stride, stride)
            count += sum(0 <= place <= last and place % lhs_dilation == 0 for place in places)
    return count


def _convolution(params: Mapping[str, object], rank: int) -> _Convolution | None:
    ones = (1,) * rank
    numbers = params.get("dimension_numbers")
    batch_groups = params.get("batch_group_count", 1)
    if not isinstance(batch_groups, int):
        return None
    if hasattr(numbers, "lhs_spec"):
        specs = (getattr(numbers, f"{side}_spec") for side in ("lhs", "rhs", "out"))
        lhs, rhs, out = (tuple(int(dimension) for dimension in spec) for spec in specs)
        places = (lhs[0], lhs[2:], rhs[1], rhs[2:], out[1], out[2:])
    else:
        labels = params.get("dim_labels", numbers)
        parts = _labels(labels) if isinstance(labels, str) else []
        if len(parts) != 3 or any(len(part) != rank + 2 for part in parts):
            return None
        (lhs, rhs, out), digits = parts, [str(place) for place in range(rank)]
        spatial = [tuple(part.index(digit) for digit in digits) for part in (lhs, rhs, out)]
        places = (
            lhs.index("b"),
            spatial[0],
            rhs.index("i"),
            spatial[1],
            out.index("f"),
            spatial[2],
        )
    window = params.get("window", params)
    if not isinstance(window, Mapping):
        return None
    return _Convolution(
        *places,
        strides=_numbers(window, ("stride", "window_strides"), ones),
        pads=_numbers(window, ("pad", "padding"), (0,) * rank),
        lhs_dilation=_numbers(window, ("lhs_dilate", "lhs_dilation"), ones),
        rhs_dilation=_numbers(window, ("rhs_dilate", "rhs_dilation"), ones),
        batch_groups=batch_groups,
    )


def _labels(text: str) -> list[list[str]]:
    """The dimensions' labels of `b01f_01io->b01f` or `#stablehlo.conv<[b, 0, f]x[...]->[...]>`."""
    if "[" in text:
        return [[label.strip() for label in part.split(",")] for part in _LABELS.findall(text)]
    inputs, _, out = text.partition("->")
    lhs, _, rhs = inputs.partition("_")
    return [list(lhs), list(rhs), list(out)]


def _numbers(
    window: Mapping[str, object], names: tuple[str, str], default: tuple[int, ...]
) -> tuple[int, ...]:
    """One number per spatial dimension; of a pair (low, high), the first."""
    found = next((window[name] for name in names if name in window), None)
    if not isinstance(found, tuple | list) or len(found) != len(default):
        return default
    values: Sequence[object] = found
    return _integers([v[0] if isinstance(v, tuple | list) else v for v in values])


def _integers(values: Sequence[object]) -> tuple[int, ...]:
    return tuple(value for value in values if isinstance(value, int))
