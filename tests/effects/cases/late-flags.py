# %% fires: a variable of XLA's
import jax
import os

jax.devices()
before = os.environ.setdefault("XLA_FLAGS", "")
# %% then
os.environ["XLA_FLAGS"] = before + " --xla_dump_to=/tmp/nowhere"  #! XLA_FLAGS
# %% then
os.environ["XLA_FLAGS"] = before

# %% fires: a variable of JAX's, in a helper
import os
import jax

def setup(**flags):
    os.environ.update(flags)

setup(JAX_DEBUG_KEY_REUSE="1")  #! JAX_DEBUG_KEY_REUSE
# %% then
del os.environ["JAX_DEBUG_KEY_REUSE"]

# %% clean: by the config
import jax

before = jax.config.jax_default_matmul_precision
jax.config.update("jax_default_matmul_precision", "float32")
jax.config.update("jax_default_matmul_precision", before)

# %% clean: a variable of someone else's
import os
import jax

os.environ["MY_RUN"] = "7"
del os.environ["MY_RUN"]
