# %% fires: a growing slice
import jax.numpy as jnp

x = jnp.arange(100.0)
for n in range(11, 20):
    jnp.sin(x[:n]).sum()  #! 9 different shapes

# %% fires: in a helper, over several cells
import jax.numpy as jnp
import numpy as np

def normalise(values):
    return jnp.linalg.norm(jnp.asarray(values))  #! different shapes

for n in (31, 32, 33):
    normalise(np.ones(n, np.float32))
# %% then
for n in (41, 42, 43):
    normalise(np.ones(n, np.float32))

# %% clean: one shape
import jax.numpy as jnp

x = jnp.arange(100.0)
for n in range(11, 20):
    jnp.sin(jnp.where(jnp.arange(100) < n, x, 0)).sum()

# %% clean: many operations, each of them once
import jax.numpy as jnp

x = jnp.arange(12.0).reshape(3, 4)
y = (jnp.sin(x) @ jnp.cos(x.T) + jnp.tanh(x).sum() - jnp.exp(x).mean()) / jnp.sqrt(jnp.abs(x).max())
