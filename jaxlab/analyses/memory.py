"""How much memory a compiled program needs, by what it is for: XLA's own statistics."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from jaxlab.quantities import quantity


@dataclass(frozen=True, slots=True)
class Memory:
    """Bytes that one compiled program needs on each device; None where XLA gives no figure.

    Two things are in none of these figures: arrays that the program closes over, which are its
    constants (some back ends count them as generated code), and what a library that the back end
    calls allocates for itself, as the `ynn_fusion`s of JAX 0.12 do on CPU.

    Attributes:
      arguments: what the caller passes in, donated arguments included.
      outputs: the results, those that reuse an argument's memory included.
      temporaries: what the program holds only while it runs.
      aliased: the part of the outputs that reuses arguments (donation); it counts in both.
      generated_code: the program itself; 0 where it is not counted, as on CPU.
      reported_peak: XLA's figure for the peak. Not shown by `rows`, as it is not the truth
        everywhere: on CPU it leaves the temporaries out.
      host: the same for the host's memory, where the program keeps something there.
    """

    arguments: int | None = None
    outputs: int | None = None
    temporaries: int | None = None
    aliased: int | None = None
    generated_code: int | None = None
    reported_peak: int | None = None
    host: Memory | None = None

    @property
    def total(self) -> int | None:
        """What is held at most: arguments, outputs that are not aliased, temporaries, code."""
        parts = (self.arguments, self.outputs, self.temporaries, self.generated_code)
        known = [part for part in parts if part is not None]
        return sum(known) - (self.aliased or 0) if len(known) == len(parts) else None

    def rows(self) -> tuple[tuple[str, int | None], ...]:
        """What to show, as (name, bytes). The host's memory is left out where it is not used."""
        rows = [
            ("arguments", self.arguments),
            ("outputs", self.outputs),
            ("aliased (in both)", self.aliased),
            ("temporaries", self.temporaries),
            ("generated code", self.generated_code),
            ("total", self.total),
        ]
        if self.host is not None:
            rows.extend((f"host: {name}", size) for name, size in self.host.rows())
        return tuple(rows)

    def __str__(self) -> str:
        rows = [
            (name, "not known" if size is None else quantity(size, "B"))
            for name, size in self.rows()
        ]
        width = max(len(name) for name, _ in rows)
        return "\n".join(f"{name:<{width}}  {text}" for name, text in rows)


def memory_of(statistics: Any) -> Memory:
    """Read the memory statistics that JAX gives for a compiled program.

    Args:
      statistics: `compiled.memory_analysis()`, or an executable's `get_compiled_memory_stats()`.
        None, which some back ends give, makes every figure None.
    """
    device, host = _figures(statistics, ""), _figures(statistics, "host_")
    return replace(
        device,
        reported_peak=_bytes(statistics, "peak_memory_in_bytes"),
        host=host if any(size for _, size in host.rows()) else None,
    )


def _figures(statistics: Any, prefix: str) -> Memory:
    return Memory(
        arguments=_bytes(statistics, f"{prefix}argument_size_in_bytes"),
        outputs=_bytes(statistics, f"{prefix}output_size_in_bytes"),
        temporaries=_bytes(statistics, f"{prefix}temp_size_in_bytes"),
        aliased=_bytes(statistics, f"{prefix}alias_size_in_bytes"),
        generated_code=_bytes(statistics, f"{prefix}generated_code_size_in_bytes"),
    )


def _bytes(statistics: Any, name: str) -> int | None:
    """A figure; None where there is none, or a negative one, which stands for unknown."""
    value = getattr(statistics, name, None)
    return value if isinstance(value, int) and value >= 0 else None
