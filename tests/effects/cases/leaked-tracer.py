# %% fires: in a list, an attribute and a dict, from a helper
import jax
import jax.numpy as jnp

history = []
cache = {}

class Model:
    def loss(self, x):
        self.last = jnp.sum(x)  #! model.last
        return self.last

model = Model()

def note(x):
    y = jnp.sin(x)  #! history[0]
    history.append(y)
    cache["x"] = jnp.cos(x)  #! cache['x']
    return y

@jax.jit
def step(x):
    return note(x) + model.loss(x)

step(jnp.ones(3))

# %% fires: in a closure and an lru_cache
import functools
import jax
import jax.numpy as jnp

@functools.lru_cache
def table(n):
    return jnp.arange(n) * 2  #! table

def make():
    kept = None
    def step(x):
        nonlocal kept
        kept = x * 2  #! kept
        return x + table(3)
    return step

step = make()
jax.jit(step)(jnp.ones(3))

# %% fires: in an eager grad
import jax
import jax.numpy as jnp

history = []

def loss(x):
    y = jnp.sin(x)
    history.append(y)  #! history[0]
    return y

jax.grad(loss)(1.0)

# %% fires: in a scan, kept by a generator
import jax
import jax.numpy as jnp

def collect():
    kept = []
    while True:
        value = yield
        kept.append(value)

sink = collect()
next(sink)

def body(carry, _):
    carry = carry + 1  #! sink
    sink.send(carry)
    return carry, None

jax.lax.scan(body, jnp.float32(0), None, length=3)

# %% clean: values are returned, and names hold arrays
import jax
import jax.numpy as jnp

history = []

@jax.jit
def step(x):
    local = [jnp.sin(x)]
    return x * 2, local[0]

x, kept = step(jnp.ones(3))
history.append(kept)
value, aux = jax.value_and_grad(lambda x: (x * 2, x), has_aux=True)(1.0)
history.append(aux)

# %% clean: an error that was caught
import jax
import jax.numpy as jnp

@jax.jit
def step(x):
    return x + 1 if x > 0 else x

try:
    step(1.0)
except jax.errors.TracerBoolConversionError as error:
    failed = error

# %% fires: one that is used later [raises: UnexpectedTracerError]
import jax
import jax.numpy as jnp

kept = []

@jax.jit
def step(x):
    kept.append(x * 2)
    return x

step(1.0)
total = kept[0] + 1  #! kept[0] + 1
