"""What to say where there is nothing to show."""

from __future__ import annotations

import ast


def nothing_ran(cell: str) -> str:
    """What to say where no operation of JAX ran: what the cell defined could be called."""
    body = cell.lstrip().partition("\n")[2]
    try:
        tree = ast.parse(body)
    except SyntaxError:  # magics inside; their names are not looked for
        tree = ast.Module([], [])
    names = [node.name for node in tree.body if isinstance(node, ast.FunctionDef)]
    if not names:
        return "No operation of JAX ran in this cell."
    listed = ", ".join(f"`{name}`" for name in names)
    return (
        f"No operation of JAX ran in this cell; it defined {listed}. "
        f"Trace a call: `%jaxtrace {names[-1]}(...)`."
    )
