"""Cells run plain, traced, profiled and watched in a real kernel: nobody can tell them apart."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from importlib.util import find_spec
from pathlib import Path

import pytest

pytest.importorskip("ipykernel")
pytest.importorskip("jupyter_client")

from cells.case import CellCase, Expected, case
from cells.compare import differences
from cells.kernel import PLAIN_LINE, CaseRun, Kernel
from cells.programs import CASES

FIRST_LINES = {
    "plain": PLAIN_LINE,
    "again": PLAIN_LINE,
    "record": "%%jaxtrace\n",
    "jit": "%%jaxtrace --jit\n",
    "profile": "%%jaxprofile\n",
    "watch": PLAIN_LINE,
}
JAXLAB = {"record": "%load_ext jaxlab", "jit": "%load_ext jaxlab", "profile": "%load_ext jaxlab"}
JAXLAB["watch"] = "%load_ext jaxlab\n%jaxwatch on"
"""What a kernel runs first, for each way that needs jaxlab."""


class Kernels:
    """One kernel for each way to run a case, started when first needed."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._kernels: dict[str, Kernel] = {}
        self._runs: dict[tuple[str, str], CaseRun] = {}

    def run(self, case: CellCase, way: str) -> CaseRun:
        """What a case gives plain, plain again, or in another way of `FIRST_LINES`; once each."""
        for package in case.requires:
            if find_spec(package) is None:
                pytest.skip(f"{package} is not installed (the extra `models` has it)")
        if (case.name, way) not in self._runs:
            self._runs[case.name, way] = self._run(case, way)
        return self._runs[case.name, way]

    def _run(self, case: CellCase, way: str) -> CaseRun:
        kernel = self._kernels.pop(way, None) or self._start(way)
        done = False
        try:
            if case.own_kernel:
                kernel.close()
                kernel = self._start(way)
            run = kernel.run_case(
                case.setup, first_line(case, way) + case.cell, case.after, case.interrupt
            )
            done = True
        finally:
            if done and not case.own_kernel:
                self._kernels[way] = kernel
            else:
                kernel.close()
        return run

    def _start(self, way: str) -> Kernel:
        return Kernel(self._folder / way, begin=JAXLAB.get(way, ""))

    def close(self) -> None:
        for kernel in self._kernels.values():
            kernel.close()


@pytest.fixture(scope="module")
def kernels(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Kernels]:
    running = Kernels(tmp_path_factory.mktemp("kernels"))
    yield running
    running.close()


def first_line(case: CellCase, way: str) -> str:
    """The magic; for a plain cell a comment in its place, so that line numbers agree."""
    is_magic = case.cell.startswith("%%")
    return "" if is_magic and FIRST_LINES[way] == PLAIN_LINE else FIRST_LINES[way]


def named(case: CellCase) -> str:
    return case.name


def test_names_of_the_cases_are_unique() -> None:
    assert len({case.name for case in CASES}) == len(CASES)


@pytest.mark.parametrize(
    ("altered", "found"),
    [
        ("count += 1\ny = x + 1\nprint('done')\ny", ""),
        ("count += 2\ny = x + 1\nprint('done')\ny", "count"),
        ("count += 1\ny = x + 1.001\nprint('done')\ny", "y.data"),
        ("count += 1\ny = (x + 1).astype('bfloat16')\nprint('done')\ny", "y.dtype"),
        ("count += 1\ny = x + 1\nprint('done')\nprint('done')\ny", "stdout"),
        ("count += 1\ny = x + 1\nprint('done')\ny;", "execute_result"),
        ("count += 1\ny = x + 1\nprint('done')\nleft = 1\ny", "left is there"),
        ("count += 1\ny = x + 1\nprint('done')\n_ = 1\ny", "_"),
        ("count += 1\ny = x + 1\nprint('done')\n1 / 0", "ZeroDivisionError"),
    ],
)
@pytest.mark.parametrize("exact", [True, False])
def test_a_difference_is_found(altered: str, found: str, exact: bool, kernels: Kernels) -> None:
    cell = "count += 1\ny = x + 1\nprint('done')\ny"
    original = case("original", cell, setup="count = 0", after="count, y")
    other = case(f"altered: {altered}", altered, setup="count = 0", after="count, y")
    plain, traced = kernels.run(original, "plain"), kernels.run(other, "again")
    wrong = differences(plain, traced, Expected(), exact=exact)
    assert bool(wrong) == bool(found)
    assert found in "\n".join(wrong)


@pytest.mark.full
@pytest.mark.parametrize("case", CASES, ids=named)
def test_the_plain_cell_gives_the_same_twice(case: CellCase, kernels: Kernels) -> None:
    plain, again = kernels.run(case, "plain"), kernels.run(case, "again")
    assert not differences(plain, again, Expected(), exact=True)


@pytest.mark.parametrize("way", ["record", "jit"])
@pytest.mark.parametrize("case", CASES, ids=named)
def test_the_traced_cell_does_what_is_stated(case: CellCase, way: str, kernels: Kernels) -> None:
    plain, traced = kernels.run(case, "plain"), kernels.run(case, way)
    assert plain.setup.status == "ok", plain.setup
    expected = case.record if way == "record" else case.jit
    assert not differences(plain, traced, expected, exact=way == "record")


def profiled(case: CellCase) -> bool:
    """A third of the cells: it is the same recorder that listens, and the rest are `full`."""
    return CASES.index(case) % 3 == 0 or bool(case.interrupt)


def watched(case: CellCase) -> bool:
    """Another third: recorded cells are watched too."""
    return CASES.index(case) % 3 == 1 or bool(case.interrupt)


def the_usual(chosen: Callable[[CellCase], bool]) -> pytest.MarkDecorator:
    """All cases, those that are not chosen in the `full` run only."""
    marked = [
        pytest.param(case, id=case.name, marks=() if chosen(case) else pytest.mark.full)
        for case in CASES
    ]
    return pytest.mark.parametrize("case", marked)


@the_usual(profiled)
def test_the_profiled_cell_does_what_the_recorded_one_does(
    case: CellCase, kernels: Kernels
) -> None:
    plain, measured = kernels.run(case, "plain"), kernels.run(case, "profile")
    assert not differences(plain, measured, case.record, exact=True)


@the_usual(watched)
def test_the_watched_cell_does_what_the_plain_one_does(case: CellCase, kernels: Kernels) -> None:
    plain, seen = kernels.run(case, "plain"), kernels.run(case, "watch")
    assert not differences(plain, seen, Expected(), exact=True)
