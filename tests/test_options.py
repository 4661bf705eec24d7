"""The line of the magic: options before or after the call, and one clear line for bad ones."""

from __future__ import annotations

import pytest

from jaxlab.errors import InputError
from jaxlab.magics.options import USAGE, Options, parse


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("", Options()),
        ("--jit", Options(jit=True)),
        ("--stage hlo --depth 2", Options(stage="hlo", depth=2)),
        ("--stage=hlo loss(p, b)", Options(stage="hlo", call="loss(p, b)")),
        ("loss(p, b) --stage stablehlo", Options(stage="stablehlo", call="loss(p, b)")),
        ("loss(p, b) --quiet --depth=0", Options(quiet=True, depth=0, call="loss(p, b)")),
        ("--static n --static m f(1, n=2)", Options(static=("n", "m"), call="f(1, n=2)")),
        ("--save 'a b.svg' f(x)", Options(save="a b.svg", call="f(x)")),
        ("f(x) --save 'a b.svg'", Options(save="a b.svg", call="f(x)")),
        ("f(x - -1, y--1)", Options(call="f(x - -1, y--1)")),
        ("--help", Options(help=True)),
    ],
)
def test_parse(line, expected):
    assert parse(line) == expected


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("--foo", "jaxtrace has no option `--foo`. It has --jit"),
        ("-x", "has no option `-x`"),
        ("--stage mlir", "`--stage` is one of jaxpr, stablehlo, hlo; got 'mlir'"),
        ("--stage", "`--stage` needs a value"),
        ("--depth two", "`--depth` needs a whole number from 0, got 'two'"),
        ("--depth -1", "`--depth` needs a whole number"),
        ("--jit=1", "`--jit` takes no value, got '1'"),
        (f"--{'x' * 500}", "jaxtrace has no option `--xxxx"),
    ],
)
def test_bad_lines(line, message):
    with pytest.raises(InputError) as caught:
        parse(line)
    assert message in str(caught.value)
    assert len(str(caught.value)) < 250


def test_usage_names_every_option():
    for name in ("jit", "stage", "depth", "static", "save", "quiet", "help"):
        assert f"--{name}" in USAGE
