"""Notebook cells as sources: which file name their frames carry, and what survives a restart."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from typing import Any

from jaxlab.origin import Source

CELL_IDS = "jaxlab_cell_ids"
"""Attribute of the shell: the notebook's cell ids by execution count, kept by the extension."""


def cells_of(shell: Any = None) -> dict[str, Source]:
    """The cells that ran in this shell, by the file name that their frames carry.

    The text is the cell's own, magics included, so that line numbers are those one sees.

    Args:
      shell: IPython's; the running one by default. Where there is none there are no cells.
    """
    if shell is None and "IPython" in sys.modules:
        shell = sys.modules["IPython"].get_ipython()
    if shell is None:
        return {}
    files: Mapping[str, int] = getattr(shell.compile, "_filename_map", {})
    history = shell.history_manager.input_hist_raw
    ids: Mapping[int, str] = getattr(shell, CELL_IDS, {})
    return {
        file: Source(
            file=file,
            text=history[count],
            title=f"cell [{count}]",
            cell_id=ids.get(count, ""),
        )
        for file, count in files.items()
        if 0 <= count < len(history)
    }


def coming_count(shell: Any) -> int:
    """The execution count of the cell that is about to run, asked from `pre_run_cell`.

    IPython 9 has raised its own `execution_count` by then, and older ones have not.
    """
    return len(shell.history_manager.input_hist_raw)


def running_cell(shell: Any) -> tuple[int, str]:
    """The execution count and the text of the cell that runs now."""
    history = shell.history_manager.input_hist_raw
    return len(history) - 1, history[-1]


def cell_id_of(shell: Any) -> str:
    """The notebook's own id of the cell that runs now; "" where the front end sends none."""
    parent = getattr(shell, "get_parent", dict[str, Any])() or {}
    metadata: Mapping[str, Any] = parent.get("metadata") or {}
    return str(metadata.get("cellId") or metadata.get("cell_id") or "")
