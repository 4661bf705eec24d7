"""Cells about the notebook: outputs, magics, await, what is shown and when."""

from __future__ import annotations

from cells.case import case, equal, refused

TRACER = ("JitTracer",)

NOTEBOOK = (
    case(
        "arithmetic",
        """
        y = jnp.sin(x) * 2 + 1
        total = y.sum()
        total
        """,
        after="""
        print(total + 1, y.dtype)
        _
        """,
    ),
    case("expression_ending_in_a_semicolon", "y = x + 1\ny * 2;", after="y, Out"),
    case(
        "results_of_earlier_cells",
        """
        y = _ + 1
        z = Out[1] * 2
        y + z
        """,
        setup="x * 10",
        after="_, __, sorted(Out)",
    ),
    case(
        "every_expression_shown",
        "x\nx + 1\nx + 2",
        setup="""
        get_ipython().ast_node_interactivity = "all"
    """,
        after="_",
    ),
    case(
        "comment_only",
        "# nothing here\n",
        after="1 + 1",
        record=equal(report=("ran in this cell",)),
    ),
    case(
        "empty",
        "",
        after="1 + 1",
        record=equal(report=("ran in this cell",)),
        jit=refused("empty"),
    ),
    case(
        "no_jax_at_all",
        """
        def area(width, height):
            return width * height

        class Room:
            pass

        size = area(3, 4)
        size
        """,
        after="area(size, 2), Room.__name__",
        record=equal(report=("ran in this cell", "area")),
        jit=equal(report=("ran in this cell", "area")),
    ),
    case(
        "prints",
        """
        import sys
        print("begin", end=" … ")
        y = x + 1
        print("end")
        print("to stderr", file=sys.stderr)
        """,
        after="y",
    ),
    case(
        "prints_of_values",
        """
        y = x * 2
        print("y is", y)
        print(f"{y.sum():.2f}")
        """,
        after="y",
        jit=refused("y.sum():.2f", why="a format needs the number"),
    ),
    case(
        "prints_of_arrays",
        """
        y = x * 2
        print("y is", y)
        """,
        after="y",
        jit=equal(prints=("y is JitTracer",), why="printed while it is traced"),
    ),
    case(
        "logging",
        """
        import logging
        logging.getLogger("cells").warning("computing %d values", x.size)
        y = x + 1
        """,
        after="y",
    ),
    case(
        "warnings",
        """
        import warnings
        y = x + 1
        warnings.warn("careful", stacklevel=1)
        """,
        after="y",
    ),
    case(
        "displays",
        """
        from IPython.display import HTML, SVG, Markdown, clear_output, display
        y = x + 1
        display(HTML("<b>bold</b>"), Markdown("*text*"))
        display(SVG('<svg xmlns="http://www.w3.org/2000/svg" width="1" height="1"></svg>'))
        handle = display({"a": 1}, display_id="fixed")
        handle.update({"a": 2})
        clear_output(wait=True)
        """,
        after="y",
        jit=equal(differs=("handle",)),
    ),
    case(
        "display_of_an_array",
        "from IPython.display import display\ny = x + 1\ndisplay(y)",
        after="y",
        jit=equal(prints=TRACER, why="displayed while it is traced"),
    ),
    case(
        "plot",
        """
        import numpy as np
        from IPython.display import display

        class Plot:
            def __init__(self, values):
                self.points = [f"{i},{v:.1f}" for i, v in enumerate(np.asarray(values))]

            def _repr_svg_(self):
                line = " ".join(self.points)
                return f'<svg xmlns="http://www.w3.org/2000/svg"><path d="M {line}"/></svg>'

        curve = jnp.cumsum(x)
        plot = Plot(curve)
        display(plot)
        plot
        """,
        after="len(plot.points), curve",
        jit=refused("np.asarray(values)"),
    ),
    case(
        "captured_output",
        """
        import contextlib, io
        from IPython.utils.capture import capture_output
        text = io.StringIO()
        with contextlib.redirect_stdout(text):
            print("hidden")
            y = x + 1
        with capture_output() as captured:
            print("kept")
        shown = text.getvalue(), captured.stdout
        """,
        after="shown, y",
        jit=equal(differs=("text", "captured")),
    ),
    case(
        "line_magics_and_shell",
        """
        here = %pwd
        said = !echo from the shell
        !echo shown
        %time y = jnp.cos(x)
        y
        """,
        after="here, list(said), y",
    ),
    case("cell_magic_inside", "%%time\ny = jnp.cos(x)\nprint('timed')", after="y"),
    case(
        "capture_magic_inside",
        "%%capture output\nprint('kept')\ny = x + 1\ny",
        after="output.stdout, y",
        jit=equal(differs=("output",)),
    ),
    case(
        "text_that_looks_like_magics",
        '''
        text = """
        %time nothing
        !rm nothing
          %%jaxtrace --jit
        x = %pwd
        """
        y = x + len(text)
        text
        ''',
        after="print(text)\ny",
    ),
    case("line_continued", "y = x + \\\n    1\nz = (y\n     * 2)", after="y, z"),
    case(
        "await",
        """
        import asyncio
        await asyncio.sleep(0.01)
        y = x + 1
        y
        """,
        after="y * 2",
        jit=refused("await"),
    ),
    case(
        "await_in_loops_and_comprehensions",
        """
        import asyncio

        async def produce(n):
            for i in range(n):
                await asyncio.sleep(0)
                yield x * i

        values = [value async for value in produce(3)]
        for value in values:
            await asyncio.sleep(0)
            total = total + value.sum()
        async with asyncio.timeout(5):
            doubled = await asyncio.gather(*(asyncio.sleep(0, v * 2) for v in values))
        """,
        setup="total = 0",
        after="values, total, doubled",
        jit=refused("await"),
    ),
    case(
        "tasks_beside_the_cell",
        """
        import asyncio

        async def ticker():
            for i in range(3):
                await asyncio.sleep(0)
                ticks.append(x * i)

        task = asyncio.create_task(ticker())
        await asyncio.sleep(0)
        y = x + 1
        await task
        """,
        setup="ticks = []",
        after="len(ticks), ticks, y",
        jit=refused("await"),
    ),
    case(
        "asynchronous_functions_defined",
        """
        async def later(values):
            return values + 1
        y = x * 2
        """,
        after="await later(y)",
    ),
    case(
        "nested_run_cell",
        """
        get_ipython().run_cell("z = x + 1\\nprint('inner')")
        y = z * 2
        """,
        after="y, z",
    ),
    case(
        "nested_jaxtrace",
        """
        inner = get_ipython().run_cell("%%jaxtrace\\nz = x + 1")
        y = x * 2
        """,
        setup="%load_ext jaxlab",
        jit=equal(differs=("inner",)),
    ),
)
