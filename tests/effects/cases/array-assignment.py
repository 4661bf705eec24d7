# %% fires: in a jitted function [raises: TypeError]
import jax
import jax.numpy as jnp

@jax.jit
def first(x):
    x[0] = 3.0  #! x[0] = 3.0
    return x

first(jnp.ones(2))

# %% fires: eagerly, in a loop, added to [raises: TypeError]
import jax.numpy as jnp

class Counts:
    def __init__(self):
        self.table = jnp.zeros(4)

    def note(self, index):
        self.table[index] += 1  #! self.table[index] += 1

Counts().note(2)

# %% clean: NumPy's own arrays, and a tuple [raises: TypeError]
import numpy as np
import jax.numpy as jnp

x = np.ones(2)
x[0] = 3
y = jnp.ones(2).at[0].set(3.0)
(1, 2)[0] = 3
