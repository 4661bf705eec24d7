# %% fires: an if on an argument [raises: TracerBoolConversionError]
import jax

@jax.jit
def relu(x):
    if x > 0:  #! x > 0
        return x
    return 0 * x

relu(1.0)

# %% fires: range over an argument, in a helper [raises: TracerIntegerConversionError]
import jax

def many(x, n):
    for _ in range(n):  #! `n`
        x = x * 1.5
    return x

@jax.jit
def power(x, n):
    return many(x, n) + 1

power(2.0, 3)

# %% fires: float in a method, under grad and scan [raises: ConcretizationTypeError]
import jax
import jax.numpy as jnp

class Model:
    def loss(self, w, x):
        scale = float(w)  #! float(w)
        return scale * x

model = Model()

def total(w):
    return jax.lax.scan(lambda c, x: (c + model.loss(c, x), None), w, jnp.ones(3))[0]

jax.grad(total)(1.0)

# %% fires: a boolean mask [raises: NonConcreteBooleanIndexError]
import jax
import jax.numpy as jnp

@jax.jit
def positive(x):
    kept = x[x > 0]  #! x[x > 0]
    return kept.sum()

positive(jnp.ones(3))

# %% fires: NumPy on a tracer, inside vmap [raises: TracerArrayConversionError]
import jax
import jax.numpy as jnp
import numpy as np

jax.vmap(lambda x: np.sin(x) + 1)(jnp.ones(3))  #! np.sin(x)

# %% fires: a shape from an argument [raises: TypeError]
import jax
import jax.numpy as jnp

@jax.jit
def blank(n):
    return jnp.zeros(n)  #! jnp.zeros(n)

blank(3)

# %% fires: a text with a format [raises: TypeError]
import jax

@jax.jit
def told(x):
    print(f"{x:.2f}")  #! `x`
    return x

told(1.0)

# %% clean: a static argument, a where, an error of another kind [raises: ZeroDivisionError]
import functools
import jax
import jax.numpy as jnp

@functools.partial(jax.jit, static_argnames="n")
def power(x, n):
    for _ in range(n):
        x = jnp.where(x > 0, x * 1.5, x)
    return x

power(2.0, 3)
1 / 0
