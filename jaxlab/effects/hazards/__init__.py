"""The hazards: one file each, with its rule; `findings_of` asks them all."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from jaxlab.effects.failure import failure_of
from jaxlab.effects.hazard import Hazard
from jaxlab.effects.hazards import (
    array_assignment,
    both_branches,
    callback_count,
    callback_error,
    captured_constant,
    carry_type,
    compile_in_timing,
    concretisation,
    dead_benchmark,
    differs_without_jit,
    donation,
    eager_shape_churn,
    fstring_debug_print,
    host_argument,
    host_clock,
    host_io,
    host_mutation,
    host_random,
    iterator_in_loop,
    key_reuse,
    late_flags,
    leaked_tracer,
    mutated_buffer,
    nan_origin,
    narrowed_dtype,
    not_blocked,
    notebook_holds_memory,
    out_of_bounds,
    print_at_trace,
    recompile_argument,
    recompile_config,
    recompile_function,
    recompile_placement,
    residuals,
    stale_read,
    stale_self,
    unrolled_loop,
)
from jaxlab.effects.seen import History, Seen
from jaxlab.errors import cut
from jaxlab.finding import Finding, worst_first

HAZARDS: tuple[Hazard, ...] = (
    array_assignment.HAZARD,
    both_branches.HAZARD,
    callback_count.HAZARD,
    callback_error.HAZARD,
    captured_constant.HAZARD,
    carry_type.HAZARD,
    compile_in_timing.HAZARD,
    concretisation.HAZARD,
    dead_benchmark.HAZARD,
    differs_without_jit.HAZARD,
    donation.HAZARD,
    eager_shape_churn.HAZARD,
    fstring_debug_print.HAZARD,
    host_argument.HAZARD,
    host_clock.HAZARD,
    host_io.HAZARD,
    host_mutation.HAZARD,
    host_random.HAZARD,
    iterator_in_loop.HAZARD,
    key_reuse.HAZARD,
    late_flags.HAZARD,
    leaked_tracer.HAZARD,
    mutated_buffer.HAZARD,
    nan_origin.HAZARD,
    narrowed_dtype.HAZARD,
    not_blocked.HAZARD,
    notebook_holds_memory.HAZARD,
    out_of_bounds.HAZARD,
    print_at_trace.HAZARD,
    recompile_argument.HAZARD,
    recompile_config.HAZARD,
    recompile_function.HAZARD,
    recompile_placement.HAZARD,
    residuals.HAZARD,
    stale_read.HAZARD,
    stale_self.HAZARD,
    unrolled_loop.HAZARD,
)
"""All that are looked for."""


def findings_of(
    seen: Seen, hazards: Iterable[Hazard] = HAZARDS
) -> tuple[tuple[Finding, ...], tuple[str, ...]]:
    """What was found, the worst first, and a note for each rule that failed."""
    found: list[Finding] = []
    failed: list[str] = []
    for hazard in hazards:
        try:
            found += hazard.rule(seen)
        except Exception as error:  # a fault of ours must never break the user's cell
            what = cut(f"{type(error).__name__}: {error}", 200)
            failed.append(f"`{hazard.id}` could not be looked for ({what}): a fault of jaxlab.")
    return worst_first(found), tuple(failed)


def explained(error: BaseException) -> Finding | None:
    """What an error that JAX raised means for the user's own code; None where nothing is known."""
    failure = failure_of(error)
    if failure is None:
        return None
    found, _ = findings_of(Seen((), (), (), (), {}, {}, History(), failure=failure))
    return found[0] if found else None


def hazard_named(name: str, hazards: Sequence[Hazard] = HAZARDS) -> Hazard | None:
    """The hazard with an id; None where there is no such one."""
    return next((hazard for hazard in hazards if hazard.id == name), None)
