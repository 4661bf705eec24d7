# %% fires: put on its device, once
import jax
import jax.numpy as jnp

@jax.jit
def step(x):
    return x * 2

x = jnp.ones(3)
step(x)
step(jax.device_put(x, jax.devices()[0]))  #! argument `x` was not committed

# %% fires: one of many arguments, in a method, in another cell
import jax
import jax.numpy as jnp

class Trainer:
    def __init__(self):
        self.update = jax.jit(lambda state, batch: state + batch.mean())

    def run(self, state, batch):
        return self.update(state, batch)  #! argument `batch` was not committed

trainer = Trainer()
trainer.run(jnp.ones(3), jnp.ones(4))

# %% then
trainer.run(jnp.ones(3), jax.device_put(jnp.ones(4), jax.devices()[0]))

# %% clean: placed the same way in every call
import jax
import jax.numpy as jnp

@jax.jit
def step(x):
    return x * 2

x = jax.device_put(jnp.ones(3), jax.devices()[0])
for _ in range(3):
    x = step(x)
