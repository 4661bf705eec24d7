"""Cells about transforms, control flow and settings of JAX."""

from __future__ import annotations

from cells.case import case, equal, fails, refused

TRANSFORMS = (
    case(
        "jit_in_a_loop_of_fifty",
        """
        @jax.jit
        def step(values):
            traces.append("traced")
            return values * 0.9 + 0.1

        y = x
        for _ in range(50):
            y = step(y)
        """,
        setup="traces = []",
        after="step(y), traces",
        jit=equal(report=("changed in place", "traces")),
    ),
    case(
        "jit_traced_before",
        "y = f(x) + f(x)\nz = f(x * 2)",
        setup="""
        traces = []
        @jax.jit
        def f(values):
            traces.append(values.shape)
            return jnp.tanh(values)
        f(x);
        """,
        after="f(x), f(jnp.ones(5)), traces",
        jit=equal(
            why="the trace of before is used again, and is still there afterwards",
        ),
    ),
    case(
        "jit_with_static_arguments",
        """
        from functools import partial

        @partial(jax.jit, static_argnames=("power", "negate"))
        def f(values, power, *, negate=False):
            return -(values**power) if negate else values**power

        y = f(x, 2), f(x, power=3, negate=True)
        """,
        after="y, f(x, 2)",
    ),
    case(
        "jit_of_containers",
        """
        params = {"w": jnp.ones((3, 2)), "b": [jnp.zeros(2), None]}
        grads = jax.jit(jax.grad(lambda p: ((x @ p["w"] + p["b"][0]) ** 2).sum()))(params)
        params = jax.tree.map(lambda p, g: p - 0.1 * g, params, grads)
        """,
        after="params, grads",
    ),
    case(
        "training_loop",
        """
        for i in range(20):
            loss, grad = value_and_grad(w)
            w = w - 0.1 * grad
            if i % 10 == 0:
                print(i, f"{float(loss):.4f}")
            losses.append(float(loss))
        """,
        setup="""
        target = jnp.array([1.0, -2.0, 0.5])
        w = jnp.zeros(3)
        losses = []
        value_and_grad = jax.jit(jax.value_and_grad(lambda w: ((w - target) ** 2).sum()))
        """,
        after="w, loss, len(losses), losses[-1] < losses[0]",
        jit=refused("float(loss)"),
    ),
    case(
        "vmap_grad_hessian",
        """
        f = lambda v: jnp.sin(v) * v
        slopes = jax.vmap(jax.grad(f))(x)
        bends = jax.hessian(lambda v: (v**3).sum())(x)
        jacobian = jax.jacfwd(jax.jacrev(lambda v: (v**2).sum()))(x)
        value, pulled = jax.vjp(jnp.tanh, x)
        back = pulled(jnp.ones(3))
        tangent = jax.jvp(jnp.tanh, (x,), (jnp.ones(3),))
        """,
        after="slopes, bends, jacobian, back, tangent",
    ),
    case(
        "scan_while_and_cond",
        """
        from jax import lax
        carry, ys = lax.scan(lambda c, v: (c + v, c * v), 0.0, x)
        count = lax.while_loop(lambda i: i < 10, lambda i: i + 3, 0)
        picked = lax.cond(x.sum() > 0, jnp.sin, jnp.cos, x)
        switched = lax.switch(2, [jnp.sin, jnp.cos, jnp.tan], x)
        summed = lax.fori_loop(0, 5, lambda i, t: t + i, jnp.int32(0))
        mapped = lax.map(lambda v: v * 2, x)
        """,
        after="carry, ys, count, picked, switched, summed, mapped",
    ),
    case(
        "custom_derivatives_and_remat",
        """
        @jax.custom_vjp
        def clipped(values):
            return values
        clipped.defvjp(lambda v: (v, v), lambda res, g: (jnp.clip(g, -1, 1) * res,))

        @jax.custom_jvp
        def safe_log(values):
            return jnp.log(values)
        safe_log.defjvp(lambda p, t: (safe_log(*p), t[0] / jnp.maximum(p[0], 1)))

        a = jax.grad(lambda v: (clipped(v) * 5).sum())(x)
        b = jax.grad(lambda v: safe_log(v).sum())(x + 1)
        c = jax.grad(jax.checkpoint(lambda v: jnp.sin(jnp.sin(v)).sum()))(x)
        """,
        after="a, b, c, clipped(x)",
    ),
    case(
        "random_keys",
        """
        key = jax.random.key(7)
        key, left, right = jax.random.split(key, 3)
        raw = jax.random.PRNGKey(1)
        noise = jax.random.normal(left, (4,)) + jax.random.uniform(right, (4,))
        choice = jax.random.permutation(raw, 5)
        """,
        after="jax.random.normal(key), noise, choice, raw",
    ),
    case(
        "eager_numpy",
        """
        y = jnp.where(x > 1, x, -x)
        z = jnp.einsum("i,j->ij", x, y).at[0, 1].set(9.0)
        w = jnp.linalg.norm(z) + jnp.sort(y)[::-1] @ x
        s = jnp.concatenate([x, y])[1:4]
        i = jnp.argmax(z, axis=1).astype(jnp.int8)
        weak = jnp.asarray(2.0) * 3
        """,
        after="y, z, w, s, i, weak",
    ),
    case(
        "array_methods_and_iteration",
        """
        total = sum(v for v in x)
        matrix = x.reshape(1, 3).T.astype("bfloat16")
        pieces = jnp.split(jnp.arange(6), 3)
        text = f"{x.shape} {x.dtype} {len(x)}"
        """,
        after="total, matrix, pieces, text",
    ),
    case(
        "blocking",
        """
        y = jax.block_until_ready(jnp.exp(x))
        z = jax.device_get(y)
        """,
        after="y",
        jit=equal(differs=("z",), why="device_get gives traced values back as they are"),
    ),
    case(
        "block_until_ready_method",
        "y = jnp.exp(x).block_until_ready()",
        after="y",
        jit=fails("block_until_ready"),
    ),
    case(
        "wide_types_in_a_context",
        "with jax.enable_x64(True):\n    y = jnp.arange(3.0) / 3\nz = x / 3",
        after="y.dtype, y, z.dtype",
    ),
    case(
        "matmul_precision_and_named_scope",
        """
        with jax.named_scope("block"), jax.default_matmul_precision("float32"):
            y = jnp.ones((2, 3)) @ x
        """,
        after="y",
    ),
    case(
        "transfer_guard",
        "with jax.transfer_guard('disallow_explicit'):\n    y = f(x)",
        setup="f = jax.jit(jnp.tanh)\nf(x);",
        after="y",
    ),
    case(
        "disable_jit",
        """
        with jax.disable_jit():
            @jax.jit
            def f(values):
                seen.append(isinstance(values, jax.core.Tracer))
                return values + 1
            y = f(x)
        z = f(x)
        """,
        setup="seen = []",
        after="f(y)",
        jit=equal(differs=("seen",), report=("changed in place", "seen"), why="all is traced"),
    ),
    case(
        "checking_leaks",
        """
        with jax.checking_leaks():
            y = jax.jit(lambda values: jnp.sin(values) * 2)(x)
            z = jax.vmap(jnp.cos)(x)
        """,
        after="y, z",
    ),
    case(
        "checking_leaks_finds_one",
        """
        kept = []
        with jax.checking_leaks():
            jax.jit(lambda values: kept.append(values) or values)(x)
        """,
        after="len(kept)",
        jit=fails("Leaked trace"),
    ),
    case(
        "debug_nans",
        "with jax.debug_nans(True):\n    y = jnp.log(x + 1)\n    z = jax.jit(jnp.log)(x + 2)",
        after="y, z",
    ),
    case(
        "debug_nans_finds_one",
        "y = x - 1\nz = jax.jit(jnp.log)(y)",
        setup="jax.config.update('jax_debug_nans', True)",
        after="y",
        own_kernel=True,
        jit=refused("nan", why="the program's result holds NaN, and the user asked to be told"),
    ),
    case(
        "clear_caches",
        "y = f(x)\njax.clear_caches()\nz = f(x)",
        setup="""
        traces = []
        @jax.jit
        def f(values):
            traces.append(1)
            return values + 1
        """,
        after="f(x), y, z",
        jit=equal(differs=("traces",), report=("changed in place", "traces")),
    ),
    case(
        "compilations_counted",
        """
        before = len(compiled)
        y = f(x)
        y = f(y)
        z = f(jnp.ones(7))
        count = len(compiled) - before
        """,
        setup="""
        compiled = []
        def listen(event, seconds, **facts):
            if event == "/jax/core/compile/backend_compile_duration":
                compiled.append(event)
        jax.monitoring.register_event_duration_secs_listener(listen)
        jnp.ones(7)
        f = jax.jit(lambda values: jnp.tanh(values) * 3.5)
        """,
        after="z",
        own_kernel=True,
        jit=equal(
            differs=("compiled", "count"),
            why="one program instead of one for each shape",
        ),
    ),
)
