# %% fires: a lambda in a loop
import jax
import jax.numpy as jnp

x = jnp.ones(3)
for _ in range(4):
    x = jax.jit(lambda x: x * 2)(x)  #! made and compiled 4 times

# %% fires: a function that is defined at each call
import jax
import jax.numpy as jnp

def train(x):
    @jax.jit
    def update(x):
        return x + 1
    return update(x)  #! `update` was made

for _ in range(3):
    train(jnp.ones(3))

# %% clean: jitted once
import jax
import jax.numpy as jnp

double = jax.jit(lambda x: x * 2)
x = jnp.ones(3)
for _ in range(5):
    x = double(x)

# %% clean: a function for each of three settings
import jax
import jax.numpy as jnp

def make(rate):
    return jax.jit(lambda x: x * rate)

for rate in (0.1, 0.2, 0.3):
    make(rate)(jnp.ones(3))
