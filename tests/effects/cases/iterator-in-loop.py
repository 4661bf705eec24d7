# %% fires: next in fori_loop
import jax

numbers = iter([1.0, 2.0, 3.0])

def add(i, total):
    return total + next(numbers)  #! numbers

jax.lax.fori_loop(0, 3, add, 0.0)

# %% fires: a generator of a class, in a jitted method
import jax
import jax.numpy as jnp

def count():
    n = 0
    while True:
        n += 1
        yield n

class Data:
    def __init__(self):
        self.batches = count()

    @jax.jit
    def step(x, batch=None):
        return x

    def run(self, x):
        return x + next(self.batches)  #! self.batches

data = Data()
jax.jit(data.run)(jnp.ones(2))

# %% fires: a for loop over an iterator of an outer function, in scan
import jax
import jax.numpy as jnp

def fit(xs):
    rates = map(float, [0.1, 0.2])

    def step(carry, x):
        for rate in rates:  #! rates
            carry = carry + rate * x
        return carry, None

    return jax.lax.scan(step, 0.0, xs)

fit(jnp.ones(4))

# %% clean: the iterator is made in the trace
import jax
import jax.numpy as jnp

@jax.jit
def f(tree):
    first = next(iter(jax.tree.leaves(tree)))
    pairs = zip(jax.tree.leaves(tree), [1.0, 2.0])
    return first + sum(a * b for a, b in pairs)

f([jnp.ones(2), jnp.ones(2)])

# %% clean: batches are taken outside
import jax
import jax.numpy as jnp

batches = iter([jnp.ones(2)] * 3)

@jax.jit
def step(x, batch):
    return x + batch

x = jnp.zeros(2)
for _ in range(3):
    x = step(x, next(batches))
