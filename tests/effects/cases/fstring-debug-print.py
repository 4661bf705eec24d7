# %% fires: an f-string under jit
import jax
import jax.numpy as jnp

@jax.jit
def step(x):
    jax.debug.print(f"x is {x}")  #! text
    return x + 1

step(jnp.ones(3))

# %% fires: format in a helper, inside a scan
import jax
import jax.numpy as jnp

def report(name, value):
    jax.debug.print("{} = {}".format(name, value))  #! text

def body(carry, x):
    report("carry", carry)
    return carry + x, x

jax.lax.scan(body, 0.0, jnp.arange(3.0))

# %% fires: under vmap, without jit [python: 3.12]
import jax
import jax.numpy as jnp

def f(x):
    jax.debug.print(f"{x=}")  #! text
    return x * 2

jax.vmap(f)(jnp.arange(3.0))

# %% clean: JAX formats the value, Python the name
import jax
import jax.numpy as jnp

@jax.jit
def step(x):
    name = "x"
    jax.debug.print(f"{name} is {{}}", x)
    jax.debug.print("{name} is {x}", name=name, x=x)
    return x + 1

step(jnp.ones(3))
