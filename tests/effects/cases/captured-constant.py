# %% fires: an array of the notebook's
import jax
import jax.numpy as jnp

table = jnp.zeros((600, 600))

@jax.jit
def lookup(i):
    return table[i]  #! `table`

lookup(3)

# %% fires: NumPy's, read by an object's method inside a nested jit
import jax
import jax.numpy as jnp
import numpy as np

class Model:
    def __init__(self):
        self.weights = np.ones((600, 600), np.float32)

    def __call__(self, x):
        return x @ self.weights  #! `model.weights`

model = Model()

@jax.jit
def predict(x):
    return model(x)

predict(jnp.ones(600))

# %% clean: given as an argument, and small ones
import jax
import jax.numpy as jnp

table = jnp.zeros((600, 600))
small = jnp.arange(10)

@jax.jit
def lookup(table, i):
    return table[i] + small[i]

lookup(table, 3)
