"""The folder that `--xla_dump_to` fills, as Graphs."""

from __future__ import annotations

import re
from pathlib import Path

from jaxlab.errors import InputError, cut
from jaxlab.graph import Graph
from jaxlab.readers.hlo import read_hlo

_AFTER = "after_optimizations"
_NAME = re.compile(r"(?P<module>module_\d+\..+?)\.(?P<stage>[^/]+)\.(?P<kind>hlo\.pb|hlo|txt)")


def read_dump(folder: str | Path, stage: str = _AFTER) -> dict[str, Graph]:
    """Read the HLO modules of an XLA dump, by their names there: `module_0003.jit_step`.

    Where a module was dumped as a proto and as text, the proto is read.

    Args:
      folder: what `--xla_dump_to` named, with protos (`--xla_dump_hlo_as_proto`) or text.
      stage: what follows the module's name in the file's: `after_optimizations`,
        `before_optimizations`, or the name of a pass as dumps with `--xla_dump_hlo_pass_re`
        have it. A platform before it, `cpu_`, `sm_9.0_gpu_`, need not be written.

    Raises:
      InputError: no such folder, or no module of that stage in it.
    """
    path = Path(folder)
    if not path.is_dir():
        raise InputError(f"{cut(str(folder))!r} is no folder. Give the one that XLA dumped to.")
    files: dict[str, Path] = {}
    stages: set[str] = set()
    for file in sorted(path.iterdir()):
        found = _NAME.fullmatch(file.name)
        if found is None:
            continue
        stages.add(found["stage"])
        if found["stage"] == stage or found["stage"].endswith(f"_{stage}"):
            known = files.get(found["module"])
            if known is None or known.suffix != ".pb":
                files[found["module"]] = file
    if not files:
        seen = f"It has {cut(', '.join(sorted(stages)), 200)}." if stages else "It has no modules."
        raise InputError(f"{cut(str(folder))!r} has no HLO module {cut(stage)!r}. {seen}")
    return {name: read_hlo(_content(file)) for name, file in files.items()}


def _content(file: Path) -> bytes | str:
    return file.read_bytes() if file.suffix == ".pb" else file.read_text(errors="replace")
