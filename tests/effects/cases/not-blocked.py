# %% fires: a result that is still being computed [python: 3.12]
import time

import jax
import jax.numpy as jnp

@jax.jit
def work(x):
    return jax.lax.fori_loop(0, 300, lambda _, y: jnp.sin(x @ y), x)

x = jnp.ones((400, 400))
jax.block_until_ready(work(x))
start = time.perf_counter()
y = work(x)
took = time.perf_counter() - start  #! `y` was not computed

# %% fires: a dropped result, in a helper and a loop [python: 3.12]
from time import time

import jax
import jax.numpy as jnp

def benchmark(f, *args, rounds=10):
    begin = time()
    for _ in range(rounds):
        f(*args)
    end = time()  #! f(*args)
    return (end - begin) / rounds

step = jax.jit(lambda x: x @ x)
jax.block_until_ready(step(jnp.ones((50, 50))))
benchmark(step, jnp.ones((50, 50)))

# %% fires: a method's dict of results [python: 3.12]
import time

import jax
import jax.numpy as jnp

@jax.jit
def work(x):
    return {"y": jax.lax.fori_loop(0, 300, lambda _, y: jnp.sin(x @ y), x)}

class Trainer:
    def run(self, x):
        self.began = time.monotonic()
        out = work(x)
        self.took = time.monotonic() - self.began  #! `out`
        return out

jax.block_until_ready(work(jnp.ones((400, 400))))
Trainer().run(jnp.ones((400, 400)))

# %% clean: waited for
import time

import jax
import jax.numpy as jnp

@jax.jit
def work(x):
    return jax.lax.fori_loop(0, 100, lambda _, y: jnp.sin(x @ y), x)

x = jnp.ones((300, 300))
float(work(x).sum())
start = time.perf_counter()
y = jax.block_until_ready(work(x))
took = time.perf_counter() - start
start = time.perf_counter()
for _ in range(3):
    y = work(x)
total = float(y.sum())
took = time.perf_counter() - start

# %% clean: the clock is for something else
import time

import jax
import jax.numpy as jnp

x = jnp.ones((300, 300))
y = jax.jit(lambda x: jax.lax.fori_loop(0, 100, lambda _, y: jnp.sin(x @ y), x))(x)
start = time.perf_counter()
text = "a" * 1000
took = time.perf_counter() - start
stamp = time.time()
