"""XLA's short notations for the parts of an instruction: `size=3x3 pad=1_1x1_1`, `b01f_01io->b01f`.

Each function gives what XLA's own text has for the same message, so that what is shown can be
looked up and pasted back.
"""

# Messages have no static types.
# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false
# pyright: reportUnknownArgumentType=false

from __future__ import annotations

from collections.abc import Iterable, Sequence

from jaxlab.readers.hlo_schema import Message, names_of


def braces(numbers: Iterable[object]) -> str:
    """`{0,1}`."""
    return f"{{{','.join(map(str, numbers))}}}"


def slice_text(dimensions: Iterable[Message]) -> str:
    """`{[0:2], [0:8]}`; `{[0:2:1], [0:8:2]}` where any stride is not 1."""
    dims = list(dimensions)
    strided = any(d.stride != 1 for d in dims)
    texts = (f"[{d.start}:{d.limit}{f':{d.stride}' if strided else ''}]" for d in dims)
    return f"{{{', '.join(texts)}}}"


def padding_text(padding: Message) -> str:
    """`0_1x2_2_1`: low, high and, where there is any, interior, for each dimension."""
    inner = any(d.interior_padding for d in padding.dimensions)
    return "x".join(
        f"{d.edge_padding_low}_{d.edge_padding_high}{f'_{d.interior_padding}' if inner else ''}"
        for d in padding.dimensions
    )


def window(message: Message) -> dict[str, tuple[object, ...]]:
    """A window by XLA's names, without what is at its default: `{"size": (3, 3), "pad": ...}`."""
    dims = list(message.dimensions)
    parts: dict[str, tuple[tuple[object, ...], object]] = {
        "stride": (tuple(d.stride for d in dims), 1),
        "pad": (tuple((d.padding_low, d.padding_high) for d in dims), (0, 0)),
        "lhs_dilate": (tuple(d.base_dilation for d in dims), 1),
        "rhs_dilate": (tuple(d.window_dilation for d in dims), 1),
        "rhs_reversal": (tuple(d.window_reversal for d in dims), False),
    }
    found = {
        name: values
        for name, (values, default) in parts.items()
        if any(value != default for value in values)
    }
    return {"size": tuple(d.size for d in dims), **found}


def dim_labels(numbers: Message) -> str:
    """What each dimension of a convolution is: `b01f_01io->b01f`."""
    return (
        _labels(
            numbers.input_spatial_dimensions,
            {numbers.input_batch_dimension: "b", numbers.input_feature_dimension: "f"},
        )
        + "_"
        + _labels(
            numbers.kernel_spatial_dimensions,
            {
                numbers.kernel_input_feature_dimension: "i",
                numbers.kernel_output_feature_dimension: "o",
            },
        )
        + "->"
        + _labels(
            numbers.output_spatial_dimensions,
            {numbers.output_batch_dimension: "b", numbers.output_feature_dimension: "f"},
        )
    )


def _labels(spatial: Iterable[int], others: dict[int, str]) -> str:
    labels = others | {dimension: str(number) for number, dimension in enumerate(spatial)}
    return "".join(labels[dimension] for dimension in sorted(labels))


def iota_text(reshape: Iterable[int], transpose: Iterable[int]) -> str:
    """Device ids in order, reshaped and transposed: `[4,2]T(1,0)`."""
    sizes, order = list(reshape), list(transpose)
    swapped = f"T({','.join(map(str, order))})" if order != sorted(order) else ""
    return f"[{','.join(map(str, sizes))}]{swapped}"


def groups_text(groups: Iterable[Message]) -> str:
    """`{{0,1},{2,3}}`."""
    return braces(braces(group.replica_ids) for group in groups)


def iota_groups_text(groups: Message) -> str:
    """`[2,4]<=[8]`: two groups of four devices."""
    devices = iota_text(groups.iota_reshape_dims, groups.iota_transpose_perm)
    return f"[{groups.num_replica_groups},{groups.num_devices_per_group}]<={devices}"


def mesh_groups_text(groups: Message) -> str:
    """`mesh['x'=2,'y'=4] {'x'}`: a group for each place on the other axes."""
    axes = braces(_axis_text(axis, groups.mesh) for axis in groups.axes)
    return f"{_mesh_text(groups.mesh)} {axes}"


def aliasing_text(pairs: Iterable[Message]) -> str:
    """Which output lies in which operand's buffer: `{{0}: (1, {})}`."""
    texts = (
        f"{braces(p.output_shape_index)}: ({p.operand_index}, {braces(p.operand_shape_index)})"
        for p in pairs
    )
    return f"{{{', '.join(texts)}}}"


def sharding_text(sharding: Message) -> str:
    """`{devices=[2,1,4]<=[8] last_tile_dim_replicate}`, `{mesh['x'=2], [{'x'}, {}]}`."""
    if sharding.HasField("named_sharding"):
        return _named_text(sharding.named_sharding)
    kinds = names_of("ShardingType")
    kind = kinds.get(sharding.type, str(sharding.type))
    if kind == "tuple":
        return f"{{{', '.join(map(sharding_text, sharding.tuple_shardings))}}}"
    if kind == "maximal":
        text = f"maximal device={sharding.tile_assignment_devices[0]}"
    elif kind == "other":
        text = _tiled_text(sharding)
    else:
        text = kind
    if sharding.is_shard_group:
        group = names_of("ShardGroupType").get(sharding.shard_group_type, "?")
        text += f" shard_{group} {sharding.shard_group_id}"
    if sharding.metadata:
        text += f" metadata={_metadata_text(sharding.metadata)}"
    return f"{{{text}}}"


def _metadata_text(metadata: Sequence[Message]) -> str:
    texts = [
        " ".join(
            f"{field.name}={value}" if isinstance(value, int) else f'{field.name}="{value}"'
            for field, value in each.ListFields()
        )
        for each in metadata
    ]
    inside = [f"{{{text}}}" for text in texts]
    return inside[0] if len(inside) == 1 else f"{{{', '.join(inside)}}}"


def _tiled_text(sharding: Message) -> str:
    sizes = ",".join(map(str, sharding.tile_assignment_dimensions))
    if sharding.iota_reshape_dims:
        devices = "<=" + iota_text(sharding.iota_reshape_dims, sharding.iota_transpose_perm)
    else:
        devices = ",".join(map(str, sharding.tile_assignment_devices))
    text = f"devices=[{sizes}]{devices}"
    if sharding.replicate_on_last_tile_dim:
        text += " last_tile_dim_replicate"
    if sharding.last_tile_dims:
        kinds = names_of("ShardingType")
        last = ", ".join(kinds.get(kind, str(kind)) for kind in sharding.last_tile_dims)
        text += f" last_tile_dims={{{last}}}"
    return text


def _named_text(sharding: Message) -> str:
    mesh = sharding.mesh
    text = f"{_mesh_text(mesh)}, [{', '.join(_dimension(d, mesh) for d in sharding.dim_shardings)}]"
    for name in ("replicated", "unreduced", "manual"):
        axes = getattr(sharding, f"{name}_axes")
        if axes:
            text += f", {name}={_axes_text(axes, mesh)}"
    return f"{{{text}}}"


def _mesh_text(mesh: Message) -> str:
    axes = ",".join(f"'{axis.name}'={axis.size}" for axis in mesh.axes)
    ids = ",".join(map(str, mesh.device_ids))
    if mesh.HasField("iota_transform"):
        ids = iota_text(mesh.iota_transform.reshape_dims, mesh.iota_transform.transpose_perm)
    return f"mesh[{axes}]" + (f", device_ids=({ids})" if ids else "")


def _dimension(dimension: Message, mesh: Message) -> str:
    """The axes that a dimension is split over; `?` where it may be split further."""
    axes = [_axis_text(axis, mesh) for axis in dimension.axes]
    return f"{{{', '.join(axes if dimension.is_closed else [*axes, '?'])}}}"


def _axes_text(axes: Iterable[Message], mesh: Message) -> str:
    return f"{{{', '.join(_axis_text(axis, mesh) for axis in axes)}}}"


def _axis_text(axis: Message, mesh: Message) -> str:
    names = [axis.name for axis in mesh.axes]
    index = axis.mesh_axis_index
    text = f"'{names[index]}'" if index < len(names) else f"'#{index}'"
    if axis.HasField("sub_axis_info"):
        text += f":({axis.sub_axis_info.pre_size}){axis.sub_axis_info.size}"
    return text
