# %% fires: a length that grows in a loop
import jax
import jax.numpy as jnp

@jax.jit
def total(x):
    return (x * x).sum()

for n in range(3, 9):
    total(jnp.ones(n))  #! argument `x` changed shape

# %% fires: a Python number once, an array later, in a method
import jax
import jax.numpy as jnp
from functools import partial

class Trainer:
    @partial(jax.jit, static_argnums=0)
    def step(self, state, rate):
        return state - rate * state

    def run(self, state, rates):
        for rate in rates:
            state = self.step(state, rate)  #! argument `rate` changed weak type
        return state

Trainer().run(jnp.ones(3), [0.1, jnp.float32(0.1), jnp.float32(0.2)])

# %% fires: a new configuration object each time, in another cell
import jax
import jax.numpy as jnp
from functools import partial

class Config:
    def __init__(self, width):
        self.width = width

@partial(jax.jit, static_argnames="config")
def model(x, config):
    return x * config.width

# %% then
def predict(x):
    return model(x, config=Config(3))  #! static argument `config` is a new Config each time

predict(jnp.ones(3))
predict(jnp.ones(3))

# %% fires: by name once
import jax

@jax.jit
def scale(x, by):
    return x * by

scale(1.0, 2.0)
scale(1.0, by=2.0)  #! argument `by` is given by name

# %% fires: another static value in each round
import jax
from functools import partial

@partial(jax.jit, static_argnums=1)
def step(x, number):
    return x + number

x = 0.0
for number in range(6):
    x = step(1.0, number)  #! static argument `number` changed value

# %% fires: a list that grows
import jax
import jax.numpy as jnp

@jax.jit
def mean(history):
    return sum(history) / len(history)

history = []
for _ in range(5):
    history.append(jnp.ones(2))
    mean(history)  #! argument `history` changed structure

# %% clean: a full batch, the last one, and a training loop
import jax
import jax.numpy as jnp

@jax.jit
def step(params, batch):
    return params - 0.1 * batch.mean() * params

params = jnp.ones(3)
for epoch in range(3):
    for size in (8, 8, 8, 5):
        params = step(params, jnp.ones(size))

# %% clean: lengths padded to a few sizes [python: 3.12]
import jax
import jax.numpy as jnp

@jax.jit
def total(x):
    return (x * x).sum()

def padded(n):
    return 1 << (n - 1).bit_length()

for n in [3, 5, 9, 17, 33] * 20:
    x = jnp.zeros(padded(n))
    total(x)
