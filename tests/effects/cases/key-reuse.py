# %% fires: a raw key, twice in a jitted function
import jax
import jax.numpy as jnp

@jax.jit
def noise(key, x):
    a = jax.random.normal(key, x.shape)  #! `key`
    b = jax.random.normal(key, x.shape)  #! 2 times
    return a, b

noise(jax.random.PRNGKey(0), jnp.ones(3))

# %% fires: a typed key that was split, in a helper
import jax
import jax.numpy as jnp

def dropout(key, x):
    return x * jax.random.bernoulli(key, 0.5, x.shape)  #! 2 times

class Layer:
    def __call__(self, key, x):
        left, right = jax.random.split(key)  #! `key`
        return dropout(key, x) + jax.random.normal(left, x.shape)

jax.jit(Layer().__call__)(jax.random.key(0), jnp.ones(3))

# %% fires: each round of a scan
import jax
import jax.numpy as jnp

@jax.jit
def walk(key, x):
    def step(x, _):
        return x + jax.random.normal(key), x  #! each round
    return jax.lax.scan(step, x, None, length=5)

walk(jax.random.key(0), 0.0)

# %% fires: folded with the same number
import jax

@jax.jit
def pair(key):
    a = jax.random.uniform(jax.random.fold_in(key, 1))
    b = jax.random.uniform(jax.random.fold_in(key, 1))  #! 2 times
    return a + b

pair(jax.random.key(0))

# %% fires: outside of jit, in a loop [python: 3.12]
import jax

key = jax.random.key(0)
samples = []
for _ in range(3):
    samples.append(jax.random.normal(key, (2,)))  #! `key` is used 3 times

# %% fires: outside of jit, in a later cell [python: 3.12]
import jax
key = jax.random.PRNGKey(0)
weights = jax.random.normal(key, (4, 4))
# %% then
data = jax.random.uniform(key, (4,))  #! `key` is used 2 times

# %% clean: split, folded, in branches and computed again
import jax
import jax.numpy as jnp

@jax.jit
def train(key, x):
    key, first, second = jax.random.split(key, 3)

    @jax.checkpoint
    def dropped(x):
        return jnp.sum(jnp.sin(x) * jax.random.bernoulli(first, 0.5, x.shape))

    def step(x, i):
        return x + jax.random.normal(jax.random.fold_in(second, i)), None

    x, _ = jax.lax.scan(step, x, jnp.arange(4))
    noise = jax.lax.cond(
        x.sum() > 0,
        lambda key: jax.random.normal(key),
        lambda key: jax.random.uniform(key),
        key,
    )
    return jax.grad(dropped)(x) + noise

train(jax.random.key(0), jnp.ones(3))
key = jax.random.key(1)
for _ in range(3):
    key, sub = jax.random.split(key)
    jax.random.permutation(sub, 5)

# %% clean: keys of a scan, carried and given
import jax
import jax.numpy as jnp

@jax.jit
def sample(key):
    def carried(key, _):
        key, sub = jax.random.split(key)
        return key, jax.random.normal(sub)
    def given(x, key):
        return x + jax.random.normal(key), None
    key, draws = jax.lax.scan(carried, key, None, length=3)
    total, _ = jax.lax.scan(given, 0.0, jax.random.split(key, 3))
    return draws, total, jax.vmap(jax.random.normal)(jax.random.split(jax.random.fold_in(key, 7)))

sample(jax.random.PRNGKey(0))
sample(jax.random.key(0))
