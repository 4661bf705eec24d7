"""What kind of work an op is: the families that colours and glyphs stand for, at every stage."""

from __future__ import annotations

from dataclasses import dataclass

from jaxlab.graph import Node


@dataclass(frozen=True, slots=True)
class Family:
    """A kind of work, with the colour that stands for it on a light ground."""

    name: str
    colour: str


CONTRACTION = Family("contraction", "#0b62a4")
ELEMENTWISE = Family("elementwise", "#5f6a7a")
MOVEMENT = Family("data movement", "#0f766e")
CONTROL = Family("control flow", "#7b3fb5")
RANDOM = Family("random", "#8a5a00")
EFFECT = Family("effect", "#b42318")
COLLECTIVE = Family("collective", "#a6305e")
UNKNOWN = Family("unknown", "#77818e")
GROUP = Family("group", "#77818e")

# Written with `_`; `-` is the same, and a dialect's prefix (`stablehlo.`) is taken off first.
# What isn't listed, arithmetic and reductions, is elementwise.
_OPS = {
    CONTRACTION: """
        dot dot_general ragged_dot ragged_dot_general scaled_matmul scaled_dot conv
        conv_general_dilated convolution cholesky triangular_solve lu qr geqrf householder_product
        svd eig eigh schur fft tridiagonal_solve
        """,
    MOVEMENT: """
        reshape transpose broadcast broadcast_in_dim convert_element_type convert copy copy_p slice
        dynamic_slice dynamic_update_slice gather dynamic_gather scatter scatter_add concatenate pad
        dynamic_pad squeeze expand_dims rev reverse iota dynamic_iota dynamic_reshape split bitcast
        bitcast_convert bitcast_convert_type tuple get_tuple_element device_put copy_start copy_done
        get swap addupdate ref_get ref_set parameter constant real_dynamic_slice
        dynamic_broadcast_in_dim optimization_barrier opt_barrier sharding_constraint
        layout_constraint reduce_precision create_token after_all
        """,
    CONTROL: """
        jit pjit scan while cond case if conditional call closed_call core_call xla_call func
        custom_jvp_call custom_vjp_call custom_vjp_call_jaxpr custom_lin remat remat2 checkpoint
        shard_map pallas_call run_state core_map custom_partitioning for return
        func_call composite async_start async_update async_done named_call module
        """,
    RANDOM: """
        random_bits random_seed random_wrap random_unwrap random_split random_fold_in random_gamma
        random_clone threefry2x32 rng_bit_generator rng rng_uniform rng_get_and_update_state
        """,
    EFFECT: """
        debug_callback debug_print pure_callback io_callback custom_call infeed outfeed send recv
        send_done recv_done print
        """,
    COLLECTIVE: """
        psum psum2 psum_invariant pmax pmin ppermute pshuffle pvary pbroadcast all_reduce all_gather
        all_gather_invariant all_gather_start all_gather_done all_reduce_start all_reduce_done
        reduce_scatter psum_scatter all_to_all ragged_all_to_all collective_permute
        collective_permute_start collective_permute_done collective_broadcast partition_id
        replica_id axis_index cross_replica_sum
        """,
    UNKNOWN: "unknown",
    GROUP: "scope",
}
_FAMILY = {op: family for family, names in _OPS.items() for op in names.split()}


def family_of(node: Node) -> Family:
    """The family of a node: an effect counts before the op's own kind."""
    if node.effects and not node.calls:
        return EFFECT
    return _FAMILY.get(plain_op(node.op), ELEMENTWISE)


def family_of_op(op: str) -> Family:
    """The family of an op by its name alone."""
    return _FAMILY.get(plain_op(op), ELEMENTWISE)


def plain_op(op: str) -> str:
    """An op's name without its dialect, with `_` for `-`: the same for all stages."""
    name = op.rpartition(".")[2].replace("-", "_")
    return "scatter" if name.startswith("scatter") else name
