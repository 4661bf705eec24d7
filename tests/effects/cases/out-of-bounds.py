# %% fires: a gather in a jitted method [option: bounds]
import jax
import jax.numpy as jnp

class Table:
    def __init__(self):
        self.rows = jnp.arange(3.0)

    def look_up(self, i):
        return self.rows[i]  #! index 5

table = Table()
jax.jit(table.look_up)(5)

# %% fires: a scatter in a scan, in a helper [option: bounds]
import jax
import jax.numpy as jnp

def count(c, i):
    return c.at[i].add(1.0), None  #! index 7

@jax.jit
def histogram(indices):
    return jax.lax.scan(count, jnp.zeros(4), indices)[0]

histogram(jnp.array([0, 7, 1]))

# %% fires: outside of jit, with jnp.take [option: bounds]
import jax.numpy as jnp

x = jnp.arange(3.0)
i = jnp.array([0, 9])
y = jnp.take(x, i)  #! index 9

# %% clean: indices within bounds, negative ones, slices [option: bounds]
import jax
import jax.numpy as jnp

@jax.jit
def read(x, i):
    return x[i] + x[-1] + x[1:3].sum() + jax.lax.dynamic_slice(x, (i,), (1,))[0]

read(jnp.arange(3.0), 2)
jnp.arange(4)[jnp.array([0, -1, 3])]
