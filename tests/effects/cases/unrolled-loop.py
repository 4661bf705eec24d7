# %% fires: a loop over layers
import jax
import jax.numpy as jnp

@jax.jit
def model(x):
    for _ in range(300):
        x = jnp.sin(x) * 2 + 1  #! 300 times
    return x

model(jnp.ones(3))

# %% fires: a helper that is called in a loop, in a method
import jax
import jax.numpy as jnp

class Solver:
    def step(self, x):
        return x - 0.1 * (x * x - 2)

    def solve(self, x):
        for _ in range(500):
            x = self.step(x)  #! 500 times
        return x

jax.jit(Solver().solve)(jnp.ones(3))

# %% clean: fori_loop
import jax
import jax.numpy as jnp

@jax.jit
def model(x):
    return jax.lax.fori_loop(0, 300, lambda _, x: jnp.sin(x) * 2 + 1, x)

model(jnp.ones(3))

# %% clean: a few layers
import jax
import jax.numpy as jnp

@jax.jit
def model(x):
    for _ in range(4):
        x = jnp.sin(x) * 2 + 1
    return x

model(jnp.ones(3))
