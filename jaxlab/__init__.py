"""jaxlab: see what JAX and XLA did with a notebook cell.

In a notebook: `%load_ext jaxlab`, then `%%jaxtrace` on top of a cell. In a program:

    program = jaxlab.trace(loss, params, batch)
    with jaxlab.record() as r: ...
    with jaxlab.profile() as p: ...
    with jaxlab.watch() as w: ...
    jaxlab.read(compiled)
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from jaxlab.api import diff, profile, read, record, trace, watch
from jaxlab.errors import JaxLabError
from jaxlab.graph import Graph, check
from jaxlab.program import Program

if TYPE_CHECKING:
    from jaxlab.call_profile import Profile
    from jaxlab.cell_profile import CellProfile
    from jaxlab.profiling.against.compare import Comparison

__version__ = "0.1.0"
__all__ = [
    "Graph",
    "JaxLabError",
    "Program",
    "check",
    "diff",
    "last",
    "last_profile",
    "profile",
    "read",
    "record",
    "trace",
    "watch",
]

last: Program | None = None
"""What the last `%%jaxtrace` or `%jaxtrace` captured."""

last_profile: Profile | CellProfile | Comparison | None = None
"""What the last `%%jaxprofile` or `%jaxprofile` measured."""


def load_ipython_extension(shell: Any) -> None:
    """`%load_ext jaxlab`: the magics, for this shell."""
    from jaxlab.magics.extension import load  # IPython stays out of `import jaxlab`

    load(shell)


def unload_ipython_extension(shell: Any) -> None:
    """`%unload_ext jaxlab`: leaves the shell as it was."""
    from jaxlab.magics.extension import unload

    unload(shell)
