"""memory_of, on what XLA reports and on figures made up."""

from types import SimpleNamespace

import jax
import jax.numpy as jnp

from jaxlab.analyses.memory import Memory, memory_of

SQUARE = jax.ShapeDtypeStruct((1000, 1000), jnp.float32)


def compiled(function, *args, **options):
    return jax.jit(function, **options).lower(*args).compile()


def test_the_parts_of_a_compiled_program():
    memory = memory_of(compiled(lambda x, y: (x @ y, y.sum()), SQUARE, SQUARE).memory_analysis())
    assert memory.arguments == 8_000_000
    assert 4_000_004 <= memory.outputs < 4_001_000  # and a table of the tuple's pointers
    assert memory.aliased == 0
    assert memory.host is None
    assert memory.total == memory.arguments + memory.outputs + memory.temporaries


def test_temporaries_are_what_is_held_between():
    def two_sorts(x, y):
        return jnp.sort(jnp.sort(x @ y, axis=0) @ y)

    memory = memory_of(compiled(two_sorts, SQUARE, SQUARE).memory_analysis())
    assert memory.temporaries >= 4_000_000
    assert memory.total >= 16_000_000


def test_donated_arguments_are_aliased_and_count_once():
    memory = memory_of(compiled(lambda x: x + 1, SQUARE, donate_argnums=0).memory_analysis())
    assert (memory.arguments, memory.outputs, memory.aliased) == (4_000_000, 4_000_000, 4_000_000)
    assert memory.total == 4_000_000 + memory.temporaries


def test_an_executable_gives_the_same_parts():
    program = compiled(lambda x: x + 1, SQUARE)
    of_executable = memory_of(program.runtime_executable().get_compiled_memory_stats())
    of_program = memory_of(program.memory_analysis())
    assert of_executable.rows()[:6] == of_program.rows()[:6]


def figures(**given):
    names = ("argument", "output", "temp", "alias", "generated_code")
    zeros = {f"{name}_size_in_bytes": 0 for name in names}
    return SimpleNamespace(**zeros | given)


def test_the_reported_peak_is_kept_but_not_shown():
    memory = memory_of(figures(temp_size_in_bytes=134_000_000, peak_memory_in_bytes=25_000_000))
    assert memory.reported_peak == 25_000_000
    assert "25" not in str(memory)
    assert dict(memory.rows())["total"] == 134_000_000


def test_what_the_back_end_does_not_say_is_none():
    assert memory_of(None) == Memory()
    assert memory_of(None).total is None
    partly = memory_of(SimpleNamespace(argument_size_in_bytes=8, output_size_in_bytes=-1))
    assert (partly.arguments, partly.outputs, partly.total) == (8, None, None)
    assert str(partly).splitlines()[:2] == [
        "arguments          8 B",
        "outputs            not known",
    ]


def test_memory_on_the_host_has_rows_of_its_own():
    memory = memory_of(figures(host_argument_size_in_bytes=2_000_000))
    assert memory.host is not None
    assert memory.host.arguments == 2_000_000
    assert ("host: arguments", 2_000_000) in memory.rows()


def test_the_text():
    assert str(Memory(8_000_000, 4_000, 1_234_567, 0, 0, 9_000_000)) == (
        "arguments          8 MB\n"
        "outputs            4 kB\n"
        "aliased (in both)  0 B\n"
        "temporaries        1.23 MB\n"
        "generated code     0 B\n"
        "total              9.24 MB"
    )
