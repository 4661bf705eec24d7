"""A graph as compact JSON and back: the contract with the viewer, version 1.

Text stands once, in `strings`; everything else is columns, one list per attribute. Where a
column is said to hold a text, path, type or the like, it holds its place in that list.

    format, version   "jaxlab.graph", 1
    stage, name       of the graph, written out
    entry             the place of the entry region
    facts             a param set
    strings           the distinct texts
    paths             the distinct sequences of texts: scopes, transforms, tags, effects
    types             dtype, kind, layout, memory_space, sharding (texts), shape (lists of sizes,
                      a symbolic one written out), weak (0, 1), elements (lists of types)
    values            type, name, role, literal (texts);
                      ids (flat pairs of a value and its id, where that is not the usual one);
                      owner, number (of the values that are defined nowhere: literals)
    regions           id, name (texts), inputs, nodes (how many of each), outputs (lists of values)
    nodes             stem (text), number, op (text), inputs, outputs (how many), operands,
                      params (param set), scopes, transforms, tags, effects (paths), stack;
                      calls (flat triples of node, role, region), after (flat pairs of nodes)
    params            the distinct param sets, each flat pairs of a key and a constant
    constants         the distinct values of params
    frames            file, function (texts), line, column, end_line, end_column
    stacks            the distinct stacks, each a list of frames, innermost first
    overlays          name, unit, source, nodes (as differences), values, others (pairs of an id
                      and a value, for what is no node of this graph)
    sources           file, text, title, cell_id, line_offset, all written out

Nodes are numbered region by region, and values as they are defined: a region's inputs, then its
nodes' results, region by region; literals come last. The usual ids (`main/4`, `main/4:0`,
`main<2`, `main/4=1`) are not written: a node's is its stem, "/" and its number, or the stem
alone where the number is -1; a literal's is that of its owner (a node, or -1 less a region), "="
and its number, or the text `number` where the owner is null. A node's operands are written as
the place of its first result less their own, which are small numbers.

Params and overlays keep what JSON has: numbers, texts, true, false, null. Where a region is
named there is {"region": id}; a number that JSON or a browser can't hold is {"int": text} or
{"float": text}; a text over `TEXT_LIMIT` characters is {"text": its beginning, "cut": its
length}. Whatever else a param holds is its text.
"""

from jaxlab.payload.constants import TEXT_LIMIT
from jaxlab.payload.decode import decode
from jaxlab.payload.encode import FORMAT, VERSION, encode

__all__ = ["FORMAT", "TEXT_LIMIT", "VERSION", "decode", "encode"]
