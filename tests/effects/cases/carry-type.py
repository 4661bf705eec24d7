# %% fires: an integer start of a scan [raises: TypeError]
import jax
import jax.numpy as jnp

def body(total, x):
    return jnp.float32(total + x), x

jax.lax.scan(body, jnp.int32(0), jnp.arange(3.0))  #! int32[]

# %% fires: a shape that grows in a fori_loop, in a method [raises: TypeError]
import jax
import jax.numpy as jnp

class Sum:
    def run(self, x):
        return jax.lax.fori_loop(0, 3, lambda i, c: c + x, 0.0)  #! float32[2]

jax.jit(Sum().run)(jnp.ones(2))

# %% fires: the structure of a carry [raises: TypeError]
import jax
import jax.numpy as jnp

def body(state, x):  #! structure
    return (state, x), None

jax.lax.scan(body, 1.0, jnp.arange(3.0))

# %% fires: branches of two types [raises: TypeError]
import jax
import jax.numpy as jnp

@jax.jit
def sign(x):
    return jax.lax.cond(x > 0, lambda x: x, lambda x: jnp.int32(1), x)  #! branches

sign(1.0)

# %% clean: a carry that keeps its type
import jax
import jax.numpy as jnp

def body(total, x):
    return total + x, total

jax.lax.scan(body, 0.0, jnp.arange(3.0))
jax.lax.cond(True, lambda x: x, lambda x: -x, 1.0)
