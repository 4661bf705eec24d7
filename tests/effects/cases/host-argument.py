# %% fires: data of NumPy's in a loop [python: 3.12]
import jax
import jax.numpy as jnp
import numpy as np

@jax.jit
def step(w, data):
    return w - 0.1 * (data @ w).mean()

data = np.ones((1000, 500), np.float32)
w = jnp.ones(500)
for _ in range(5):
    w = step(w, data)  #! 5 times

# %% fires: in a method, inside a batch [python: 3.12]
import jax
import jax.numpy as jnp
import numpy as np

class Model:
    def __init__(self):
        self.evaluate = jax.jit(lambda w, batch: (batch["x"] @ w).sum())

    def fit(self, w, steps):
        batch = {"x": np.ones((1000, 500), np.float32)}
        for _ in range(steps):
            self.evaluate(w, batch=batch)  #! 4 times

Model().fit(jnp.ones(500), 4)

# %% clean: new batches, as they come
import jax
import jax.numpy as jnp
import numpy as np

step = jax.jit(lambda w, data: w - 0.1 * (data @ w).mean())
w = jnp.ones(500)
for seed in range(4):
    w = step(w, np.random.default_rng(seed).normal(size=(1000, 500)).astype(np.float32))

# %% clean: it was put on the device before
import jax
import jax.numpy as jnp
import numpy as np

step = jax.jit(lambda w, data: w - 0.1 * (data @ w).mean())
data = np.ones((1000, 500), np.float32)
on_device = jax.device_put(data)
w = jnp.ones(500)
for _ in range(4):
    w = step(w, on_device)
