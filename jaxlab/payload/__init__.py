"""A report as compact JSON and back: the contract with the viewer, version 1.

The format is `report-v1.schema.json`, which the viewer's types are generated from. In short: each
stage is columns, one list per attribute; texts, types, paths, params and frames stand once each,
in tables, and columns hold their places. Nodes are numbered region by region, values as they are
defined: a region's inputs, then its nodes' results, region by region; literals come last. What
rises slowly is written as differences, `itertools.accumulate` undoes that; what can be told from
the rest is not written, such as most ids (see `ids`). `pack` makes it
base64 of gzipped JSON, which is what a notebook's output holds.

A stage's graph is always the one grouped by scope, and comes back equal to it but for this:

- Params keep what JSON has: numbers, texts, true, false, null, and the name of a region. All else
  becomes its text, without the addresses of objects; a text over `TEXT_LIMIT` characters is cut
  and says how long it was.
- The param `op_name` is left out: the node's scopes and transforms tell it.
- Lineage tags are left out of stages that links lead to or from.

`decode_report` is there for tests and tools. jaxlab itself shows reports with the viewer.
"""

from jaxlab.payload.constants import TEXT_LIMIT
from jaxlab.payload.decode import decode_report
from jaxlab.payload.encode import FORMAT, VERSION, encode_report
from jaxlab.payload.packing import pack, to_text, unpack

__all__ = [
    "FORMAT",
    "TEXT_LIMIT",
    "VERSION",
    "decode_report",
    "encode_report",
    "pack",
    "to_text",
    "unpack",
]
