# %% fires: static self, changed between calls [python: 3.12]
from functools import partial
import jax

class Model:
    def __init__(self):
        self.scale = 2.0

    @partial(jax.jit, static_argnums=0)
    def apply(self, x):
        return x * self.scale  #! self.scale

model = Model()
model.apply(1.0)
model.scale = 3.0
model.apply(1.0)

# %% fires: a bound method that was jitted, and a helper's attribute, in another cell [python: 3.12]
import jax

class Trainer:
    def __init__(self):
        self.rates = {"fast": 0.1}
        self.step = jax.jit(self._step)

    def _rate(self):
        return self.rates["fast"]  #! self.rates['fast']

    def _step(self, x):
        return x * self._rate()

trainer = Trainer()
trainer.step(1.0)
# %% then
trainer.rates["fast"] = 0.2
trainer.step(1.0)

# %% clean: two objects, each with its own program [allows: recompile-argument]
from functools import partial
import jax

class Model:
    def __init__(self, scale):
        self.scale = scale

    @partial(jax.jit, static_argnums=0)
    def apply(self, x):
        return x * self.scale

one, two = Model(1.0), Model(2.0)
one.apply(1.0)
two.apply(1.0)
one.apply(1.0)
two.apply(1.0)

# %% clean: a pytree is given anew at each call
import dataclasses
import jax

@jax.tree_util.register_dataclass
@dataclasses.dataclass
class Model:
    scale: float

    @jax.jit
    def apply(self, x):
        return x * self.scale

model = Model(1.0)
model.apply(1.0)
model.scale = 2.0
model.apply(1.0)
