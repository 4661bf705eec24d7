"""Several programs as one graph: a node for each, with the program inside."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from jaxlab.graph import Graph, Node, Region, Value


def side_by_side(graphs: Sequence[Graph], name: str, calls: Sequence[int] = ()) -> Graph:
    """One graph whose entry has a node `program` for each of the graphs.

    The nodes keep their params `calls` (how often each ran). Ids inside get the program's node
    in front, `main/1.program/main/4`; nothing else of them changes.

    Args:
      graphs: at least one, all of one stage.
      name: the name of the whole.
      calls: how often each of them was called, where that is known.
    """
    regions: dict[str, Region] = {}
    nodes: list[Node] = []
    for index, graph in enumerate(graphs):
        prefix = f"main/{index}.program/"
        params: dict[str, object] = {"program": graph.name, **graph.facts}
        if calls:
            params["calls"] = calls[index]
        nodes.append(
            Node(
                id=f"main/{index}",
                op="program",
                calls=(("program", prefix + graph.entry),),
                params=params,
            )
        )
        for region in graph.regions.values():
            regions[prefix + region.id] = _renamed(region, prefix)
    entry = Region("main", nodes=tuple(nodes), name=name)
    return Graph(graphs[0].stage, name, {"main": entry, **regions}, "main")


def _renamed(region: Region, prefix: str) -> Region:
    values: dict[str, Value] = {}

    def value(old: Value) -> Value:
        found = values.get(old.id)
        if found is None:
            found = values[old.id] = replace(old, id=prefix + old.id)
        return found

    return Region(
        id=prefix + region.id,
        inputs=tuple(map(value, region.inputs)),
        nodes=tuple(
            replace(
                node,
                id=prefix + node.id,
                inputs=tuple(map(value, node.inputs)),
                outputs=tuple(map(value, node.outputs)),
                calls=tuple((role, prefix + called) for role, called in node.calls),
                after=tuple(prefix + other for other in node.after),
            )
            for node in region.nodes
        ),
        outputs=tuple(map(value, region.outputs)),
        name=region.name,
    )
