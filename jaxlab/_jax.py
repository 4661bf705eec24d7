"""All that touches private JAX, or differs between its versions. Nothing else imports jax._src.

Each branch on a version names that version, so that it can be deleted with it.
Sections: version, names and frames, jaxprs, lowering and modules, lineage tags, recording.
"""

# pyright: reportPrivateUsage=false, reportUnknownMemberType=false, reportUnknownVariableType=false
# pyright: reportUnknownArgumentType=false, reportMissingTypeStubs=false

from __future__ import annotations

import jax

# --- version ---------------------------------------------------------------------------------

VERSION: tuple[int, ...] = jax.__version_info__

# --- names and frames ------------------------------------------------------------------------

# --- jaxprs ----------------------------------------------------------------------------------

# --- lowering and modules --------------------------------------------------------------------

# --- lineage tags ----------------------------------------------------------------------------

TAG_PREFIX = "jx~"
"""What a lineage tag's name starts with: `jx~<region index>.<node index>`."""

# --- recording -------------------------------------------------------------------------------
