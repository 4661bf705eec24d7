"""Cells about state in JAX: donation, threads, refs, compiled objects, callbacks, devices."""

from __future__ import annotations

from cells.case import case, equal, fails

STATE = (
    case(
        "donation",
        "new = step(state)\nother = step(x + 1)",
        setup="step = jax.jit(lambda s: s * 2, donate_argnums=0)\nstate = jnp.ones(3)",
        after="new, other",
        jit=equal(differs=("state",), why="an inner jit's donation does nothing inside another"),
    ),
    case(
        "donation_in_a_loop",
        """
        for _ in range(5):
            state = step(state)
        """,
        setup="step = jax.jit(lambda s: s * 2, donate_argnums=0)\nstate = jnp.ones(3)",
        after="step(state)",
    ),
    case(
        "threads",
        """
        import threading

        def work(i):
            results[i] = jnp.sin(x + i) * 2

        threads = [threading.Thread(target=work, args=(i,)) for i in range(3)]
        [t.start() for t in threads]
        [t.join() for t in threads]
        y = jnp.stack([results[i] for i in range(3)])
        del threads
        """,
        setup="results = dict.fromkeys(range(3))",
        after="y, results",
        jit=fails("UnexpectedTracerError", why="only this thread is traced"),
    ),
    case(
        "thread_pool",
        """
        from concurrent.futures import ThreadPoolExecutor
        with ThreadPoolExecutor(2) as pool:
            parts = list(pool.map(lambda i: jnp.cumsum(x) * i, range(4)))
        y = sum(parts)
        del pool
        """,
        after="y, parts",
        jit=fails("UnexpectedTracerError"),
    ),
    case(
        "thread_without_arrays_of_the_cell",
        """
        from concurrent.futures import ThreadPoolExecutor
        with ThreadPoolExecutor(1) as pool:
            other = pool.submit(lambda: float(jnp.arange(4.0).sum())).result()
        y = x + other
        del pool
        """,
        after="y, other",
    ),
    case(
        "refs_inside_the_cell",
        """
        ref = jax.new_ref(x)
        ref[0] = 5.0
        ref[...] += 1
        y = ref[...] * 2
        del ref
        """,
        after="y",
    ),
    case(
        "ref_left_in_the_namespace",
        "ref = jax.new_ref(x)\nref[1] = 7.0",
        after="ref[...]",
        jit=fails("mutable array", why="a program can't give back a mutable reference"),
    ),
    case(
        "ref_of_an_earlier_cell",
        "for i in range(3):\n    accumulate(total, x)\ny = total[...]",
        setup="""
        total = jax.new_ref(jnp.zeros(3))
        @jax.jit
        def accumulate(ref, values):
            ref[...] += values
        """,
        after="y, total[...]",
    ),
    case(
        "hijax_primitive",
        "y = multiply(x, x + 1)\nz = jax.jit(multiply)(x, y)",
        setup="""
        from jax.experimental import hijax
        Primitive = getattr(hijax, "HiPrim", None) or hijax.VJPHiPrimitive

        class Multiply(Primitive):
            def __init__(self, aval):
                self.in_avals, self.out_aval, self.params = (aval, aval), aval, {}
                super().__init__()

            def expand(self, a, b):
                return a * b

        def multiply(a, b):
            return Multiply(jax.typeof(a))(a, b)
        """,
        after="y, z",
    ),
    case(
        "hijax_type",
        """
        q = to_quantized(x)
        y = from_quantized(q)
        z = jax.jit(lambda values: from_quantized(to_quantized(values)) * 2)(x)
        """,
        setup="""
        from dataclasses import dataclass
        from jax.experimental import hijax
        Primitive = getattr(hijax, "HiPrim", None) or hijax.VJPHiPrimitive

        @dataclass(frozen=True)
        class Quantized:
            codes: jax.Array
            scale: jax.Array

        @dataclass(frozen=True)
        class QuantizedType(hijax.HiType):
            shape: tuple

            def lo_ty(self):
                codes = hijax.ShapedArray(self.shape, jnp.dtype("int8"))
                return [codes, hijax.ShapedArray((), jnp.dtype("float32"))]

            def lower_val(self, value):
                return [value.codes, value.scale]

            def raise_val(self, codes, scale):
                return Quantized(codes, scale)

            def to_tangent_aval(self):
                return hijax.ShapedArray(self.shape, jnp.dtype("float32"))

            def str_short(self, short_dtypes=False, **_):
                return f"quantized{list(self.shape)}"

        hijax.register_hitype(Quantized, lambda q: QuantizedType(q.codes.shape))

        class ToQuantized(Primitive):
            def __init__(self, aval):
                self.in_avals, self.out_aval, self.params = (aval,), QuantizedType(aval.shape), {}
                super().__init__()

            def expand(self, values):
                scale = jnp.max(jnp.abs(values)) / 127
                return Quantized(jnp.round(values / scale).astype(jnp.int8), scale)

        class FromQuantized(Primitive):
            def __init__(self, aval):
                self.in_avals, self.params = (aval,), {}
                self.out_aval = hijax.ShapedArray(aval.shape, jnp.dtype("float32"))
                super().__init__()

            def expand(self, q):
                return q.codes.astype(jnp.float32) * q.scale

        def to_quantized(values):
            return ToQuantized(jax.typeof(values))(values)

        def from_quantized(q):
            return FromQuantized(jax.typeof(q))(q)
        """,
        after="q, y, z",
    ),
    case(
        "ahead_of_time",
        """
        lowered = jax.jit(lambda values: jnp.sin(values) * 2).lower(x)
        compiled = lowered.compile()
        y = compiled(x) + compiled(x)
        del lowered
        """,
        after="compiled(y)",
        jit=fails("Cannot apply JAX transformations", why="a compiled program takes no tracers"),
    ),
    case(
        "exported",
        """
        from jax import export
        exported = export.export(jax.jit(jnp.tanh))(jax.ShapeDtypeStruct((3,), jnp.float32))
        y = exported.call(x)
        del exported
        """,
        after="y",
    ),
    case(
        "abstract_evaluation",
        """
        shape = jax.eval_shape(lambda values: values @ values.T, jnp.ones((2, 3)))
        text = str(jax.make_jaxpr(lambda values: values * 2)(1.0))
        y = x + shape.shape[0]
        """,
        after="shape, text, y",
    ),
    case(
        "pallas_interpreted",
        """
        from jax.experimental import pallas as pl

        def kernel(values_ref, out_ref):
            out_ref[...] = values_ref[...] * 2 + 1

        y = pl.pallas_call(
            kernel, out_shape=jax.ShapeDtypeStruct((3,), jnp.float32), interpret=True
        )(x)
        """,
        after="y",
    ),
)

CALLBACKS = (
    case(
        "debug_print",
        """
        @jax.jit
        def f(values):
            jax.debug.print("sum {s}", s=values.sum())
            return values * 2

        y = f(f(x))
        jax.debug.print("eager {y}", y=y)
        jax.effects_barrier()
        """,
        after="y",
    ),
    case(
        "debug_callback_counted",
        """
        y = jax.vmap(lambda v: jax.debug.callback(called.append, "v") or v * 2)(x)
        _, z = jax.lax.scan(lambda c, v: (jax.debug.callback(called.append, "s") or c, v), 0, x)
        jax.effects_barrier()
        """,
        setup="called = []",
        after="sorted(called), y, z",
        jit=equal(why="callbacks run with the program, not while it is traced"),
    ),
    case(
        "pure_callback",
        """
        def host(values):
            called.append(values.shape)
            return np.asarray(values) * 2

        def twice(values):
            return jax.pure_callback(host, jax.ShapeDtypeStruct((3,), jnp.float32), values)

        y = twice(x)
        z = jax.jit(twice)(y)
        jax.block_until_ready(z)
        """,
        setup="import numpy as np\ncalled = []",
        after="y, z, called",
    ),
    case(
        "ordered_io_callback",
        """
        from jax.experimental import io_callback

        @jax.jit
        def f(values):
            for i in range(3):
                io_callback(log.append, None, i, ordered=True)
            return values + 1

        y = f(x)
        jax.effects_barrier()
        """,
        setup="log = []",
        after="[int(i) for i in log], y",
    ),
    case(
        "callback_that_raises",
        """
        def host(values):
            raise RuntimeError("the host refused")

        y = x + 1
        z = jax.pure_callback(host, jax.ShapeDtypeStruct((3,), jnp.float32), y)
        jax.block_until_ready(z)
        """,
        after="y",
        jit=fails("the host refused"),
    ),
)

DEVICES = (
    case(
        "device_put_and_shardings",
        """
        from jax.sharding import NamedSharding, PartitionSpec as P
        spread = jax.device_put(jnp.arange(8.0), NamedSharding(mesh, P("d")))
        y = jax.jit(lambda values: values * 2)(spread)
        second = jax.device_put(x, jax.devices()[1]) + 1
        total = y.sum()
        """,
        setup="""
        mesh = jax.make_mesh((4,), ("d",), axis_types=(jax.sharding.AxisType.Auto,))
        """,
        after="print(spread.sharding.spec)\ny, second.devices(), total",
        jit=equal(after="Array([ 0.,  2.", why="the compiler places what one program makes"),
    ),
    case(
        "eager_shard_map",
        """
        from jax.sharding import PartitionSpec as P
        y = jax.shard_map(
            lambda v: v * 2 + jax.lax.psum(v, "d"), mesh=mesh, in_specs=P("d"), out_specs=P("d")
        )(jnp.arange(8.0))
        """,
        setup="""
        mesh = jax.make_mesh((4,), ("d",), axis_types=(jax.sharding.AxisType.Auto,))
        """,
        after="y, y.sum()",
    ),
    case(
        "mesh_in_a_context",
        """
        from jax.sharding import PartitionSpec as P
        with jax.set_mesh(mesh):
            y = jax.jit(lambda values: jax.lax.with_sharding_constraint(values * 2, P("d")))(
                jnp.arange(8.0)
            )
            z = jax.shard_map(lambda v: v + 1, in_specs=P("d"), out_specs=P("d"))(y)
        """,
        setup="""
        mesh = jax.make_mesh((4,), ("d",), axis_types=(jax.sharding.AxisType.Auto,))
        """,
        after="y, z, z.sharding.spec",
        jit=fails("set_mesh"),
    ),
    case(
        "mesh_set_for_good",
        """
        jax.set_mesh(mesh)
        y = jnp.arange(8.0) * 2
        """,
        setup="""
        mesh = jax.make_mesh((4,), ("d",), axis_types=(jax.sharding.AxisType.Auto,))
        """,
        after="""
        from jax.sharding import PartitionSpec as P
        y + 1, jax.sharding.get_abstract_mesh().shape, jax.shard_map(
            lambda v: v + 1, in_specs=P("d"), out_specs=P("d")
        )(y)
        """,
        own_kernel=True,
        jit=fails("set_mesh"),
    ),
    case(
        "mesh_with_explicit_axes",
        """
        from jax.sharding import PartitionSpec as P
        values = jax.device_put(jnp.arange(8.0), jax.sharding.NamedSharding(mesh, P("d")))
        y = values * 2
        kind = str(jax.typeof(y))
        """,
        setup='mesh = jax.make_mesh((4,), ("d",))',
        after="kind, y",
    ),
)
