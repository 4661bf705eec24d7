# %% fires: a global that a later cell sets, read in a helper [python: 3.12]
import jax

lr = 0.1

def scaled(g):
    return lr * g  #! `lr`

@jax.jit
def step(w, g):
    return w - scaled(g)

step(1.0, 2.0)
# %% then
lr = 0.5
step(1.0, 2.0)

# %% fires: items, a closure and an array, in one cell [python: 3.12]
import jax
import jax.numpy as jnp

config = {"rate": 0.1, "steps": 3}
weights = jnp.ones(3)

def make(scale):
    def set_scale(value):
        nonlocal scale
        scale = value

    @jax.jit
    def f(x):
        y = x * config["rate"]  #! config['rate']
        y = y * scale  #! `scale`
        return y + weights  #! `weights`

    return f, set_scale

f, set_scale = make(2)
f(1.0)
config["rate"] = 0.2
set_scale(3)
weights = jnp.zeros(3)
f(1.0)

# %% clean: traced again, the same value again, and what no program reads
import jax
import jax.numpy as jnp

rate = 0.1
table = jnp.arange(3)
calls = 0

@jax.jit
def step(x):
    return x * rate + table

step(1.0)
# %% then
rate = 0.2
step(jnp.ones(3))
# %% then
table = jnp.arange(3)
calls += 1
rate = 0.1
step(1.0)

# %% clean: given as arguments
import jax

@jax.jit
def step(w, lr):
    return w - lr

lr = 0.1
step(1.0, lr)
lr = 0.2
step(1.0, lr)
