# %% fires: another precision for products
import jax
import jax.numpy as jnp

@jax.jit
def product(x):
    return x @ x

product(jnp.ones((3, 3)))
with jax.default_matmul_precision("float32"):
    product(jnp.ones((3, 3)))  #! product

# %% fires: 64-bit mode, in a helper
import jax
import jax.numpy as jnp

@jax.jit
def loss(x):
    return (x * x).sum()

def evaluate(x):
    return loss(x)  #! loss

x = jnp.ones(3)
evaluate(x)
with jax.enable_x64(True):
    evaluate(x)

# %% clean: one setting for all calls
import jax
import jax.numpy as jnp

@jax.jit
def product(x):
    return x @ x

with jax.default_matmul_precision("float32"):
    for _ in range(3):
        product(jnp.ones((3, 3)))
