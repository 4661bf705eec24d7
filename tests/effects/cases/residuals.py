# %% fires: a scan over layers
import jax
import jax.numpy as jnp

def loss(w, x):
    def layer(x, _):
        return jnp.tanh(x @ w), None  #! keeps
    return jax.lax.scan(layer, x, None, length=300)[0].sum()

w, x = jax.ShapeDtypeStruct((1024, 1024), jnp.float32), jax.ShapeDtypeStruct((2048, 1024), jnp.float32)
jax.jit(jax.grad(loss)).trace(w, x)

# %% fires: attention, in a class
import jax
import jax.numpy as jnp

class Attention:
    def __call__(self, q, k):
        scores = q @ k.T
        return jax.nn.softmax(scores)  #! from one line

    def loss(self, q, k):
        return jnp.sum(self(q, k) @ k)

shape = jax.ShapeDtypeStruct((32768, 8), jnp.float32)
jax.jit(jax.value_and_grad(Attention().loss)).trace(shape, shape)

# %% clean: the layers are computed again
import jax
import jax.numpy as jnp

def loss(w, x):
    @jax.checkpoint
    def layers(x, _):
        for _ in range(8):
            x = jnp.tanh(x @ w)
        return x, None
    return jax.lax.scan(layers, x, None, length=40)[0].sum()

w, x = jax.ShapeDtypeStruct((1024, 1024), jnp.float32), jax.ShapeDtypeStruct((2048, 1024), jnp.float32)
jax.jit(jax.grad(loss)).trace(w, x)

# %% clean: a small model
import jax
import jax.numpy as jnp

jax.jit(jax.grad(lambda w: jnp.tanh(w @ w).sum()))(jnp.ones((50, 50)))
