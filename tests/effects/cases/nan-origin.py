# %% fires: a log of zero in a helper [option: nan]
import jax
import jax.numpy as jnp

def entropy(p):
    return -(p * jnp.log(p)).sum()  #! `log`

@jax.jit
def loss(x):
    return entropy(x / x.sum())

loss(jnp.array([0.0, 1.0, 2.0]))

# %% fires: the gradient of a masked value [option: nan]
import jax
import jax.numpy as jnp

@jax.jit
def norm(x):
    return jnp.where(x > 0, jnp.sqrt(x), 0.0).sum()  #! gradient

jax.jit(jax.grad(norm))(jnp.array([0.0, 4.0]))

# %% fires: in the third step of a scan, in a method, with a print in it [option: nan]
import jax
import jax.numpy as jnp

class Decay:
    def step(self, c, x):
        jax.debug.print("{}", c)
        return 1 / c - x, c  #! step 2 of 5

decay = Decay()
jax.jit(lambda x: jax.lax.scan(decay.step, x, jnp.array([0.0, 1.0, 0.0, 0.0, 0.0])))(1.0)

# %% fires: in a while loop inside a cond, under vmap [option: nan]
import jax
import jax.numpy as jnp

def grow(x):
    return jax.lax.while_loop(lambda c: c < 1e30, lambda c: jnp.exp(c), x)  #! `exp`

@jax.jit
def run(x):
    return jax.lax.cond(x.sum() > 0, jax.vmap(grow), lambda x: x, x)

run(jnp.array([1.0, 2.0]))

# %% fires: an operation outside of jit, in a custom rule [option: nan]
import jax
import jax.numpy as jnp

@jax.custom_jvp
def safe(x):
    return jnp.log(x)  #! `log`

safe.defjvp(lambda primals, tangents: (safe(primals[0]), tangents[0]))
y = safe(jnp.float32(-1.0))

# %% fires: a donated argument [option: nan]
import functools
import jax
import jax.numpy as jnp

@functools.partial(jax.jit, donate_argnums=0)
def step(state):
    return state / (state - state[0])  #! `div`

step(jnp.array([1.0, 2.0]))

# %% clean: infinities that are meant, and a masked log [option: nan]
import jax
import jax.numpy as jnp

@jax.jit
def attention(x):
    masked = jnp.where(jnp.tri(3, dtype=bool), x, -jnp.inf)
    return jax.nn.softmax(masked, axis=-1)

attention(jnp.ones((3, 3)))
jax.jit(lambda x: jnp.where(x > 0, jnp.log(x), 0.0))(jnp.array([0.0, 1.0]))

# %% clean: NaN that came in [option: nan]
import jax
import jax.numpy as jnp

jax.jit(lambda x: jnp.log(x))(jnp.array([0.0, jnp.nan]))
