"""The values of a stage as columns."""

# What JSON holds has no static types.
# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false
# pyright: reportUnknownArgumentType=false

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from itertools import accumulate, chain, islice
from typing import Any

from jaxlab.payload.differences import pairs
from jaxlab.payload.names import Names, join, numbers_from
from jaxlab.payload.tables import Places
from jaxlab.views.columns import Columns


def name_columns(columns: Columns, text: Places[str]) -> tuple[dict[str, Any], dict[str, Any]]:
    """The names of regions, and of values."""
    regions = Names([region.name for region in columns.regions])
    values = Names([value.name for value in columns.values])
    for stem, _ in Counter(values.stems).most_common():  # the most frequent are short numbers
        text[stem]
    kinds = [text[stem] for stem in regions.stems]
    order = value_order(kinds, regions.numbers, columns.first_value, len(columns.values))
    return (
        {"name": kinds, "serial": regions.serials(range(len(kinds)))},
        {"name": [text[stem] for stem in values.stems], "serial": values.serials(order)},
    )


def value_order(
    names: Sequence[int], numbers: Sequence[int], first_value: Sequence[int], count: int
) -> Iterator[int]:
    """All values, region by region as these are named: XLA numbers names in such an order."""
    order = sorted(range(len(names)), key=lambda region: (names[region], numbers[region]))
    starts = (range(first_value[region], first_value[region + 1]) for region in order)
    return chain(chain.from_iterable(starts), range(first_value[-1], count))


def read_names(payload: Mapping[str, Any], strings: list[str]) -> tuple[list[str], list[str]]:
    """The names of regions and of values that `name_columns` wrote."""
    regions, nodes, values = payload["regions"], payload["nodes"], payload["values"]
    stems = [strings[place] for place in regions["name"]]
    numbers = numbers_from(stems, regions["serial"], range(len(stems)))
    first_value = first_values(regions, nodes["outputs"])
    order = value_order(regions["name"], numbers, first_value, len(values["type"]))
    value_stems = [strings[place] for place in values["name"]]
    value_numbers = numbers_from(value_stems, values["serial"], order)
    return list(map(join, stems, numbers)), list(map(join, value_stems, value_numbers))


def first_values(regions: Mapping[str, Any], outputs: Sequence[int]) -> list[int]:
    """For each region the place of its first value; behind them, the number of those defined."""
    made = iter(outputs)
    counts = (
        inputs + sum(islice(made, count))
        for inputs, count in zip(regions["inputs"], regions["nodes"], strict=True)
    )
    return list(accumulate(counts, initial=0))


def role_pairs(columns: Columns, text: Places[str]) -> list[int]:
    """The roles that are not the usual ones."""
    inputs = [len(region.inputs) for region in columns.regions]
    usual = usual_roles(columns.first_value, inputs, len(columns.values))
    roles = [value.role for value in columns.values]
    return pairs(
        [
            (place, text[role])
            for place, (role, told) in enumerate(zip(roles, usual, strict=True))
            if role != told
        ]
    )


def usual_roles(first_value: Sequence[int], inputs: Sequence[int], count: int) -> list[str]:
    """Inputs of regions are arguments, nodes make results, and the rest are literals."""
    defined = first_value[-1]
    roles = ["result"] * defined + ["literal"] * (count - defined)
    for first, length in zip(first_value, inputs, strict=False):
        roles[first : first + length] = ["argument"] * length
    return roles


def literal_pairs(columns: Columns, text: Places[str]) -> list[int]:
    """The texts of literals and of captured constants."""
    literals = [value.literal for value in columns.values]
    return pairs([(place, text[literal]) for place, literal in enumerate(literals) if literal])
