# %% fires: a buffer filled anew in a loop [option: buffers]
import jax
import numpy as np

@jax.jit
def step(total, batch):
    return total + batch.sum()

batch, total = np.zeros(1000, np.float32), np.float32(0)
for k in range(3):
    batch[:] = k
    total = step(total, batch)  #! `batch`

# %% fires: in a class, in place [option: buffers]
import jax
import numpy as np

class Feeder:
    def __init__(self):
        self.buffer = np.ones((4, 4), np.float32)
        self.run = jax.jit(lambda x: x * 2)

    def feed(self):
        y = self.run(self.buffer)  #! float32[4,4]
        self.buffer += 1
        return y

Feeder().feed()

# %% clean: a new array for each call, and a copy [option: buffers]
import jax
import numpy as np

step = jax.jit(lambda x: x * 3)
for k in range(3):
    step(np.full(10, k, np.float32))
buffer = np.ones(4, np.float32)
step(buffer.copy())
buffer[0] = 2
