# %% fires: an id that does not fit
import jax
import numpy as np

@jax.jit
def look_up(ids):
    return ids + 1

look_up(np.array([1, 5_000_000_000]))  #! 705,032,704

# %% fires: times of day that run together, in a dict
import jax
import numpy as np

def span(batch):
    return batch["time"].max() - batch["time"].min()

batch = {"time": 1.7e9 + np.arange(100.0)}
jax.jit(span)(batch)  #! 100 different values become

# %% fires: jnp.asarray in a function [python: 3.12]
import jax.numpy as jnp
import numpy as np

def load():
    return jnp.asarray(np.array([1e-60, 1.0]))  #! becomes 0

load()

# %% clean: values that are only rounded
import jax
import jax.numpy as jnp
import numpy as np

data = np.random.default_rng(0).normal(size=(100, 3))
jax.jit(jnp.sum)(data)
jnp.asarray(data)
jnp.array(np.arange(10))
jax.device_put(np.array([np.inf, np.nan, 0.0, 1.0]))

# %% clean: 64 bits are on
import jax
import jax.numpy as jnp
import numpy as np

with jax.enable_x64(True):
    jax.jit(lambda x: x + 1)(np.array([5_000_000_000]))
    jnp.asarray(np.array([5_000_000_000]))
