"""Seeded inputs in memory that favours nobody."""

import ml_dtypes
import numpy as np

ELEMENTS = {
    "f32": np.dtype(np.float32),
    "f16": np.dtype(np.float16),
    "bf16": np.dtype(ml_dtypes.bfloat16),
    "i32": np.dtype(np.int32),
    "index": np.dtype(np.int64),
}
ALIGNMENT = 64  # bytes


def aligned(shape, element):
    """An uninitialised array whose first byte is aligned to a cache line."""
    dtype = ELEMENTS[element]
    size = int(np.prod(shape)) * dtype.itemsize
    raw = np.empty(size + ALIGNMENT, np.uint8)
    start = -raw.ctypes.data % ALIGNMENT
    return raw[start : start + size].view(dtype).reshape(shape)


def stored(values, element):
    """`values` in an aligned array of `element`."""
    values = np.asarray(values)
    array = aligned(values.shape, element)
    array[...] = values
    return array


def normal(rng, shape, element, deviation=1.0):
    """Normally distributed numbers, the same on every machine for one state of `rng`."""
    values = rng.standard_normal(shape, dtype=np.float32)
    return stored(values * np.float32(deviation), element)


def tensor_type(shape, element, static=()):
    """An MLIR type whose axes in `static` have their extent, and all others none."""
    axes = {axis % len(shape) for axis in static}
    extents = [str(n) if axis in axes else "?" for axis, n in enumerate(shape)]
    return "tensor<" + "x".join([*extents, element]) + ">"
