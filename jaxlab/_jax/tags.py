"""Lineage tags: each equation names itself on its name stack, and the compiler carries it."""

# pyright: reportPrivateUsage=false, reportUnknownMemberType=false, reportUnknownVariableType=false
# pyright: reportUnknownArgumentType=false, reportMissingTypeStubs=false

from __future__ import annotations

import copy
import math
from collections.abc import Iterable
from typing import Any, NamedTuple

import jax
from jax._src import (
    config,
    source_info_util,
)

from jaxlab._jax.jaxprs import JAXPR_TYPES, open_jaxpr

TAG_PREFIX = "jx~"
"""What a lineage tag's name starts with: `jx~<region index>.<node index>`."""


def tag_jaxpr(jaxpr: Any, order: Iterable[Any]) -> Any:
    """A copy of a jaxpr whose equations each name themselves on their name stack.

    The tag stands first on an equation's own name stack: there no transform wraps it, and
    what follows is the text that the untagged program has. Every jaxpr object becomes one new
    object wherever it is used, so what was shared stays shared, and JAX lowers it once.

    Args:
      jaxpr: the program; it is not changed.
      order: the jaxprs of the program in the order of `read_jaxpr`'s regions. One that is not
        among them keeps its name stacks.
    """
    regions = {id(open_jaxpr(found)[0]): index for index, found in enumerate(order)}
    return _Tagger(regions, {}).replaced(jaxpr)


_MAY_HOLD_JAXPRS = (tuple, *JAXPR_TYPES)


class _Tagger(NamedTuple):
    regions: dict[int, int]
    made: dict[int, Any]

    def replaced(self, value: Any) -> Any:
        """A param with its jaxprs tagged; the very same object where it holds none."""
        if isinstance(value, tuple):
            parts = [self.replaced(part) for part in value]
            if all(new is old for new, old in zip(parts, value, strict=True)):
                return value
            return type(value)(*parts) if hasattr(value, "_fields") else tuple(parts)
        if not isinstance(value, JAXPR_TYPES):
            return value
        if id(value) not in self.made:
            self.made[id(value)] = self._tagged(value)
        return self.made[id(value)]

    def _tagged(self, jaxpr: Any) -> Any:
        inner = open_jaxpr(jaxpr)[0]
        if inner is not jaxpr:  # JAX 0.10: a ClosedJaxpr round a Jaxpr
            return jaxpr.replace(jaxpr=self.replaced(inner))
        region = self.regions.get(id(jaxpr))
        if region is None:
            return jaxpr
        equations = [self._equation(eqn, region, index) for index, eqn in enumerate(jaxpr.eqns)]
        return jaxpr.replace(eqns=equations)

    def _equation(self, eqn: Any, region: int, index: int) -> Any:
        tag = source_info_util.Scope(f"{TAG_PREFIX}{region}.{index}")
        source = eqn.source_info
        stack = source_info_util.NameStack((tag, *source.name_stack.stack))
        params = eqn.params
        if any(isinstance(value, _MAY_HOLD_JAXPRS) for value in params.values()):
            params = {name: self.replaced(value) for name, value in params.items()}
        return eqn.replace(
            params=params, source_info=source_info_util.SourceInfo(source.traceback, stack)
        )


def lower_tagged(
    traced: jax.stages.Traced, order: Iterable[Any], **options: Any
) -> jax.stages.Lowered:
    """Lower the user's own Traced with its jaxpr tagged; see `tag_jaxpr`.

    Donation, names, shardings, layouts, static arguments, `keep_unused` and compiler options
    are those of `traced`, which is not changed. The function is not traced again, so nothing
    that it does while it is traced happens again.

    Args:
      traced: what `jax.jit(f).trace(...)` gave.
      order: see `tag_jaxpr`.
      options: for `Traced.lower`: `lowering_platforms=("tpu",)`.
    """
    tagged: Any = copy.copy(traced)
    tagged._params = dict(tagged._params, jaxpr=tag_jaxpr(tagged._params["jaxpr"], order))
    tagged._lojax = None
    return tagged.lower(**options)


def compile_tagged(
    lowered: jax.stages.Lowered, compiler_options: dict[str, Any] | None = None
) -> jax.stages.Compiled:
    """Compile a tagged program past the persistent compilation cache.

    Metadata is not in the cache's key: the cache would hand back the user's untagged program,
    or hand this one to the user. So here it is in the key (nothing of the user's is found),
    and no compile takes long enough to be kept (nothing of ours is written). Both settings
    hold for this thread until the call returns. `jax_enable_compilation_cache` would not do:
    JAX reads it once per process and remembers the answer.
    """
    with (
        config.compilation_cache_include_metadata_in_key(True),
        config.persistent_cache_min_compile_time_secs(math.inf),
    ):
        return lowered.compile(compiler_options)
