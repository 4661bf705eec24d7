# %% fires: bound by name before the trace
import jax
from time import time

@jax.jit
def stamp(x):
    return x + time()  #! time.time

stamp(1.0)

# %% fires: datetime and uuid, in a method inside scan
import datetime
import uuid
import jax
import jax.numpy as jnp

class Log:
    def note(self, x):
        now = datetime.datetime.now().second  #! datetime.now
        name = uuid.uuid4()  #! uuid4
        return x + now + len(str(name))

log = Log()
jax.lax.scan(lambda c, _: (log.note(c), None), jnp.float32(0), None, length=3)

# %% clean: a clock round the call, and one in a callback [allows: compile-in-timing]
import time
import jax

@jax.jit
def step(x):
    jax.debug.callback(lambda x: time.time(), x)
    return x * 2

began = time.perf_counter()
jax.block_until_ready(step(1.0))
jax.block_until_ready(step(1.0))
took = time.perf_counter() - began
