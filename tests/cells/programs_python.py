"""Cells about Python: definitions, loops, names, side effects, values that leave JAX."""

from __future__ import annotations

from cells.case import case, equal, refused

LANGUAGE = (
    case(
        "star_imports",
        "from math import *\nfrom jax.nn import *\ny = relu(x - pi / 2)\nceil(1.5)",
        after="y, softmax(x)",
    ),
    case(
        "loops_and_comprehensions",
        """
        squares = [x * i for i in range(3)]
        by_name = {f"a{i}": x[i] for i in reversed(range(3))}
        total = 0
        for i, square in enumerate(squares):
            total = total + square.sum() * i
        while i < 5:
            i += 1
        """,
        after="squares, by_name, total, i",
    ),
    case(
        "generator_used_across_cells",
        """
        steps = (x * i for i in range(1, 4))
        first = next(steps)
        """,
        after="first, list(steps)",
    ),
    case(
        "generator_function_across_cells",
        """
        def running(values):
            total = 0.0
            for value in values:
                total = total + value
                yield total

        totals = running([x, x * 2, x * 3])
        first = next(totals)
        """,
        after="first, list(totals)",
        jit=equal(
            differs=("totals",),
            after="UnexpectedTracerError",
            report=("totals",),
            why="the suspended generator holds a traced value, which is reported as leaked",
        ),
    ),
    case("deletes", "y = x + 1\ndel x, keep", setup="keep = x * 2", after="'x' in globals(), y"),
    case(
        "star_assignment_and_walrus",
        """
        first, *rest = jnp.arange(4.0)
        if (size := x.shape[0]) > 2:
            y = (z := x + size) * 2
        a = b = [x]
        x += 1
        """,
        after="first, rest, size, y, z, a is b, x",
    ),
    case(
        "globals_and_exec",
        """
        globals()["w"] = x + 1
        exec("v = w * 2")
        name = "u"
        exec(f"{name} = v - 1", globals())
        eval("u + v")
        """,
        after="w, v, u, _",
    ),
    case(
        "functions",
        """
        def scaled(values, by=2.0, *, shift=1.0):
            return values * by + shift + offset

        offset = x[1]
        twice = lambda values: scaled(scaled(values))
        y = twice(x)
        """,
        after="offset = 100.0\nscaled(x), twice(x), y",
    ),
    case(
        "closures_and_recursion",
        """
        def adder(amount):
            def add(values):
                return values + amount
            return add

        def factorial(n):
            return 1 if n == 0 else n * factorial(n - 1)

        add_three = adder(3.0)
        y = add_three(x) * factorial(4)
        """,
        after="add_three(y)",
    ),
    case(
        "closure_over_an_array",
        """
        def adder(amount):
            return lambda values: values + amount

        add_x = adder(x * 2)
        y = add_x(x)
        """,
        after="add_x(y)",
    ),
    case(
        "lambda_with_a_default_array",
        "scale = lambda values, by=x + 1: values * by\ny = scale(x)",
        after="scale(y)",
    ),
    case(
        "classes_and_dataclasses",
        """
        from dataclasses import dataclass, field

        @dataclass(frozen=True)
        class Point:
            x: float
            y: float = 2.0
            tags: list = field(default_factory=list)

        class Scaler:
            by = 3.0

            def __call__(self, values):
                return values * self.by

        point = Point(1.0)
        scaler = Scaler()
        y = scaler(x) + point.y
        """,
        after="Point(5.0), scaler(y), scaler.by",
    ),
    case(
        "decorators",
        """
        import functools

        def logged(function):
            @functools.wraps(function)
            def inner(*args):
                calls.append(function.__name__)
                return function(*args)
            return inner

        @logged
        @jax.jit
        def f(values):
            return values + 1

        y = f(f(x))
        """,
        setup="calls = []",
        after="calls, f.__name__, f(y)",
        jit=equal(report=("calls",), why="the list was changed in place while tracing"),
    ),
    case(
        "side_effects_happen_once",
        """
        from pathlib import Path
        with Path("effects.txt").open("a") as file:
            file.write("once\\n")
        count += 1
        y = x + count
        """,
        setup="""
        from pathlib import Path
        Path("effects.txt").unlink(missing_ok=True)
        count = 0
        """,
        after="Path('effects.txt').read_text(), count, y",
    ),
    case(
        "list_and_dict_changed_in_place",
        """
        history.append("step")
        config["rate"] = 0.5
        y = x * config["rate"]
        """,
        setup="history = []\nconfig = {}",
        after="history, config, y",
        jit=equal(report=("changed in place", "history", "config")),
    ),
    case(
        "array_kept_in_an_older_list",
        """
        history.append(jnp.sum(x))
        y = x + 1
        """,
        setup="history = []",
        after="y",
        jit=equal(differs=("history",), report=("changed in place", "history")),
    ),
    case(
        "attribute_changed_in_place",
        """
        state.steps += 1
        state.total = x.sum()
        y = x + state.steps
        """,
        setup="""
        class State:
            steps = 0
            total = None
        state = State()
        """,
        after="state.steps, y",
        jit=equal(differs=("state",), report=("changed in place", "state")),
    ),
    case(
        "numpy_changed_in_place",
        "buffer[0] = 7.0\ny = x + buffer",
        setup="import numpy as np\nbuffer = np.zeros(3, np.float32)",
        after="buffer, y",
        jit=equal(report=("changed in place", "buffer")),
    ),
    case(
        "float_of_a_value",
        """
        loss = jnp.sum(x ** 2)
        number = float(loss)
        print(f"{number:.3f}")
        """,
        after="number + 1, loss",
        jit=refused("float(loss)"),
    ),
    case(
        "branch_on_a_value",
        """
        if x.sum() > 0:
            sign = "positive"
        else:
            sign = "not positive"
        y = x + 1
        """,
        after="sign, y",
        jit=refused("x.sum() > 0"),
    ),
    case(
        "loop_until_converged",
        """
        steps = 0
        guess = jnp.float32(1.0)
        while abs(guess * guess - 2) > 1e-4:
            guess = (guess + 2 / guess) / 2
            steps += 1
        """,
        after="guess, steps",
        jit=refused("abs(guess * guess - 2) > 1e-4"),
    ),
    case(
        "round_trips_to_python",
        """
        import numpy as np
        y = x * 2
        trips = [y.sum().item(), int(y[1]), bool(y[0]), y.tolist(), len(y), complex(y[2])]
        array = np.asarray(y)
        view = bytes(memoryview(np.array(y)))
        index = [10, 20, 30][jnp.argmax(y)]
        """,
        after="trips, array, view, index",
        jit=refused("y.sum().item()"),
    ),
    case(
        "values_of_equal_shapes_kept_apart",
        """
        pair = (x, x)
        nested = {"a": [x, {"b": x + 1}], "c": None}
        alias = nested["a"]
        """,
        after="alias[0] is x, alias is nested['a'], pair[0] is pair[1], nested",
        jit=equal(after="{'a'", why="results of a program are new arrays"),
    ),
    case(
        "exception_handled_inside",
        """
        try:
            y = jnp.zeros(3) + jnp.zeros(4)
        except (TypeError, ValueError) as error:
            message = type(error).__name__
            y = x
        finally:
            done = True
        """,
        after="message, y, done",
    ),
    case(
        "memory_given_back",
        """
        import gc, weakref
        big = jnp.ones((64, 64)) * 2
        watch = weakref.ref(big)
        small = big.sum()
        del big
        """,
        after="gc.collect()\nwatch() is None, small",
        jit=equal(differs=("watch",)),
    ),
)
