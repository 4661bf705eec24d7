# %% fires: a global counter and a list, in a helper
import jax

count = 0
shapes = []

def note(x):
    shapes.append(x.shape)  #! shapes
    return x

@jax.jit
def step(x):
    global count
    count += 1  #! count
    return note(x) * 2

step(1.0)
step(2.0)

# %% fires: an attribute, in a method inside scan
import jax
import jax.numpy as jnp

class Model:
    def __init__(self):
        self.steps = 0
        self.seen = {"n": 0}

    def body(self, carry, _):
        self.steps += 1  #! self.steps
        self.seen["n"] += 1  #! self.seen
        return carry * 2, None

    def run(self, x):
        return jax.lax.scan(self.body, x, None, length=3)

model = Model()
model.run(jnp.float32(1))

# %% fires: a closure cell and a NumPy buffer, under grad of jit
import jax
import numpy as np

def make():
    calls = 0
    buffer = np.zeros(3)

    @jax.jit
    def loss(x):
        nonlocal calls
        calls += 1  #! calls
        buffer[0] = 7.0  #! buffer
        return x**2

    return loss

jax.grad(make())(1.0)

# %% clean: what the trace makes itself, caches, and what is set up when first needed
import jax
import jax.numpy as jnp

masks = {}

class Layer:
    def __init__(self, size):
        self.size = size
        self.table = None
        self.uses = 0

    def __call__(self, x):
        if self.table is None:
            self.table = tuple(range(self.size))
        return x * len(self.table)

    def used(self):
        self.uses += 1

def mask(n):
    if n not in masks:
        masks[n] = tuple(range(n))
    return len(masks[n])

layer = Layer(3)

@jax.jit
def step(x):
    parts = []
    total = 0

    def add(y):
        nonlocal total
        parts.append(y)
        total += 1

    for size in range(3):
        add(x * mask(size))
        fresh = Layer(size)
        fresh.used()
    squares = [count * 2 for count in range(3)]
    return sum(parts) + layer(x) + total + sum(squares)

count = 5
step(1.0)

# %% clean: counted outside, and in a callback
import jax

calls = 0

def tell(x):
    global calls
    calls += 1

@jax.jit
def step(x):
    jax.debug.callback(tell, x)
    return x * 2

for _ in range(3):
    step(1.0)
    calls += 1
jax.effects_barrier()
