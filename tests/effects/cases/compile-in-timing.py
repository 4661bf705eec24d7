# %% fires: the first call [python: 3.12]
import time

import jax
import jax.numpy as jnp

@jax.jit
def step(x):
    return jnp.sin(x) @ x

x = jnp.ones((20, 20))
start = time.perf_counter()
jax.block_until_ready(step(x))  #! `step`
print(time.perf_counter() - start)  #! `step`

# %% fires: a decorator that takes times [python: 3.12]
import functools
import time

import jax
import jax.numpy as jnp

def timed(f):
    @functools.wraps(f)
    def inner(*args):
        t0 = time.time()
        out = jax.block_until_ready(f(*args))
        t1 = time.time()  #! `model`
        print(f"{f.__name__}: {t1 - t0:.3f} s")
        return out
    return inner

@timed
@jax.jit
def model(x):
    return jnp.tanh(x).sum()

model(jnp.ones(5))
model(jnp.ones(7))

# %% clean: warmed up
import time

import jax
import jax.numpy as jnp

step = jax.jit(lambda x: jnp.sin(x) @ x)
x = jnp.ones((20, 20))
step(x).block_until_ready()
start = time.perf_counter()
jax.block_until_ready(step(x))
print(time.perf_counter() - start)

# %% clean: what is timed is the compiler, ahead of time
import time

import jax
import jax.numpy as jnp

step = jax.jit(lambda x: jnp.sin(x) @ x)
x = jnp.ones((20, 20))
start = time.perf_counter()
compiled = step.lower(x).compile()
print("compiled in", time.perf_counter() - start)

# %% clean: epochs, of which the first compiles
import time

import jax
import jax.numpy as jnp

step = jax.jit(lambda x: jnp.sin(x) @ x)
x = jnp.ones((20, 20))
for epoch in range(5):
    start = time.perf_counter()
    x = jax.block_until_ready(step(x))
    print(epoch, time.perf_counter() - start)
