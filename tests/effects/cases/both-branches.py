# %% fires: a cond with a matmul
import jax
import jax.numpy as jnp

def f(x):
    return jax.lax.cond(x.sum() > 0, lambda x: x @ jnp.ones((4, 4)), lambda x: x, x)  #! lax.cond

jax.jit(jax.vmap(f))(jnp.ones((3, 4)))

# %% fires: a switch in a helper, inside a scan
import jax
import jax.numpy as jnp

def slow(x):
    return jax.lax.fori_loop(0, 5, lambda _, x: jnp.sin(x), x)

def choose(i, x):
    return jax.lax.switch(i, [slow, jnp.cos, jnp.tanh], x)  #! lax.switch

@jax.jit
def run(lanes, xs):
    def step(carry, i):
        return jax.vmap(choose)(i, carry), None
    return jax.lax.scan(step, xs, lanes)

run(jnp.arange(6).reshape(2, 3), jnp.ones((3, 2)))

# %% fires: a loop that ends lane by lane
import jax
import jax.numpy as jnp

class Newton:
    def solve(self, a):
        def unfinished(x):
            return jnp.abs(x * x - a) > 1e-3
        return jax.lax.while_loop(unfinished, lambda x: 0.5 * (x + a / x), a)  #! while_loop

jax.jit(jax.vmap(Newton().solve))(jnp.arange(1.0, 5.0))

# %% clean: one condition for all lanes
import jax
import jax.numpy as jnp

def f(flag, x):
    return jax.lax.cond(flag, lambda x: x @ jnp.ones((4, 4)), lambda x: x, x)

jax.jit(jax.vmap(f, in_axes=(None, 0)))(True, jnp.ones((3, 4)))

# %% clean: cheap branches, and no vmap
import jax
import jax.numpy as jnp

def f(x):
    return jax.lax.cond(x > 0, jnp.sin, jnp.cos, x)

jax.jit(jax.vmap(f))(jnp.arange(3.0))
jax.jit(lambda xs: jax.lax.map(lambda x: jax.lax.cond(x.sum() > 0, lambda x: x @ x, jnp.sum, x), xs))(
    jnp.ones((3, 4))
)

# %% clean: a loop of as many rounds for each lane
import jax
import jax.numpy as jnp

jax.jit(jax.vmap(lambda x: jax.lax.fori_loop(0, 4, lambda _, x: x * 2, x)))(jnp.arange(3.0))
