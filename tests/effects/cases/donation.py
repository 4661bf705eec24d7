# %% fires: no result has the type
import jax
import jax.numpy as jnp

def loss(params, x):
    return (params * x).sum()

jax.jit(loss, donate_argnums=0)(jnp.ones(1000), 2.0)  #! params

# %% fires: one of two in a method's dict
from functools import partial

import jax
import jax.numpy as jnp

class Model:
    @partial(jax.jit, static_argnums=0, donate_argnames="state")
    def step(self, state):
        return {"w": state["w"] * 2, "count": state["count"].astype(float)}

Model().step({"w": jnp.ones(8), "count": jnp.zeros(3, int)})  #! count

# %% fires: used after [raises: RuntimeError]
import jax
import jax.numpy as jnp

step = jax.jit(lambda params: params * 0.9, donate_argnums=0)
params = jnp.ones(8)
new = step(params)  #! params
print(params + new)  #! params

# %% fires: used after, in a function and a tree [raises: RuntimeError]
import jax
import jax.numpy as jnp

def update(params):
    return jax.tree.map(lambda p: p - 1, params)

update = jax.jit(update, donate_argnums=0)

def train():
    params = {"w": jnp.ones(8), "b": jnp.ones(1)}
    for _ in range(2):
        update(params)  #! donated
        return jax.tree.map(jnp.sum, params)

train()

# %% clean: what is donated comes back
import jax
import jax.numpy as jnp

step = jax.jit(lambda params, x: (params - x, x.sum()), donate_argnums=0)
params = jnp.ones(8)
for _ in range(3):
    params, total = step(params, 0.5)
