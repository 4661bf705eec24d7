# %% fires: a value that a cell displayed
import jax.numpy as jnp
Out = {1: jnp.zeros((3000, 3000)), 4: 1.0}  #! Out[1]

# %% fires: in a tuple, beside one that has a name
import jax.numpy as jnp
kept = jnp.ones((3000, 3000))
Out = {1: (kept, jnp.zeros((4000, 3000)))}  #! 48 MB

# %% clean: small ones, named ones, and none
import jax.numpy as jnp
model = {"layers": [jnp.ones((3000, 3000))]}
Out = {1: model["layers"][0], 2: jnp.zeros(10)}
