"""Values as Pulumi sends them to its engine, and the same values as plain Python."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from google.protobuf import struct_pb2  # type: ignore[import-untyped]
from pulumi.runtime import rpc

# The marker of a value's kind and the kinds, as every Pulumi SDK and engine knows them
# (pulumi/pulumi, sdk/go/common/resource/sig).
_SIGNATURE: Final = "4dabf18193072939515e22adb298388d"
_SECRET: Final = "1b47061264138c4ac30d75fd1eb44270"  # noqa: S105  # a kind of value
_RESOURCE: Final = "5cf8f73096256a8f31e491e813e4eb8e"
_ASSET: Final = "c44067f5952c0a294b673a41bacd8c17"
_ARCHIVE: Final = "0def7320c3a5731c473e5ecbe6d01bc7"


class _Unknown:
    """The one value that stands for what only a deployment can know."""

    def __repr__(self) -> str:
        return "UNKNOWN"

    def __bool__(self) -> bool:
        return False


UNKNOWN: Final = _Unknown()


@dataclass(frozen=True)
class Asset:
    """A file, text or address handed to a resource, not read."""

    fields: Mapping[str, Any]


def decode(struct: struct_pb2.Struct) -> tuple[dict[str, Any], frozenset[str]]:
    """The plain values of a request, and the top-level keys that hold a secret somewhere."""
    values: dict[str, Any] = {}
    secret: set[str] = set()
    # The engine's maps have no order; a recording is the same each time.
    for key, value in sorted(struct.fields.items()):
        values[key], is_secret = _decode(value)
        if is_secret:
            secret.add(key)
    return values, frozenset(secret)


def _decode(value: struct_pb2.Value) -> tuple[Any, bool]:
    kind = value.WhichOneof("kind")
    if kind == "string_value":
        return (UNKNOWN if value.string_value == rpc.UNKNOWN else value.string_value), False
    if kind == "number_value":
        number = value.number_value
        return (int(number) if number.is_integer() else number), False
    if kind == "bool_value":
        return value.bool_value, False
    if kind == "list_value":
        items = [_decode(item) for item in value.list_value.values]
        return [item for item, _ in items], any(secret for _, secret in items)
    if kind == "struct_value":
        return _decode_struct(value.struct_value)
    return None, False


def _decode_struct(struct: struct_pb2.Struct) -> tuple[Any, bool]:
    signature = struct.fields[_SIGNATURE].string_value if _SIGNATURE in struct.fields else ""
    if signature == _SECRET:
        return _decode(struct.fields["value"])[0], True
    values, secret = decode(struct)
    values.pop(_SIGNATURE, None)
    if signature == _RESOURCE:
        return values.get("id") or values["urn"], False
    if signature in {_ASSET, _ARCHIVE}:
        return Asset(values), False
    return values, bool(secret)


def encode(values: Mapping[str, Any]) -> struct_pb2.Struct:
    """The request form of plain values; None is left out, UNKNOWN is sent as the engine does."""
    struct = struct_pb2.Struct()
    for key, value in values.items():
        if value is not None:
            struct.fields[key].CopyFrom(_encode(value))
    return struct


def _encode(value: Any) -> struct_pb2.Value:
    if value is UNKNOWN:
        return struct_pb2.Value(string_value=rpc.UNKNOWN)
    if isinstance(value, bool):
        return struct_pb2.Value(bool_value=value)
    if isinstance(value, int | float):
        return struct_pb2.Value(number_value=value)
    if isinstance(value, str):
        return struct_pb2.Value(string_value=value)
    if isinstance(value, Mapping):
        return struct_pb2.Value(struct_value=encode(value))
    if isinstance(value, Asset):
        return struct_pb2.Value(struct_value=encode(value.fields))
    if isinstance(value, Sequence):
        items = [_encode(item) for item in value]
        return struct_pb2.Value(list_value=struct_pb2.ListValue(values=items))
    return struct_pb2.Value(null_value=struct_pb2.NullValue.NULL_VALUE)
