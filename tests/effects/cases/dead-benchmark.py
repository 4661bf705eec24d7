# %% fires: the last of many is returned, and not even that
import jax
import jax.numpy as jnp

@jax.jit
def benchmark(x):
    for _ in range(5):
        y = jnp.tanh(x) @ x  #! leaves out all
    return x.shape[0]

benchmark(jnp.ones((90, 90)))

# %% fires: a method that calls a jitted helper
import jax
import jax.numpy as jnp

@jax.jit
def multiply(x):
    return x @ x @ x

class Suite:
    def run(self, x):
        multiply(x)  #! leaves out
        return x.sum()

jax.jit(Suite().run)(jnp.ones((90, 90)))

# %% clean: all is returned, or printed
import jax
import jax.numpy as jnp

@jax.jit
def benchmark(x):
    jax.debug.print("{}", jnp.sin(x).max())
    return jnp.tanh(x)

benchmark(jnp.ones((400, 400)))

# %% clean: a gradient without its value
import jax
import jax.numpy as jnp

jax.jit(jax.grad(lambda w, x: jnp.square(jnp.tanh(x @ w)).sum()))(jnp.ones((50, 50)), jnp.ones((40, 50)))
