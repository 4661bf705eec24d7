"""What makers of accelerators say that these can do at most.

Dense figures, without sparsity, by what JAX calls a device; each with where it stands. They are
never reached: beside what was measured they say how much of a device a program could get.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from jaxlab.charts import Roof
from jaxlab.quantities import quantity


@dataclass(frozen=True, slots=True)
class _Published:
    """A device's peaks.

    Attributes:
      name: the maker's name for it.
      kind: matches what JAX calls it.
      source: where the figures stand.
      terabytes: of memory traffic in a second, 1e12 bytes.
      teraflops: 1e12 operations in a second by dtype; "tf32" is f32 on tensor cores.
    """

    name: str
    kind: str
    source: str
    terabytes: float
    teraflops: Mapping[str, float]


def _dense(
    f64: float = 0, f32: float = 0, tf32: float = 0, bf16: float = 0, f16: float = 0
) -> dict[str, float]:
    given = {"f64": f64, "f32": f32, "tf32": tf32, "bf16": bf16, "f16": f16}
    return {dtype: value for dtype, value in given.items() if value}


_A100 = _dense(f64=19.5, f32=19.5, tf32=156, bf16=312, f16=312)
_H100 = _dense(f64=67, f32=67, tf32=494.7, bf16=989.4, f16=989.4)
_A100_SOURCE = "NVIDIA A100 data sheet"
_H100_SOURCE = "NVIDIA H100 data sheet"
_TPU_SOURCE = "Google Cloud TPU documentation"
_TPU_CORE_SOURCE = f"{_TPU_SOURCE}, half a chip: JAX's devices are its cores"

_PUBLISHED = (
    _Published("H200", "H200", "NVIDIA H200 data sheet", 4.8, _H100),
    _Published(
        "H100 PCIe",
        "H100 PCIe",
        _H100_SOURCE,
        2.0,
        _dense(f64=51, f32=51, tf32=378, bf16=756, f16=756),
    ),
    _Published("H100 SXM", r"H100( SXM5?)?( 80GB)?( HBM3)?", _H100_SOURCE, 3.35, _H100),
    _Published("A100 80GB PCIe", "A100 80GB PCIe", _A100_SOURCE, 1.935, _A100),
    _Published("A100 80GB SXM", "A100-SXM4-80GB", _A100_SOURCE, 2.039, _A100),
    _Published("A100 40GB", r"A100-(SXM4|PCIE)-40GB", _A100_SOURCE, 1.555, _A100),
    _Published(
        "V100 SXM2",
        r"V100-SXM2-\d+GB",
        "NVIDIA V100 data sheet",
        0.9,
        _dense(f64=7.8, f32=15.7, f16=125),
    ),
    _Published(
        "V100 PCIe",
        r"V100-PCIE-\d+GB",
        "NVIDIA V100 data sheet",
        0.9,
        _dense(f64=7, f32=14, f16=112),
    ),
    _Published("T4", "T4", "NVIDIA Turing architecture white paper", 0.32, _dense(f32=8.1, f16=65)),
    _Published(
        "L4", "L4", "NVIDIA L4 data sheet", 0.3, _dense(f32=30.3, tf32=60, bf16=121, f16=121)
    ),
    _Published(
        "L40S",
        "L40S",
        "NVIDIA L40S data sheet",
        0.864,
        _dense(f32=91.6, tf32=183, bf16=362, f16=362),
    ),
    _Published(
        "RTX 4090",
        "RTX 4090",
        "NVIDIA Ada architecture white paper",
        1.008,
        _dense(f32=82.6, tf32=82.6, bf16=165.2, f16=165.2),
    ),
    _Published("TPU v2 core", "TPU v2", _TPU_CORE_SOURCE, 0.35, _dense(bf16=22.5)),
    _Published("TPU v3 core", "TPU v3", _TPU_CORE_SOURCE, 0.45, _dense(bf16=61.5)),
    _Published("TPU v4", "TPU v4", _TPU_SOURCE, 1.228, _dense(bf16=275)),
    _Published("TPU v5e", r"TPU v5 ?(lite|e)", _TPU_SOURCE, 0.819, _dense(bf16=197)),
    _Published("TPU v5p", r"TPU v5p?", _TPU_SOURCE, 2.765, _dense(bf16=459)),
    _Published("TPU v6e", r"TPU v6 ?(lite|e)", _TPU_SOURCE, 1.638, _dense(bf16=918)),
)

_MAKER = r"((NVIDIA|Tesla|GeForce|GRID) )*"


def published_roofs(device_kind: str, dtype: str) -> tuple[Roof, ...]:
    """What the maker of a device says that it can do at most with a dtype.

    Matrix products of f32 run on tensor cores in TF32 unless a higher precision is asked for:
    both figures are given then.

    Args:
      device_kind: what JAX calls the device: "NVIDIA H100 80GB HBM3", "TPU v5 lite".
      dtype: short name: "f32", "bf16".

    Returns:
      () for a device or a dtype that has no known figure.
    """
    for each in _PUBLISHED:
        if re.fullmatch(_MAKER + each.kind, device_kind):
            wanted = ("tf32", "f32") if dtype == "f32" else (dtype,)
            return tuple(
                Roof(
                    f"{each.name} {kind}, published: "
                    f"{quantity(1e12 * each.teraflops[kind], 'FLOP/s')}, "
                    f"{quantity(1e12 * each.terabytes, 'B/s')}",
                    1e12 * each.teraflops[kind],
                    1e12 * each.terabytes,
                    each.source,
                )
                for kind in wanted
                if kind in each.teraflops
            )
    return ()
