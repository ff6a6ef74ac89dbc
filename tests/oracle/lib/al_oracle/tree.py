"""Canonical description of a zarr hierarchy, equal for a V1 store and an Icechunk store that mean the same.

V1 keeps zarr's draft-3 format (zarr-python 2), Icechunk the final format 3.  What differs only because of
that is levelled out here, in one place; the reasons are listed in README.md under "What is normalised".
"""

import base64
import json
import struct
from hashlib import sha256

import numpy as np
import zarr

V1 = zarr.__version__.startswith("2.")
SAMPLE = 1_000  # elements per array that are kept in clear, to report differences with


def digest(value) -> str:
    return sha256(json.dumps(value, sort_keys=True).encode()).hexdigest()[:16]


def describe(store, keep_values=None) -> dict[str, dict]:
    """Every node of the hierarchy by path, the root being ''.  Groups that are only implied are included.

    `keep_values(hash, values)` is called with the contents of every array.
    """
    nodes = {"": {"kind": "group", "attrs": {}}}
    for path, node in walk(open_root(store)):
        nodes[path] = group(node) if isinstance(node, zarr.Group) else array(node, keep_values)
    for path in list(nodes):
        while path := path.rpartition("/")[0]:
            nodes.setdefault(path, {"kind": "group", "attrs": {}})
    return nodes


def open_root(store):
    """The root node, or None if nothing was ever written."""
    try:
        if V1:  # unlike zarr.open_group, the constructor accepts a root that is only implied
            return zarr.Group(store, read_only=True, zarr_version=3)
        return zarr.open(store, mode="r", zarr_format=3)
    except zarr.errors.ContainsArrayError:
        return zarr.Array(store, read_only=True, zarr_version=3)
    except (FileNotFoundError, zarr.errors.GroupNotFoundError):
        return None


def walk(node):
    if node is None:
        return
    yield node.path, node
    if isinstance(node, zarr.Group):
        for name in node:
            yield from walk(node[name])


def group(node) -> dict:
    return {"kind": "group", "attrs": plain(dict(node.attrs))}


def array(node, keep_values) -> dict:
    attrs, dtype, fill = dict(node.attrs), node.dtype, node.fill_value
    if V1:
        dims = attrs.pop("_ARRAY_DIMENSIONS", None)
        attrs.pop("filters", None)  # draft 3 had no other place for them
        if fill is None:  # zarr 2 would return uninitialised memory for absent chunks
            node._fill_value = node.dtype.type(0) if node.dtype.kind != "O" else ""
    else:
        dims = getattr(node.metadata, "dimension_names", None)
        dims = list(dims) if dims and any(dims) else None
    if dtype == "int8" and attrs.get("dtype") == "bool":  # how xarray before 2026.9 stores bools
        dtype = np.dtype(attrs.pop("dtype"))
    values = np.asarray(node[...]).astype(dtype, copy=False)
    if keep_values:
        keep_values(hash_values(values), values)
    return {
        "kind": "array",
        "attrs": plain({k: v for k, v in attrs.items() if k != "_FillValue"}),
        "shape": list(node.shape),
        "chunks": list(node.chunks),
        "dtype": dtype_name(dtype),
        "dims": dims,
        "fill_value": fill_name(attrs.get("_FillValue"), fill, dtype),
        "values": hash_values(values),
        "sample": texts(values)[:SAMPLE],
    }


def plain(value):
    """JSON with NaN spelt out, so that equality works."""
    return json.loads(json.dumps(value, default=str), parse_constant=str)


def is_text(dtype) -> bool:
    return dtype.kind in "UOT"


def dtype_name(dtype) -> str:
    return "string" if is_text(dtype) else dtype.newbyteorder("<").str


def fill_name(cf_fill, zarr_fill, dtype):
    """What marks a missing value: xarray's `_FillValue` if there is one, else zarr's fill value."""
    fill = zarr_fill if cf_fill is None else cf_fill
    if is_text(dtype):
        return "" if fill in (None, 0) else str(fill)
    if isinstance(fill, str) and dtype.kind == "f":  # xarray writes floats to zarr 3 in base64
        fill = struct.unpack("<d", base64.b64decode(fill))[0]
    return str(np.zeros((), dtype)[()] if fill is None else np.asarray(fill).astype(dtype)[()])


def texts(values) -> list[str]:
    return [str(v) for v in values.ravel().tolist()]


def hash_values(values) -> str:
    if is_text(values.dtype):
        data = json.dumps(texts(values)).encode()
    else:
        values = values.astype(values.dtype.newbyteorder("<"), order="C")
        if values.dtype.kind in "fc":
            values[np.isnan(values)] = np.nan  # one NaN for all
        data = values.tobytes()
    return sha256(data).hexdigest()
