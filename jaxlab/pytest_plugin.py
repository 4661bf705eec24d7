"""A pytest plugin: tests that count compiles, and fail for what transforms hide.

In `conftest.py`: `pytest_plugins = ["jaxlab.pytest_plugin"]`. Then

    def test_one_program_for_all_batches(jaxlab_watch):
        for batch in batches:
            step(state, batch)
        assert jaxlab_watch.compiles == 1

A test with the fixture fails if something was found in it, by its line and with its remedy.
`@pytest.mark.jaxlab_allow("print-at-trace")` allows a hazard, by its id; without an id, all.
`jaxlab_watch = true` in the configuration, or `--jaxlab-watch`, watches every test.
"""

from __future__ import annotations

from collections.abc import Generator, Iterator

import pytest

from jaxlab.api import watch
from jaxlab.finding import Finding
from jaxlab.renderers.finding_text import explained_text
from jaxlab.watched import Watched

_MARK = "jaxlab_allow"
_MOST = 10


def pytest_addoption(parser: pytest.Parser) -> None:
    """The option, and its setting in the configuration."""
    said = "watch every test for what JAX's transforms hide; fail where something is found"
    parser.getgroup("jaxlab").addoption("--jaxlab-watch", action="store_true", help=said)
    parser.addini("jaxlab_watch", said, type="bool", default=False)


def pytest_configure(config: pytest.Config) -> None:
    """The mark."""
    config.addinivalue_line(
        "markers", f"{_MARK}(*hazards): side effects that a test may have, by id; all, without one"
    )


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Watch every test, where that is asked for."""
    if not (config.getoption("--jaxlab-watch") or config.getini("jaxlab_watch")):
        return
    for item in items:
        names: list[str] | None = getattr(item, "fixturenames", None)
        if names is not None and "jaxlab_watch" not in names:
            names.append("jaxlab_watch")


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Item) -> Generator[None, object, object]:
    """Explain an error of JAX's in a watched test: fixtures don't see it."""
    try:
        return (yield)
    except Exception as error:
        watched = getattr(item, "funcargs", {}).get("jaxlab_watch")
        if isinstance(watched, Watched):
            watched.explain(error)
        raise


@pytest.fixture
def jaxlab_watch(request: pytest.FixtureRequest) -> Iterator[Watched]:
    """What JAX does in this test: see `jaxlab.watch`. Findings fail it, but for those allowed."""
    allowed = _allowed(request.node)
    with watch(request.node.name) as watched:
        yield watched
    if allowed is None:
        return
    wrong = [each for each in watched.findings if each.hazard not in allowed]
    if wrong:
        pytest.fail(_said(watched, wrong), pytrace=False)


def _allowed(node: pytest.Item) -> frozenset[str] | None:
    """The hazards that a test may have; None for all of them."""
    from jaxlab.effects.hazards import HAZARDS  # noqa: PLC0415 - many files

    allowed: set[str] = set()
    for mark in node.iter_markers(_MARK):
        if not mark.args:
            return None
        unknown = [str(each) for each in mark.args if each not in {known.id for known in HAZARDS}]
        if unknown:
            listed = ", ".join(known.id for known in HAZARDS)
            pytest.fail(
                f"`{_MARK}` names {', '.join(unknown)}, which is no side effect that jaxlab looks "
                f"for. There are {listed}.",
                pytrace=False,
            )
        allowed |= set(mark.args)
    return frozenset(allowed)


def _said(watched: Watched, wrong: list[Finding]) -> str:
    """What was found, a few lines each."""
    parts = [explained_text(each, watched.sources) for each in wrong[:_MOST]]
    if len(wrong) > _MOST:
        parts.append(f"and {len(wrong) - _MOST:,} more")
    ids = ", ".join(f'"{name}"' for name in dict.fromkeys(each.hazard for each in wrong))
    parts.append(f"If that is meant: @pytest.mark.{_MARK}({ids})")
    return "\n".join(parts)
