"""The schema of HLO protos, as tables: what XLA's public hlo.proto and xla_data.proto number.

No small package ships it. It goes into a descriptor pool of its own, so that it neither clashes
with the schema that TensorFlow or a profiler may have loaded, nor depends on the version of
protobuf that generated code would be locked to. A field that is not declared here is kept by
protobuf as an unknown field, and the reader shows it as such.

Every message is declared as proto2, so that what is set on the wire can be told from what is
not; enums are plain numbers there, so that a new member is a number and not an unknown field.
"""

# protobuf has no types of its own.
# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false
# pyright: reportUnknownArgumentType=false, reportMissingTypeStubs=false

from __future__ import annotations

from functools import cache
from typing import Any

from google.protobuf import descriptor_pb2, descriptor_pool, message_factory
from google.protobuf.message import DecodeError
from google.protobuf.unknown_fields import UnknownFieldSet

Message = Any
"""A protobuf message; its fields are attributes."""

# number:name, `*` for repeated, `:type` if it is not int64.
_MESSAGES = {
    # types
    "TileProto": "1:dimensions*",
    "SplitConfigProto": "1:dimension 2:split_indices*",
    "LayoutProto": """
        1:minor_to_major* 9:dim_level_types*:DimLevelType 13:dim_unique*:bool
        14:dim_ordered*:bool 6:tiles*:TileProto 16:tail_padding_alignment_in_elements
        7:element_size_in_bits 8:memory_space 11:index_primitive_type:PrimitiveType
        12:pointer_primitive_type:PrimitiveType 10:physical_shape:ShapeProto
        15:dynamic_shape_metadata_prefix_bytes 17:split_configs*:SplitConfigProto
    """,
    "ShapeProto": """
        2:element_type:PrimitiveType 3:dimensions* 6:is_dynamic_dimension*:bool
        4:tuple_shapes*:ShapeProto 5:layout:LayoutProto
    """,
    "ProgramShapeProto": "1:parameters*:ShapeProto 2:result:ShapeProto 3:parameter_names*:string",
    "LiteralProto": """
        1:shape:ShapeProto 2:preds*:bool 30:s1s:bytes 26:s2s:bytes 21:s4s:bytes 15:s8s:bytes
        31:u1s:bytes 27:u2s:bytes 22:u4s:bytes 3:u8s:bytes 4:s32s*:int32 5:s64s* 6:u32s*:uint32
        7:u64s*:uint64 8:f32s*:float 9:f64s*:double 12:c64s*:float 18:c128s*:double
        10:tuple_literals*:LiteralProto 11:f16s:bytes 13:bf16s:bytes 16:u16s:bytes 17:s16s:bytes
        32:f4e2m1fns:bytes 29:f8e3m4s:bytes 23:f8e4m3b11fnuzs:bytes 20:f8e4m3fns:bytes
        25:f8e4m3fnuzs:bytes 28:f8e4m3s:bytes 24:f8e5m2fnuzs:bytes 19:f8e5m2s:bytes
        33:f8e8m0fnus:bytes 35:f6e3m2fns:bytes 36:f6e2m3fns:bytes 14:sparse_indices*
        34:dynamic_sizes*:int32
    """,
    # where an instruction comes from
    "Payload": "1:value:bytes 2:id",
    "OpMetadata": """
        1:op_type:string 2:op_name:string 3:source_file:string 4:source_line:int32
        17:source_end_line:int32 18:source_column:int32 19:source_end_column:int32
        5:profile_type*:ProfileType 8:size_of_generated_code_in_bytes
        9:size_of_memory_working_set_in_bytes 10:profile_info:bytes 12:deduplicated_name:string
        15:stack_frame_id:int32 16:scheduling_name:string 20:metadata_payload:Payload
    """,
    "FileLocation": """
        1:file_name_id:int32 2:function_name_id:int32 3:line:int32 5:end_line:int32
        4:column:int32 6:end_column:int32
    """,
    "StackFrame": "1:file_location_id:int32 2:parent_frame_id:int32",
    "StackFrameIndexProto": """
        1:file_names*:string 2:function_names*:string 3:file_locations*:FileLocation
        4:stack_frames*:StackFrame
    """,
    "OriginalArrayProto": "1:instruction_name:string 2:shape_index*",
    "OriginalValueElementProto": "1:shape_index* 2:original_array:OriginalArrayProto",
    "OriginalValueProto": """
        1:elements*:OriginalValueElementProto 2:is_synthetic_call:bool 3:call_hierarchy:string
    """,
    # dimensions
    "WindowDimension": """
        1:size 2:stride 3:padding_low 4:padding_high 5:window_dilation 6:base_dilation
        7:window_reversal:bool
    """,
    "Window": "1:dimensions*:WindowDimension",
    "PaddingConfigDimension": "1:edge_padding_low 2:edge_padding_high 3:interior_padding",
    "PaddingConfig": "1:dimensions*:PaddingConfigDimension",
    "SliceDimensions": "1:start 2:limit 3:stride",
    "DotDimensionNumbers": """
        1:lhs_contracting_dimensions* 2:rhs_contracting_dimensions* 3:lhs_batch_dimensions*
        4:rhs_batch_dimensions*
    """,
    "RaggedDotDimensionNumbers": """
        1:dot_dimension_numbers:DotDimensionNumbers 2:lhs_ragged_dimensions*
        3:rhs_group_dimensions*
    """,
    "ConvolutionDimensionNumbers": """
        7:input_batch_dimension 8:input_feature_dimension 11:input_spatial_dimensions*
        3:kernel_input_feature_dimension 4:kernel_output_feature_dimension
        6:kernel_spatial_dimensions* 9:output_batch_dimension 10:output_feature_dimension
        12:output_spatial_dimensions*
    """,
    "GatherDimensionNumbers": """
        1:offset_dims* 2:collapsed_slice_dims* 3:start_index_map* 4:index_vector_dim
        5:operand_batching_dims* 6:start_indices_batching_dims*
    """,
    "ScatterDimensionNumbers": """
        1:update_window_dims* 2:inserted_window_dims* 3:scatter_dims_to_operand_dims*
        4:index_vector_dim 5:input_batching_dims* 6:scatter_indices_batching_dims*
    """,
    # options
    "PrecisionConfig": "1:operand_precision*:Precision 2:algorithm:Algorithm",
    "Tolerance": "1:atol:double 2:rtol:double 3:ulps",
    "ResultAccuracy": "1:mode:AccuracyMode 2:tolerance:Tolerance",
    "TriangularSolveOptions": """
        1:left_side:bool 2:lower:bool 3:unit_diagonal:bool 4:transpose_a:Transpose
    """,
    "CholeskyOptions": "1:lower:bool",
    "TensorSparsityConfig": "1:num_non_zero 2:block_size 3:dimension 4:stride 5:idx:int32",
    "SparsityConfig": "1:lhs:TensorSparsityConfig 2:rhs:TensorSparsityConfig",
    "TensorBlockScalingConfig": "1:scale_idx:int32 2:zero_idx:int32 3:strides* 4:steps*",
    "BlockScalingConfig": "1:lhs:TensorBlockScalingConfig 2:rhs:TensorBlockScalingConfig",
    "Rotate": "1:shifts*",
    "ShuffleMode": "1:rotate:Rotate",
    "ParameterReplication": "1:replicated_at_leaf_buffers*:bool",
    "OutputOperandAliasing": "1:output_shape_index* 2:operand_index 3:operand_shape_index*",
    "Statistic": "1:stat_name:string 2:stat_val:double",
    "StatisticsViz": "1:stat_index_to_visualize 2:statistics*:Statistic",
    "TextEntry": "1:key:string 2:value:string",
    "FrontendAttributes": "1:map*:TextEntry",
    # devices
    "ReplicaGroup": "1:replica_ids*",
    "CollectiveDeviceListProto": "1:replica_groups*:ReplicaGroup",
    "IotaReplicaGroupListProto": """
        1:num_replica_groups 2:num_devices_per_group 3:iota_reshape_dims*
        4:iota_transpose_perm*:int32
    """,
    "SourceTarget": "1:source 2:target",
    "MeshAxis": "1:name:string 2:size",
    "IotaTransform": "1:reshape_dims* 2:transpose_perm*",
    "MeshProto": "1:axes*:MeshAxis 2:device_ids* 3:iota_transform:IotaTransform",
    "SubAxis": "1:pre_size 2:size",
    "AxisRefProto": "1:mesh_axis_index 2:sub_axis_info:SubAxis",
    "MeshAxesReplicaGroupListProto": "1:mesh:MeshProto 2:axes*:AxisRefProto",
    "DimensionSharding": "1:axes*:AxisRefProto 2:is_closed:bool",
    "NamedShardingProto": """
        2:mesh:MeshProto 3:dim_shardings*:DimensionSharding 4:replicated_axes*:AxisRefProto
        5:unreduced_axes*:AxisRefProto 8:reduction_op:Reduction 7:manual_axes*:AxisRefProto
        6:metadata*:OpMetadata
    """,
    "OpSharding": """
        1:type:ShardingType 2:tile_shape:ShapeProto 3:tile_assignment_dimensions*
        4:tile_assignment_devices* 5:tuple_shardings*:OpSharding
        6:replicate_on_last_tile_dim:bool 7:metadata*:OpMetadata 8:last_tile_dims*:ShardingType
        9:iota_reshape_dims* 10:iota_transpose_perm*:int32 11:is_shard_group:bool
        12:shard_group_id 13:shard_group_type:ShardGroupType
        14:named_sharding:NamedShardingProto
    """,
    "ComputationDevice": "1:replica_device_ids*",
    "DeviceAssignmentProto": """
        1:replica_count:int32 2:computation_count:int32 3:computation_devices*:ComputationDevice
    """,
    # the module
    "HloInstructionProto": """
        1:name:string 2:opcode:string 3:shape:ShapeProto 7:metadata:OpMetadata
        8:literal:LiteralProto 9:parameter_number 11:fusion_kind:string 13:tuple_index
        14:dimensions* 15:window:Window
        16:convolution_dimension_numbers:ConvolutionDimensionNumbers 50:feature_group_count
        58:batch_group_count 17:slice_dimensions*:SliceDimensions 18:exponent_bits:int32
        19:mantissa_bits:int32 20:dynamic_slice_sizes* 21:padding_config:PaddingConfig
        22:outfeed_config:bytes 23:distribution:RandomDistribution 24:epsilon:float
        25:feature_index 26:channel_id 27:infeed_config:bytes 28:custom_call_target:string
        29:outfeed_shape:ShapeProto 30:dot_dimension_numbers:DotDimensionNumbers
        90:ragged_dot_dimension_numbers:RaggedDotDimensionNumbers 31:fft_type:FftType
        32:fft_length* 63:comparison_direction:string
        33:gather_dimension_numbers:GatherDimensionNumbers 34:gather_slice_sizes* 35:id
        36:operand_ids* 37:control_predecessor_ids* 38:called_computation_ids*
        40:sharding:OpSharding 43:backend_config:bytes 99:backend_config_payload:Payload
        49:replica_groups*:ReplicaGroup 45:all_reduce_id 71:use_global_device_ids:bool
        47:is_host_transfer:bool 60:is_stable:bool
        48:scatter_dimension_numbers:ScatterDimensionNumbers 51:precision_config:PrecisionConfig
        52:source_target_pairs*:SourceTarget 54:domain_entry_sharding:OpSharding
        55:domain_exit_sharding:OpSharding 56:constrain_layout:bool
        57:operand_shapes_with_layout*:ShapeProto
        59:triangular_solve_options:TriangularSolveOptions 62:cholesky_options:CholeskyOptions
        61:parameter_replication:ParameterReplication 65:custom_call_has_side_effect:bool
        74:output_operand_aliasing*:OutputOperandAliasing
        76:custom_call_schedule:CustomCallSchedule 66:delta 67:indices_are_sorted:bool
        68:frontend_attributes:FrontendAttributes 69:unique_indices:bool
        70:rng_algorithm:RandomAlgorithm 72:comparison_type:string
        73:is_cross_program_prefetch:bool 80:cross_program_prefetch_index:int32
        75:padding_type:PaddingType 77:custom_call_api_version:CustomCallApiVersion
        79:async_execution_thread:string 81:k 85:largest:bool 82:statistics_viz:StatisticsViz
        87:collective_device_list:CollectiveDeviceListProto
        92:iota_collective_device_list:IotaReplicaGroupListProto
        93:mesh_axes_replica_group_list:MeshAxesReplicaGroupListProto
        88:original_value:OriginalValueProto 89:is_composite:bool
        91:result_accuracy:ResultAccuracy 94:is_reverse:bool 95:num_carries
        96:is_associative:TriState 97:conv_kind:ConvolutionKind
        98:sparsity_config:SparsityConfig 100:has_dynamic_root:bool
        101:block_scaling_config:BlockScalingConfig 102:comparison_order:string
        103:shuffle_mode:ShuffleMode
    """,
    "HloComputationProto": """
        1:name:string 2:instructions*:HloInstructionProto 4:program_shape:ProgramShapeProto 5:id
        6:root_id 7:is_fusion_computation:bool 8:execution_thread:string 9:backend_config:bytes
    """,
    "InstructionSequence": "1:instruction_ids*",
    "SequenceEntry": "1:key 2:value:InstructionSequence",
    "HloScheduleProto": "1:sequences*:SequenceEntry",
    "AliasEntryProto": """
        1:output_shape_index* 2:parameter_number 3:parameter_shape_index* 4:kind:AliasKind
    """,
    "HloInputOutputAliasProto": "1:entries*:AliasEntryProto",
    "BufferDonorEntryProto": "1:parameter_number 2:parameter_shape_index*",
    "HloBufferDonorProto": "1:entries*:BufferDonorEntryProto",
    "CrossProgramPrefetch": "1:parameter 2:index* 3:offset",
    "HloModuleProto": """
        1:name:string 2:entry_computation_name:string 6:entry_computation_id
        3:computations*:HloComputationProto 4:host_program_shape:ProgramShapeProto 5:id
        23:pjrt_id 7:schedule:HloScheduleProto 8:input_output_alias:HloInputOutputAliasProto
        22:payloads*:bytes 18:buffer_donor:HloBufferDonorProto
        10:cross_program_prefetches*:CrossProgramPrefetch 11:is_dynamic:bool
        12:spmd_output_sharding:OpSharding 14:spmd_parameters_shardings*:OpSharding
        16:use_auto_spmd_partitioning:bool 13:profile_info*:bytes
        15:device_assignment:DeviceAssignmentProto 17:stack_frame_index:StackFrameIndexProto
        19:frontend_attributes:FrontendAttributes 20:original_value_recovery_table:bytes
        21:device_type:string 24:debug_attributes*:bytes 25:backend_config:bytes
    """,
    "HloProto": "1:hlo_module:HloModuleProto 3:buffer_assignment:bytes",
    # memory
    "BufferLocation": "2:instruction_name:string 4:instruction_id 3:shape_index*",
    "LogicalBufferProto": "1:id 2:size 3:defined_at:BufferLocation 4:color",
    "AssignedBuffer": "1:logical_buffer_id 2:offset 3:size",
    "BufferAllocationProto": """
        1:index 2:size 3:is_thread_local:bool 11:is_tuple:bool
        5:is_entry_computation_parameter:bool 12:is_constant:bool 6:parameter_number
        10:parameter_shape_index* 7:maybe_live_out:bool 8:color 9:assigned*:AssignedBuffer
    """,
    "BufferAssignmentProto": """
        1:logical_buffers*:LogicalBufferProto 3:buffer_allocations*:BufferAllocationProto
    """,
}

_ENUMS = {
    "AccuracyMode": "default=0 highest=1",
    "Algorithm": """
        unset=0 dot_any_f8_any_f8_f32=1 dot_any_f8_any_f8_f32_fast_accum=2 dot_f16_f16_f16=3
        dot_f16_f16_f32=4 dot_bf16_bf16_bf16=5 dot_bf16_bf16_f32=6 dot_bf16_bf16_f32_x3=7
        dot_bf16_bf16_f32_x6=8 dot_tf32_tf32_f32=9 dot_tf32_tf32_f32_x3=10 dot_f32_f32_f32=11
        dot_f64_f64_f64=12 dot_bf16_bf16_f32_x9=13 dot_bf16_bf16_fp8x3=14 dot_bf16_bf16_fp8x4=15
    """,
    "AliasKind": "undefined=0 may-alias=1 must-alias=2",
    "ConvolutionKind": "unset=0 fprop=1 dgrad=2 wgrad=3",
    "CustomCallApiVersion": """
        API_VERSION_UNSPECIFIED=0 API_VERSION_ORIGINAL=1 API_VERSION_STATUS_RETURNING=2
        API_VERSION_STATUS_RETURNING_UNIFIED=3 API_VERSION_TYPED_FFI=4
    """,
    "CustomCallSchedule": "SCHEDULE_NONE=0 SCHEDULE_LATEST=1 SCHEDULE_EARLIEST=2",
    "DimLevelType": "DIM_DENSE=0 DIM_COMPRESSED=1 DIM_SINGLETON=2 DIM_LOOSE_COMPRESSED=3",
    "FftType": "FFT=0 IFFT=1 RFFT=2 IRFFT=3",
    "PaddingType": "PADDING_INVALID=0 PADDING_VALID=1 PADDING_SAME=2",
    "Precision": "default=0 high=1 highest=2",
    "PrimitiveType": """
        invalid=0 pred=1 s8=2 s16=3 s32=4 s64=5 u8=6 u16=7 u32=8 u64=9 f16=10 f32=11 f64=12
        tuple=13 opaque=14 c64=15 bf16=16 token=17 c128=18 f8e5m2=19 f8e4m3fn=20 s4=21 u4=22
        f8e4m3b11fnuz=23 f8e5m2fnuz=24 f8e4m3fnuz=25 s2=26 u2=27 f8e4m3=28 f8e3m4=29 s1=30 u1=31
        f4e2m1fn=32 f8e8m0fnu=33 buffer=34 f6e3m2fn=35 f6e2m3fn=36
    """,
    "ProfileType": "INVALID=0 WINDOW=1 FLAG=2 INTEGER=3",
    "RandomAlgorithm": "rng_default=0 rng_three_fry=1 rng_philox=2",
    "RandomDistribution": "rng_invalid=0 rng_uniform=1 rng_normal=2",
    "Reduction": "sum=0 max=1 min=2",
    "ShardGroupType": "as=0 like=1",
    "ShardingType": "replicated=0 maximal=1 tuple=2 other=3 manual=4 unknown=5 unreduced=6",
    "Transpose": "TRANSPOSE_INVALID=0 NO_TRANSPOSE=1 TRANSPOSE=2 ADJOINT=3",
    "TriState": "unspecified=0 true=1 false=2",
}

_PACKAGE = "jaxlab.hlo"


def parse(name: str, data: bytes) -> Message | None:
    """Read a message from its bytes; None if they can't be one."""
    message = _classes()[name]()
    try:
        message.ParseFromString(data)
    except DecodeError:
        return None
    return message


def names_of(enum: str) -> dict[int, str]:
    """The members of an enum by number, named as XLA's text names them."""
    return _enums()[enum]


def enum_of(message: Message, field: str) -> dict[int, str] | None:
    """The members of a field's enum by number; None if the field is no enum."""
    return _enum_fields().get((message.DESCRIPTOR.name, field))


def unknown_fields(message: Message) -> dict[str, str]:
    """What a message holds beside the schema: by field number, a number or a count of bytes."""
    found: dict[str, str] = {}
    for field in UnknownFieldSet(message):
        data = field.data
        text = f"{len(data):,} bytes" if isinstance(data, bytes) else str(data)
        number = str(field.field_number)
        found[number] = f"{found[number]}, {text}" if number in found else text
    return found


def unknown_within(message: Message, path: str) -> dict[str, str]:
    """The same for a message and all messages in it: `{"literal.shape.99": "7"}`."""
    found = {f"{path}.{number}": text for number, text in unknown_fields(message).items()}
    for field, value in message.ListFields():
        inner = value if field.message_type is not None else ()
        for item in (inner,) if hasattr(inner, "ListFields") else inner:
            found |= unknown_within(item, f"{path}.{field.name}")
    return found


@cache
def _enums() -> dict[str, dict[int, str]]:
    return {
        name: {int(number): text for text, _, number in (m.partition("=") for m in members.split())}
        for name, members in _ENUMS.items()
    }


@cache
def _enum_fields() -> dict[tuple[str, str], dict[int, str]]:
    return {
        (message, name): names_of(kind)
        for message, fields in _MESSAGES.items()
        for _, name, _, kind in map(_field, fields.split())
        if kind in _ENUMS
    }


def _field(text: str) -> tuple[int, str, bool, str]:
    """(number, name, repeated, type) of a field as the table has it."""
    number, name, kind = (*text.split(":"), "int64")[:3]
    return int(number), name.rstrip("*"), name.endswith("*"), kind


@cache
def _classes() -> dict[str, Any]:
    """The classes of all messages by name."""
    proto = descriptor_pb2.FileDescriptorProto(name="jaxlab/hlo.proto", package=_PACKAGE)
    for message_name, fields in _MESSAGES.items():
        message = proto.message_type.add(name=message_name)
        for number, name, repeated, kind in map(_field, fields.split()):
            _declare(message.field.add(name=name, number=number), repeated, kind)
    pool = descriptor_pool.DescriptorPool()
    pool.Add(proto)
    return {
        name: message_factory.GetMessageClass(pool.FindMessageTypeByName(f"{_PACKAGE}.{name}"))
        for name in _MESSAGES
    }


def _declare(field: Any, repeated: bool, kind: str) -> None:
    types = descriptor_pb2.FieldDescriptorProto
    field.label = types.LABEL_REPEATED if repeated else types.LABEL_OPTIONAL
    if kind in _MESSAGES:
        field.type = types.TYPE_MESSAGE
        field.type_name = f".{_PACKAGE}.{kind}"
    else:
        field.type = types.Type.Value("TYPE_INT32" if kind in _ENUMS else f"TYPE_{kind.upper()}")
