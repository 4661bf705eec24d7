"""The texts that frames point into: files, and cells with what identifies them after a restart."""

from __future__ import annotations

import linecache
from collections.abc import Iterable, Mapping
from pathlib import Path

from jaxlab.graph import Graph
from jaxlab.origin import Source


def sources_of(graph: Graph, cells: Mapping[str, Source]) -> tuple[Source, ...]:
    """The source text of every file that the innermost frames of a graph's nodes are in.

    Args:
      graph: at any stage.
      cells: sources known already, by the file name that their frames carry.
    """
    files: dict[str, None] = {}
    for node in graph.nodes():
        for frame in node.origin.frames[:1]:
            files.setdefault(frame.file)
    return sources_named(files, cells)


def sources_named(files: Iterable[str], cells: Mapping[str, Source]) -> tuple[Source, ...]:
    """The sources of some files; a file that can't be read has an empty text."""
    return tuple(cells[file] if file in cells else _read(file) for file in files)


def _read(file: str) -> Source:
    return Source(file=file, text="".join(linecache.getlines(file)), title=Path(file).name)
