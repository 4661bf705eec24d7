"""Program: every stage from one call, the raw objects, and what is said about it."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import jaxlab
from jaxlab.errors import InputError, JaxLabError, StageError
from jaxlab.graph import check


def mlp(params, x):
    with jax.named_scope("hidden"):
        hidden = jnp.tanh(x @ params["w"])
    return (hidden @ params["v"]).sum()


SHAPES = (
    {
        "w": jax.ShapeDtypeStruct((8, 16), "float32"),
        "v": jax.ShapeDtypeStruct((16, 2), "float32"),
    },
    jax.ShapeDtypeStruct((4, 8), "float32"),
)


@pytest.fixture(scope="module")
def program():
    return jaxlab.trace(jax.grad(mlp), *SHAPES)


def test_stages_are_graphs_and_valid(program):
    assert [program.stage(s).stage for s in ("jaxpr", "stablehlo", "hlo")] == [
        "jaxpr",
        "stablehlo",
        "hlo",
    ]
    for stage in ("jaxpr", "stablehlo", "hlo"):
        assert check(program.stage(stage)) == ()
    assert program.jaxpr.count("dot_general", scope="hidden") == 2
    assert program.stablehlo.count("dot_general") == 4  # the loss itself is dead in its gradient
    assert program.jaxpr.count("dot_general") == 5


def test_an_unknown_stage_is_one_line(program):
    with pytest.raises(StageError, match=r"no stage 'mlir'.*jaxpr, stablehlo, hlo"):
        program.stage("mlir")


def test_nothing_needs_to_be_allocated(program):
    assert program.name == "mlp(dict, f32[4,8])"
    flops, moved = program.cost()
    assert flops.total(node.id for node in program.jaxpr.main.nodes) > 2 * 4 * 8 * 16
    assert moved.unit == "B"
    assert program.memory().arguments == 4 * (8 * 16 + 16 * 2 + 4 * 8)


def test_lineage_links_lines_to_instructions(program):
    lineage = program.lineage("jaxpr", "hlo")
    (dot, *_) = program.jaxpr.find("dot_general", scope="hidden")
    assert lineage.forward(dot.id)
    assert program.lineage("stablehlo", "hlo").before.stage == "stablehlo"


def test_raw_objects_are_jaxs_own(program):
    assert isinstance(program.traced, jax.stages.Traced)
    assert isinstance(program.lowered, jax.stages.Lowered)
    params = {name: np.ones(s.shape, "float32") for name, s in SHAPES[0].items()}
    grads = program.compiled(params, np.ones((4, 8), "float32"))
    assert grads["w"].shape == (8, 16)
    assert "jx~" not in program.compiled.as_text()


def test_the_tagged_program_gives_the_same_results(program):
    rng = np.random.default_rng(0)
    params = {name: rng.normal(size=s.shape).astype("f") for name, s in SHAPES[0].items()}
    x = rng.normal(size=(4, 8)).astype("f")
    for a, b in zip(
        jax.tree.leaves(program.compiled(params, x)),
        jax.tree.leaves(program.tagged(params, x)),
        strict=True,
    ):
        np.testing.assert_array_equal(a, b)


def test_source_lines(program):
    (source,) = program.source
    assert source.file == __file__
    (dot, *_) = program.jaxpr.find("dot_general", scope="hidden")
    assert "jnp.tanh(x @ params" in source.line(dot.origin.frames[0].line)


def test_reports_say_what_is_shown(program):
    report = program.report("hlo")
    assert "instructions" in report.headline
    assert "compile" in report.headline
    text = program.show("hlo").text()
    assert text.splitlines()[0] == program.name


@pytest.mark.parametrize("suffix", [".txt", ".dot", ".json"])
def test_save(program, tmp_path, suffix):
    path = program.save(tmp_path / f"mlp{suffix}", stage="jaxpr")
    assert path.stat().st_size > 100


def test_save_refuses_an_unknown_suffix(program, tmp_path):
    with pytest.raises(InputError, match=r"\.txt, \.svg, \.png, \.dot"):
        program.save(tmp_path / "mlp.pdf")


def test_static_and_fixed_arguments():
    def power(x, n, how):
        return how(x) ** n

    x = jax.ShapeDtypeStruct((3,), "float32")
    traced = jaxlab.trace(power, x, 3, jnp.sin, static=("n", "how"))
    assert traced.jaxpr.count("integer_pow") == 1
    held = jaxlab.trace(power, x, 3.0, jnp.sin)  # a function can't be traced: it is held fixed
    assert held.jaxpr.count("sin") == 1
    assert len(held.jaxpr.main.inputs) == 2
    with pytest.raises(InputError, match="no argument 'm'"):
        jaxlab.trace(power, x, 3, jnp.sin, static=("m",))


def test_jitted_functions_keep_their_donation_and_names():
    update = jax.jit(lambda state, grad: state - grad, donate_argnames="state")
    program = jaxlab.trace(update, *([jax.ShapeDtypeStruct((8,), "float32")] * 2))
    assert program.hlo.facts["input_output_alias"]
    assert [value.name for value in program.jaxpr.main.inputs] == ["state", "grad"]


class Held:
    """What a JAX user already holds, by name."""

    def __init__(self):
        self.x = jnp.ones((4, 8))
        self.params = {n: jnp.ones(s.shape) for n, s in SHAPES[0].items()}
        self.jitted = jax.jit(mlp)
        self.lowered = self.jitted.lower(self.params, self.x)
        self.compiled = self.lowered.compile()


@pytest.fixture(scope="module")
def held():
    return Held()


def test_read_traced_lowered_compiled(held):
    assert jaxlab.read(held.jitted.trace(held.params, held.x)).first_stage == "jaxpr"
    lowered = jaxlab.read(held.lowered)
    assert (lowered.first_stage, lowered.name) == ("stablehlo", "jit_mlp")
    assert lowered.hlo.stage == "hlo"
    compiled = jaxlab.read(held.compiled)
    assert compiled.first_stage == "hlo"
    with pytest.raises(StageError, match=r"no `Traced`.*given as hlo"):
        _ = compiled.jaxpr
    with pytest.raises(StageError):
        compiled.lineage()


def test_read_texts_protos_and_modules(held, tmp_path):
    module = held.compiled.runtime_executable().hlo_modules()[0]
    proto = module.as_serialized_hlo_module_proto()
    counts = {
        len(jaxlab.read(held_hlo).hlo)
        for held_hlo in (held.compiled, proto, module, held.compiled.as_text())
    }
    assert len(counts) == 1
    stable = {
        len(jaxlab.read(each).stablehlo)
        for each in (held.lowered, held.lowered.as_text(), held.lowered.compiler_ir())
    }
    assert len(stable) == 1
    (tmp_path / "a.pb").write_bytes(proto)
    assert len(jaxlab.read(tmp_path / "a.pb").hlo) in counts
    exported = jax.export.export(held.jitted)(held.params, held.x)
    assert jaxlab.read(exported).stablehlo.count("dot_general") == 2
    assert jaxlab.read(jax.make_jaxpr(mlp)(held.params, held.x)).jaxpr.count("tanh") == 1


def test_read_the_folder_of_a_dump(held, tmp_path):
    options = {"xla_dump_to": str(tmp_path), "xla_dump_hlo_as_proto": True}
    jax.jit(lambda x: jnp.sin(x) @ x.T).lower(held.x).compile(compiler_options=options)
    assert jaxlab.read(tmp_path).hlo.count("dot") >= 1
    assert jaxlab.read(str(tmp_path)).first_stage == "hlo"


@pytest.mark.parametrize("bad", [3, None, "nonsense", b"nonsense", "HloModule nonsense", object()])
def test_what_cannot_be_read_is_one_line(bad):
    with pytest.raises(JaxLabError) as caught:
        jaxlab.read(bad)
    assert len(str(caught.value)) < 400
