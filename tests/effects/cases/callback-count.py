# %% fires: once for each lane of a vmap, in a method
import jax
import jax.numpy as jnp

class Model:
    def __call__(self, x):
        jax.debug.print("x = {}", x)  #! runs 4 times
        return x * 2

model = Model()
batched = jax.jit(jax.vmap(model))
batched(jnp.arange(4.0))

# %% fires: again in the backward pass, in a helper
import jax
import jax.numpy as jnp

def noted(x):
    jax.debug.callback(lambda v: None, x)  #! runs twice
    return jnp.sin(x)

@jax.jit
def gradient(x):
    return jax.grad(lambda x: jax.checkpoint(noted)(x).sum())(x)

gradient(jnp.ones(3))

# %% fires: never, for nobody reads what it gives, in another cell
import jax
import jax.numpy as jnp
import numpy as np

@jax.jit
def step(x):
    jax.pure_callback(lambda v: np.asarray(v), jax.ShapeDtypeStruct((3,), jnp.float32), x)  #! never
    return x * 2

# %% then
step(jnp.ones(3))

# %% clean: as often as it is written
import jax
import jax.numpy as jnp
import numpy as np

@jax.jit
def step(x):
    jax.debug.print("x = {}", x)
    return jax.pure_callback(lambda v: np.asarray(v), jax.ShapeDtypeStruct((3,), jnp.float32), x)

step(jnp.ones(3))

# %% clean: once a round of a scan, and in a plain gradient
import jax
import jax.numpy as jnp

def body(carry, _):
    jax.debug.print("carry = {}", carry)
    return carry * 2, None

@jax.jit
def loop(x):
    return jax.lax.scan(body, x, None, length=5)[0]

loop(1.0)
jax.jit(jax.grad(loop))(1.0)
