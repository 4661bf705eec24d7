"""Cells that fail or are interrupted: the user's own error, and a namespace one can rely on."""

from __future__ import annotations

from cells.case import case, fails, refused, same_error

FAILURES = (
    case(
        "exception_in_a_nested_function",
        """
        y = x + 1
        def outer(values):
            def inner(values):
                return 1 / (values.ndim - 1)
            return inner(values)

        outer(y)
        z = 3
        """,
        after="'z' in globals(), y",
        jit=same_error(),
    ),
    case(
        "exception_inside_jit",
        """
        y = x * 2
        @jax.jit
        def f(values):
            raise RuntimeError("no such luck")

        f(y)
        """,
        after="y",
        jit=same_error(),
    ),
    case(
        "shapes_that_do_not_fit",
        "y = jnp.zeros(3) + jnp.zeros(4)",
        after="'y' in globals()",
        jit=same_error(),
    ),
    case(
        "syntax_error",
        "y = x + 1\nz = = 2\n",
        after="'y' in globals()",
        jit=same_error(),
    ),
    case("unknown_name", "y = x + nothing_of_this_name", after="1", jit=same_error()),
    case(
        "exception_chain",
        """
        try:
            {}["missing"]
        except KeyError as error:
            raise ValueError("worse") from error
        """,
        jit=same_error(),
    ),
    case("system_exit_inside", "y = x + 1\nraise SystemExit(3)", after="y", jit=same_error()),
    case(
        "keyboard_interrupt_raised",
        "y = x + 1\nraise KeyboardInterrupt",
        after="y",
        jit=same_error(),
    ),
    case(
        "interrupt_signal",
        """
        import signal
        y = x + 1
        signal.raise_signal(signal.SIGINT)
        z = y + 1
        """,
        after="y",
        jit=same_error(),
    ),
    case(
        "interrupt_while_sleeping",
        """
        import time
        y = x + 1
        print("ready")
        time.sleep(60)
        """,
        after="y",
        interrupt="ready",
        jit=same_error(),
    ),
    case(
        "interrupt_in_a_loop_of_jax_calls",
        """
        def work(values):
            while True:
                step(values)

        print("ready", flush=True)
        work(x)
        """,
        setup="step = jax.jit(lambda values: values * 2 + 1)\nstep(x);",
        after="step(x)",
        interrupt="ready",
        jit=same_error(),
    ),
    case(
        "leaked_tracer_used",
        "y = x + 1\nleaked[0] + 1",
        setup="""
        leaked = []
        @jax.jit
        def f(values):
            leaked.append(values)
            return values
        f(x);
        """,
        after="y",
        jit=fails(
            "UnexpectedTracerError", why="it is found when the program runs, not on its line"
        ),
    ),
    case(
        "branch_inside_the_users_jit",
        """
        @jax.jit
        def f(values):
            if values.sum() > 0:
                return values
            return -values

        f(x)
        """,
        after="f.__name__",
        jit=refused("values.sum() > 0"),
    ),
    case(
        "donated_array_used",
        "y = jnp.arange(11.0) + 1\nz = gone * y",
        setup="""
        gone = jnp.ones(11)
        jax.jit(lambda values: values + 1, donate_argnums=0)(gone)
        """,
        after="gone.is_deleted(), y",
        jit=refused("deleted"),
    ),
    case(
        "deleted_array_beside",
        "y = x + 1",
        setup="gone = jnp.ones(3)\ngone.delete()",
        after="gone.is_deleted(), y",
    ),
    case(
        "compile_failure",
        """
        y = x + 1
        call = jax.ffi.ffi_call("no_such_target", jax.ShapeDtypeStruct((3,), jnp.float32))
        z = call(y)
        """,
        after="y",
        jit=refused("no_such_target"),
    ),
    case(
        "trace_failure_in_a_transform",
        "y = x + 1\njax.grad(lambda values: values * 2)(y)",
        after="y",
        jit=same_error(),
    ),
)
