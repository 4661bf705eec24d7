"""Floating-point operations of each op, from shapes and params: the tables and rules.

An operation on one element counts as one, whatever it is: an addition, a comparison, an
exponential (XLA counts the latter apart, as transcendentals), on reals or complex numbers. A
multiply-add counts as two. What moves, converts or shapes data counts as none. What depends on
the data, runs elsewhere or is not known has no rule: it gets no value.

jaxpr, StableHLO and HLO names stand side by side; `-` is `_`, and `chlo.` is dropped.
"""

# Params are whatever a program has: each rule looks for what it knows.
# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false
# pyright: reportUnknownArgumentType=false

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import lru_cache
from math import ceil, log2, prod

from jaxlab.analyses.contractions import convolution_flops, dot_flops, gemm_flops, sizes_of
from jaxlab.graph import Node, Value

Rule = Callable[[Node], "float | None"]

_ELEMENTWISE = """
    abs acos acosh add add_any and asin asinh atan atan2 atanh bessel_i0e bessel_i1e cbrt ceil
    clamp clz compare complex conj constant_like_add cos cosh cosine count_leading_zeros digamma
    div divide eq eq_to erf erf_inv erfc exp exp2 expm1 exponential exponential_minus_one floor
    ge gt imag is_finite is_inf is_neg_inf is_pos_inf le le_to lgamma log log1p log2
    log_plus_one logistic lt lt_to max maximum min minimum mul mulhi multiply ne neg negate
    next_after nextafter not one_minus_square or popcnt population_count pow power real
    reduce_precision rem remainder round round_nearest_afz round_nearest_even rsqrt select
    select_n shift_left shift_right_arithmetic shift_right_logical sign sin sine sinh sqrt
    square stochastic_convert sub subtract symmetric_product tan tanh xor
"""
ELEMENTWISE = frozenset(_ELEMENTWISE.split())
"""One operation per element of the result."""

_FREE = """
    add_dependency after_all all_gather all_gather_done all_gather_invariant all_gather_reduced
    all_gather_start all_reduce_done all_to_all async_done async_update axis_index bitcast
    bitcast_convert bitcast_convert_type broadcast broadcast_in_dim broadcast_to
    collective_broadcast collective_permute collective_permute_done collective_permute_start
    concatenate constant constant_like convert convert_element_type copy copy_done copy_start
    create_linear create_token device_put domain dynamic_broadcast_in_dim dynamic_iota
    dynamic_pad dynamic_reshape dynamic_slice dynamic_update_slice empty empty2 expand_dims
    from_edtype gather get get_dimension_size get_tuple_element iota iota_2x32_shape
    layout_constraint mesh_cast name opt_barrier optimization_barrier pad parameter partition_id
    pcast pin platform_index ppermute pvary random_clone random_seed random_unwrap random_wrap
    reduced_vary_cast relayout replica_id reshape reshard return rev reverse set_dimension_size
    sharding_constraint slice split squeeze stack stop_gradient swap tie tile to_edtype
    transpose tuple uniform_quantize unpin unstack vary_unreduced_cast
    with_memory_space_constraint func.return sdy.return sdy.reshard sdy.sharding_constraint
"""
FREE = frozenset(_FREE.split())
"""What only moves, converts or names data."""

_THREEFRY = 117.0
"""Integer operations of one threefry2x32 hash, which gives two words: 20 rounds of five (an
addition, a rotation of three, an exclusive or), five key injections of three, and one of two."""


def elements(value: Value) -> int | None:
    """How many elements a value has, of a tuple the first; None if a size is not known."""
    type_ = value.type
    if type_.kind == "tuple" and type_.elements:
        type_ = type_.elements[0]
    return type_.size


def _per_result(node: Node) -> float | None:
    return elements(node.outputs[0]) if node.outputs else None


def _per_input(node: Node) -> float | None:
    return elements(node.inputs[0]) if node.inputs else None


def integers(value: object) -> tuple[int, ...]:
    """A param that is a number, or numbers, as a tuple."""
    if isinstance(value, int):
        return (value,)
    parts: Sequence[object] = value if isinstance(value, tuple | list) else ()
    return tuple(part for part in parts if isinstance(part, int))


def _sorting_steps(node: Node) -> float | None:
    """n log2 n comparisons along the sorted dimension."""
    count = elements(node.inputs[0]) if node.inputs else None
    sizes = sizes_of(node.inputs[0].type) if node.inputs else None
    if count is None or not sizes:
        return count
    dimension = integers(node.params.get("dimension", node.params.get("dimensions", -1)))
    size = sizes[dimension[0]] if dimension and dimension[0] < len(sizes) else sizes[-1]
    return count * ceil(log2(max(size, 2)))


def _reduced(node: Node) -> float | None:
    """One application for each element that goes: the input's less the result's."""
    given, left = _per_input(node), _per_result(node)
    return None if given is None or left is None else max(given - left, 0)


def _window_size(node: Node) -> int | None:
    window = node.params.get("window")
    sizes = window.get("size") if isinstance(window, dict) else None
    found = sizes if sizes is not None else node.params.get("window_dimensions")
    return prod(integers(found)) if found is not None else None


def _windowed(node: Node) -> float | None:
    size, results = _window_size(node), _per_result(node)
    return None if size is None or results is None else results * max(size - 1, 0)


def _selected(node: Node) -> float | None:
    """A window for each element of the source, the second operand: its selection."""
    size = _window_size(node)
    source = elements(node.inputs[1]) if len(node.inputs) > 1 else None
    return None if size is None or source is None else source * max(size - 1, 0)


def _select_and_add(node: Node) -> float | None:
    """JAX's own `select_and_scatter_add(source, operand)`: selections and additions."""
    size, source = _window_size(node), _per_input(node)
    return None if size is None or source is None else source * size


def _updates(node: Node) -> float | None:
    """One application for each element of the updates, the first after the indices."""
    place = (len(node.inputs) - 1) // 2 + 1
    return elements(node.inputs[place]) if len(node.inputs) > 2 else None


def _added_update(node: Node) -> float | None:
    return elements(node.inputs[1]) if len(node.inputs) > 1 else None


def _integer_power(node: Node) -> float | None:
    """Square and multiply, as XLA expands it; a division if the exponent is negative."""
    results, exponent = _per_result(node), node.params.get("y")
    if results is None or not isinstance(exponent, int):
        return None
    steps = max(abs(exponent).bit_length() - 1, 0) + max(abs(exponent).bit_count() - 1, 0)
    return float(results * (steps + (exponent < 0)))


def _fft(node: Node) -> float | None:
    """5 n log2 n, as FFTW's authors count a complex transform; half of it for a real one."""
    lengths = integers(node.params.get("fft_lengths", node.params.get("fft_length")))
    given, made = _per_input(node), _per_result(node)
    if not lengths or given is None or made is None:
        return None
    fft_type = node.params.get("fft_type", "FFT")
    kind = str(getattr(fft_type, "name", fft_type))
    share = 0.5 if "RFFT" in kind else 1.0
    return 5.0 * share * max(given, made) * log2(max(prod(lengths), 1))


def _square_matrix(node: Node, factor: float) -> float | None:
    sizes = sizes_of(node.inputs[0].type) if node.inputs else None
    if sizes is None or len(sizes) < 2:
        return None
    rows, columns = max(sizes[-2:]), min(sizes[-2:])
    return factor * prod(sizes[:-2]) * (rows * columns**2 - columns**3 / 3)


def _cholesky(node: Node) -> float | None:
    """n^3 / 3 (LAPACK working note 41)."""
    return _square_matrix(node, 0.5)


def _factorization(node: Node) -> float | None:
    """m n^2 - n^3 / 3 for LU (LAPACK working note 41)."""
    return _square_matrix(node, 1.0)


def _orthogonal_factorization(node: Node) -> float | None:
    """2 (m n^2 - n^3 / 3): QR by Householder reflections (LAPACK working note 41)."""
    return _square_matrix(node, 2.0)


def _triangular_solve(node: Node) -> float | None:
    """n^2 for each right-hand side: half of the matrix, a multiply-add for each element."""
    sizes = sizes_of(node.inputs[0].type) if len(node.inputs) > 1 else None
    right = elements(node.inputs[1]) if len(node.inputs) > 1 else None
    return None if not sizes or right is None else float(right * sizes[-1])


def _random(node: Node) -> float | None:
    """A hash for each element or key made, by JAX's default generator; others have no rule."""
    count = _per_result(node)
    known = node.op == "threefry2x32" or any(v.type.dtype == "key<fry>" for v in node.inputs)
    return _THREEFRY * count if known and count is not None else None


def _custom_call(node: Node) -> float | None:
    target = str(node.params.get("custom_call_target", node.params.get("call_target_name", "")))
    return gemm_flops(node) if target.startswith("__cublas$") else None


RULES: dict[str, Rule] = {
    **dict.fromkeys(ELEMENTWISE, _per_result),
    **dict.fromkeys(FREE, lambda _: 0.0),
    **dict.fromkeys(("dot_general", "dot", "ragged_dot", "ragged_dot_general"), dot_flops),
    **dict.fromkeys(("conv_general_dilated", "convolution"), convolution_flops),
    **dict.fromkeys(("cumsum", "cumprod", "cummax", "cummin", "cumlogsumexp"), _per_result),
    **dict.fromkeys(("psum", "psum2", "psum_invariant", "pmax", "pmin"), _per_input),
    **dict.fromkeys(("threefry2x32", "random_bits", "random_fold_in", "random_split"), _random),
    "integer_pow": _integer_power,
    "fft": _fft,
    "cholesky": _cholesky,
    "lu": _factorization,
    "qr": _orthogonal_factorization,
    "geqrf": _orthogonal_factorization,
    "triangular_solve": _triangular_solve,
    "select_and_scatter_add": _select_and_add,
    "addupdate": _added_update,
    "custom_call": _custom_call,
}
"""The count of an op that calls no region. What is missing here is not known."""

APPLICATIONS: dict[str, Rule] = {
    **dict.fromkeys(("reduce", "argmax", "argmin"), _reduced),
    **dict.fromkeys((f"reduce_{what}" for what in ("sum", "prod", "max", "min")), _reduced),
    **dict.fromkeys((f"reduce_{what}" for what in ("and", "or", "xor")), _reduced),
    **dict.fromkeys((f"reduce_window_{what}" for what in ("sum", "max", "min")), _windowed),
    **dict.fromkeys((f"scatter_{what}" for what in ("add", "sub", "mul", "min", "max")), _updates),
    **dict.fromkeys(("all_reduce", "all_reduce_start", "reduce_scatter"), _per_input),
    **dict.fromkeys(("sort", "top_k", "approx_top_k"), _sorting_steps),
    "reduce_window": _windowed,
    "select_and_scatter": _selected,
    "scatter": _updates,
    "map": _per_result,
}
"""How often an op applies the region that it calls to elements (a sum's addition, a sort's
comparison). Where it calls none, an application is one operation."""

OVERWRITES = frozenset({"scatter"})
"""Ops of `APPLICATIONS` that only write where they call no region."""


@lru_cache(maxsize=4096)
def plain_name(op: str) -> str:
    """An op's name as the tables have it."""
    return op.replace("-", "_").removeprefix("chlo.").removeprefix("mhlo.")
