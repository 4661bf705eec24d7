# %% fires: a pure_callback that raises, through a helper [raises: JaxRuntimeError]
import jax
import jax.numpy as jnp

def read(table, x):
    return table[int(x)]  #! KeyError

def look_up(x):
    return read({}, x)

@jax.jit
def step(x):
    return jax.pure_callback(look_up, jax.ShapeDtypeStruct((), jnp.float32), x)

jax.block_until_ready(step(1.0))

# %% fires: an io_callback of a method [raises: JaxRuntimeError]
import jax
from jax.experimental import io_callback

class Log:
    def write(self, x):
        raise OSError("the disk is full")  #! the disk is full

log = Log()

@jax.jit
def step(x):
    io_callback(log.write, None, x)
    return x

jax.block_until_ready(step(1.0))
jax.effects_barrier()

# %% clean: the function raises by itself [raises: KeyError]
import jax
import jax.numpy as jnp

def look_up(x):
    return jnp.float32({1: 2.0}[int(x)])

jax.block_until_ready(
    jax.jit(lambda x: jax.pure_callback(look_up, jax.ShapeDtypeStruct((), jnp.float32), x))(1.0)
)
look_up(3)
