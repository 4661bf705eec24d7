"""What jaxlab says to write instead of code that asks a tracer for its value."""

from __future__ import annotations

import linecache
import math
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from jaxlab.effects.hazards import explained

CASES = [
    ("if flag:\n        x = x + 1\n    return x", "static_argnames='flag'"),
    ("if x > n:\n        x = x + 1\n    return x", "x = jnp.where(x > n, x + 1, x)"),
    (
        "if x > 0:\n        y = x\n    else:\n        y = -x\n    return y",
        "y = jnp.where(x > 0, x, -x)",
    ),
    ("if x > 0:\n        x += 1\n        x += 2\n    return x", "`jax.lax.cond(x > 0, when_true"),
    ("while x < 3:\n        x = x + 1\n    return x", "jax.lax.while_loop(lambda x: x < 3"),
    ("assert x > 0\n    return x", "checkify.check(x > 0"),
    ("return jnp.where(x > 0 and x < n, 1, 0)", "(x > 0) & (x < n)"),
    ("return jnp.where(not x, 1, 0)", "jnp.logical_not(x)"),
    ("return jnp.where(0 < x < n, 1, 0)", "(0 < x) & (x < n)"),
    ("return x if x > 0 else -x", "jnp.where(x > 0, x, -x)"),
    ("return max(x, n)", "jnp.maximum(x, n)"),
    ("return int(x) + 1", "jnp.asarray(x, int)"),
    ("return x.item()", "Leave it an array: `x`"),
    ("return np.exp(x)", "jnp.exp(x)"),
    ("return math.sqrt(x)", "jnp.sqrt(x)"),
    ("return [1, 2, 3][n]", "jnp.asarray([1, 2, 3])[n]"),
    ("return v[v > 0].sum()", "v.sum(where=v > 0)"),
    ("return v[v > 0]", "jnp.where(v > 0, v, 0)"),
    ("return jnp.arange(n)", "static_argnames='n'"),
    ("return f'{x:.2f}'", 'jax.debug.print("x = {}", x)'),
    ("return {1: 2}[n]", "static_argnames='n'"),
    ("return sum(i for i in range(n))", "jax.lax.fori_loop(0, n, body, init)"),
]


@pytest.mark.parametrize(("body", "instead"), CASES, ids=[body for body, _ in CASES])
def test_what_to_write_instead(body: str, instead: str) -> None:
    names: dict[str, Any] = {"jnp": jnp, "np": np, "math": math}
    text = f"def f(x, n, v, flag):\n    {body}\n"
    file = f"<rewrite {body.split()[0]} {len(body)}>"
    linecache.cache[file] = (len(text), None, text.splitlines(keepends=True), file)
    exec(compile(text, file, "exec"), names)
    with pytest.raises(Exception) as caught:
        jax.jit(names["f"])(1.0, 2, jnp.ones(3), True)
    finding = explained(caught.value)
    assert finding is not None
    assert finding.frame is not None and finding.frame.file == file
    assert instead in finding.remedy


def test_code_that_cannot_be_read_is_explained_in_general() -> None:
    names: dict[str, Any] = {}
    exec("def f(x):\n    return x if x > 0 else -x\n", names)
    with pytest.raises(jax.errors.TracerBoolConversionError) as caught:
        jax.jit(names["f"])(1.0)
    finding = explained(caught.value)
    assert finding is None or "asks for a value" in finding.headline
