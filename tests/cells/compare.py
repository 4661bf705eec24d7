"""What differs between the plain run of a case and a traced one."""

from __future__ import annotations

import base64
import re
from collections.abc import Iterator, Mapping
from typing import Any

import ml_dtypes
import numpy as np

from cells.case import Expected
from cells.kernel import CaseRun, CellRun

RELATIVE, ABSOLUTE = 2e-4, 1e-5
_NUMBER = re.compile(r"[-+]?\d+\.\d*(?:e[-+]?\d+)?")
_OUR_FRAME = re.compile(r"\S*jaxlab/\w+\S*")


def differences(plain: CaseRun, traced: CaseRun, expected: Expected, *, exact: bool) -> list[str]:
    """Sentences that say what differs from what is expected; [] for none.

    Args:
      plain: the case without the magic.
      traced: the case with it.
      expected: what it must do.
      exact: bit for bit. Otherwise numbers may differ by rounding, arrays may lie elsewhere,
        and lines of the text that the cell printed may come in another order: one fused program
        rounds otherwise than its operations one by one, and prints when it runs.
    """
    wrong: list[str] = []
    if plain.before != traced.before:
        wrong.append("the two kernels differ before the cell: the case isn't deterministic")
    if not traced.healthy:
        wrong.append("afterwards the kernel can't add two numbers")
    for run in (traced.cell, traced.after):
        found = _OUR_FRAME.search(run.text("error", "stderr"))
        if found:
            wrong.append(f"the user sees a frame of ours: {found[0]}")
    reported = "\n".join(traced.cell.reports)
    wrong += [
        f"the report doesn't say {t!r}: {reported}" for t in expected.report if t not in reported
    ]
    if expected.outcome in ("refused", "fails"):
        wrong += _refusal(traced.cell, expected)
    else:
        wrong += _runs(plain.cell, traced.cell, "cell", expected.prints, exact)
    if expected.outcome == "equal":
        wrong += _namespaces(plain.behind, traced.behind, "behind the cell", expected, exact)
        wrong += _ends(plain, traced, expected, exact)
    else:
        wrong += _namespaces(traced.before, traced.behind, "after the failure", expected, True)
    return wrong


def _ends(plain: CaseRun, traced: CaseRun, expected: Expected, exact: bool) -> Iterator[str]:
    if expected.after:
        yield from _shows(traced.after, "cell after it", (expected.after,))
    else:
        yield from _runs(plain.after, traced.after, "cell after it", (), exact)
        yield from _namespaces(plain.end, traced.end, "at the end", expected, exact)


def _refusal(run: CellRun, expected: Expected) -> Iterator[str]:
    said = run.text("error", "stderr").strip()
    if run.status != "error":
        yield f"the cell was not refused: {run}"
    if expected.outcome == "refused" and len(said.splitlines()) != 1:
        yield f"the refusal is not one line: {said!r}"
    for text in expected.texts:
        if text not in said:
            yield f"the refusal doesn't say {text!r}: {run}"


def _runs(
    plain: CellRun, traced: CellRun, which: str, prints: tuple[str, ...], exact: bool
) -> Iterator[str]:
    for name in ("status", "error", "execution_count"):
        if getattr(plain, name) != getattr(traced, name):
            yield f"{which}: {name} is {getattr(traced, name)!r}, not {getattr(plain, name)!r}"
    if prints:
        yield from _shows(traced, which, prints)
        return
    kinds = [[output.kind for output in run.outputs] for run in (plain, traced)]
    if kinds[0] != kinds[1]:
        yield f"{which}: gives {kinds[1]}, not {kinds[0]}: {traced.text()!r}"
        return
    for one, other in zip(plain.outputs, traced.outputs, strict=True):
        if plain.interrupted and one.kind == "error":
            continue
        if one.kind == "error" and not exact:
            if _frames_of_cells(one.text) != _frames_of_cells(other.text):
                yield f"{which}: the traceback is {other.text!r}, not {one.text!r}"
            continue
        if not _same_text(one.text, other.text, exact):
            yield f"{which}: {one.kind} is {other.text!r}, not {one.text!r}"


def _frames_of_cells(traceback: str) -> list[str]:
    """The frames of the user's cells. Between them JAX traces where it otherwise runs."""
    blocks = re.split(r"(?m)^(?=Cell In|File )|\n\n", traceback)
    return [block.strip() for block in blocks if block.startswith("Cell In")]


def _shows(run: CellRun, which: str, texts: tuple[str, ...]) -> Iterator[str]:
    for text in texts:
        if text not in run.text():
            yield f"{which}: shows no {text!r}: {run.text()!r}"


def _same_text(one: str, other: str, exact: bool) -> bool:
    if exact or one == other:
        return one == other
    bare = [_NUMBER.sub("#", text).replace(" ", "") for text in (one, other)]  # numbers are padded
    skeletons = [sorted(text.splitlines()) for text in bare]
    numbers = [sorted(map(float, _NUMBER.findall(text))) for text in (one, other)]
    return skeletons[0] == skeletons[1] and _close(*map(np.asarray, numbers))


def _close(one: Any, other: Any) -> bool:
    return one.shape == other.shape and np.allclose(
        one, other, rtol=RELATIVE, atol=ABSOLUTE, equal_nan=True
    )


def _namespaces(
    plain: Mapping[str, Any], traced: Mapping[str, Any], when: str, expected: Expected, exact: bool
) -> Iterator[str]:
    for name in sorted({*plain, *traced} - {*expected.differs}):
        if name not in traced:
            yield f"{when}: {name} is missing"
        elif name not in plain:
            yield f"{when}: {name} is there and should not be"
        else:
            for wrong in _values(plain[name], traced[name], name, exact):
                yield f"{when}: {wrong}"


def _values(plain: Any, traced: Any, path: str, exact: bool) -> Iterator[str]:
    if plain == traced:
        return
    if isinstance(plain, dict) and isinstance(traced, dict) and plain.keys() == traced.keys():
        if not exact and "data" in plain and _same_array(plain, traced):
            return
        if not exact and path.endswith("._var_metadata"):  # Flax sorts it on the way through jit
            plain, traced = (_sorted_items(value) for value in (plain, traced))
        for key in plain:
            if not exact and key == "placement":
                continue
            if (
                not exact
                and key == "number"
                and _close(np.array(plain[key]), np.array(traced[key]))
            ):
                continue
            yield from _values(plain[key], traced[key], f"{path}.{key}", exact)
    elif isinstance(plain, list) and isinstance(traced, list) and len(plain) == len(traced):
        for index, pair in enumerate(zip(plain, traced, strict=True)):
            yield from _values(*pair, f"{path}[{index}]", exact)
    else:
        yield f"{path} is {str(traced)[:300]}, not {str(plain)[:300]}"


def _sorted_items(value: Mapping[str, Any]) -> Any:
    return {**value, "items": sorted(value["items"])} if "items" in value else value


def _same_array(plain: Mapping[str, Any], traced: Mapping[str, Any]) -> bool:
    facts = ("kind", "dtype", "shape", "weak")
    if any(plain.get(fact) != traced.get(fact) for fact in facts):
        return False
    return _close(*(_array(value) for value in (plain, traced)))


def _array(value: Mapping[str, Any]) -> Any:
    name = value["dtype"]
    dtype = np.dtype(getattr(ml_dtypes, name, name))
    array = np.frombuffer(base64.b64decode(value["data"]), dtype)
    return array.astype(complex if array.dtype.kind == "c" else float)
