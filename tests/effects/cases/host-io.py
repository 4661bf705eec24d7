# %% fires: open and read
import os
import jax

@jax.jit
def scaled(x):
    with open(os.devnull) as file:  #! open
        return x * len(file.read())

scaled(1.0)

# %% fires: pathlib and NumPy, in a helper of another cell
import pathlib
import tempfile
import numpy as np

folder = pathlib.Path(tempfile.mkdtemp())
np.save(folder / "w.npy", np.ones(3))
(folder / "note").write_text("2")

def load(name):
    return np.load(folder / name)  #! numpy.load

def factor():
    return float((folder / "note").read_text())  #! read_text

# %% then
import jax

@jax.jit
def product(x):
    return x * load("w.npy") * factor()

product(2.0)

# %% clean: read before, handed over
import os
import jax

with open(os.devnull) as file:
    size = float(len(file.read()))

@jax.jit
def scaled(x, size):
    return x * size

scaled(1.0, size)
with open(os.devnull, "w") as file:
    file.write(str(scaled(2.0, size)))
