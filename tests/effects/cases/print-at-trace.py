# %% fires: in a jitted function
import jax
import jax.numpy as jnp

@jax.jit
def step(x):
    print("loss", x)  #! step
    return x * 2

step(jnp.ones(3))
step(jnp.ones(3))

# %% fires: in a helper's method, inside scan
import jax
import jax.numpy as jnp

class Model:
    def layer(self, x):
        print("in", x.shape)  #! layer
        return jnp.sin(x)

model = Model()

def body(carry, _):
    return model.layer(carry), carry

jax.lax.scan(body, jnp.ones(3), None, length=4)

# %% fires: by logging, in a cell of its own
import logging
import jax

@jax.jit
def loss(x):
    logging.warning("x is %s", x)  #! loss
    return x * 2

# %% then
loss(1.0)

# %% clean: debug.print, and prints outside of traces
import jax
import jax.numpy as jnp

@jax.jit
def step(x):
    jax.debug.print("loss {}", x)
    return x * 2

print(step(jnp.ones(3)))
print(jax.grad(lambda x: x * 2)(1.0))

# %% clean: calls of objects that can't be hashed or asked for attributes
import jax

class Module:
    def __call__(self, x):
        return x * 2

    def __hash__(self):
        raise ValueError("no hash")

    def __eq__(self, other):
        return False

    def __getattr__(self, name):
        raise RuntimeError(name)

module = Module()
module(1.0)
jax.jit(lambda x: module(x))(1.0)

# %% fires: sys.stdout, a logger, a warning and pprint, each once
import logging
import sys
import warnings
from pprint import pprint
import jax
import jax.numpy as jnp

logger = logging.getLogger("mine")

@jax.jit
def step(x):
    sys.stdout.write("step\n")  #! sys.stdout.write
    logger.info("x")  #! logging.Logger.info
    warnings.warn("odd")  #! warnings.warn
    pprint(x)  #! pprint
    return x * 2

step(jnp.ones(3))
step(jnp.ones(4))

# %% clean: text that is written to memory
import io
import jax

@jax.jit
def step(x):
    text = io.StringIO()
    text.write(str(x.shape))
    return x * len(text.getvalue())

step(1.0)
