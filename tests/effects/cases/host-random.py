# %% fires: NumPy's shared generator  [python: 3.12]
import jax
import jax.numpy as jnp
import numpy as np

@jax.jit
def dropout(x):
    mask = np.random.rand(3) > 0.5  #! np.random.rand
    return jnp.where(mask, x, 0)

dropout(jnp.ones(3))

# %% fires: a generator of the user's, in a method under grad  [python: 3.12]
import jax
import numpy as np

class Noise:
    def __init__(self):
        self.rng = np.random.default_rng(0)

    def __call__(self, x):
        return x * self.rng.normal()  #! Generator.normal

noise = Noise()
jax.jit(jax.grad(lambda x: noise(x) ** 2))(1.0)

# %% fires: Python's own, inside scan
import random
import jax
import jax.numpy as jnp

def body(carry, _):
    return carry + random.uniform(0, 1), None  #! random.uniform

jax.lax.scan(body, jnp.float32(0), None, length=3)

# %% fires: by a library that nobody hears
import jax
import numpy as np
import scipy.stats

rng = np.random.default_rng(0)

@jax.jit  #! rng
def noisy(x):
    return x + scipy.stats.norm.rvs(random_state=rng)

noisy(1.0)

# %% clean: keys, numbers drawn outside, and a seeded generator of its own
import random
import jax
import jax.numpy as jnp
import numpy as np

rng = np.random.default_rng(0)

@jax.jit
def noisy(x, key, offset):
    table = np.random.default_rng(7).normal(size=3)
    return x + jax.random.normal(key, x.shape) + offset + table

for seed in range(3):
    noisy(jnp.ones(3), jax.random.key(seed), rng.normal() + random.random())
