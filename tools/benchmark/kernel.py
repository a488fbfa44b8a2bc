"""Kernels of this project: compile MLIR with sattn-compile, call the library through its C ABI."""

import ctypes
import hashlib
import os
import resource
import subprocess

# Codes of element types, from the header that sattn-compile writes.
CODES = {"int32": 3, "int64": 5, "float16": 6, "bfloat16": 7, "float32": 8}


class Tensor(ctypes.Structure):
    """The struct sattn_tensor of the header."""

    _fields_ = [
        ("data", ctypes.c_void_p),
        ("shape", ctypes.POINTER(ctypes.c_int64)),
        ("rank", ctypes.c_int32),
        ("type", ctypes.c_int32),
    ]


class CompileError(Exception):
    """sattn-compile refused a program; the message is its own."""


def _children_seconds():
    """Processor time of all processes that this one has waited for."""
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


def compile_library(build, program, folder):
    """Compiles MLIR text to a library in `folder`; returns its path and the processor seconds, linking included.

    A program that is there already is not compiled again: lengths are dynamic, so rows share kernels.
    """
    stem = os.path.join(folder, hashlib.sha256(program.encode()).hexdigest()[:16])
    if os.path.exists(stem + ".seconds"):
        with open(stem + ".seconds", encoding="utf-8") as file:
            return stem + ".so", float(file.read())
    with open(stem + ".mlir", "w", encoding="utf-8") as file:
        file.write(program)
    command = [os.path.join(build, "bin", "sattn-compile"), stem + ".mlir", "--emit=shared", "-o", stem + ".so"]
    start = _children_seconds()
    result = subprocess.run(command, capture_output=True, text=True)
    seconds = _children_seconds() - start
    if result.returncode:
        message = result.stderr.strip() or f"exit status {result.returncode}"
        raise CompileError(message.replace(stem, "program"))
    with open(stem + ".seconds", "w", encoding="utf-8") as file:
        file.write(repr(seconds))
    return stem + ".so", seconds


class Kernel:
    """The function @main of a library on arrays that stay where they are."""

    def __init__(self, library, inputs, outputs):
        self._function = ctypes.CDLL(library).main
        self._function.restype = ctypes.c_int32
        self._arrays = [*inputs, *outputs]
        self._shapes = [(ctypes.c_int64 * array.ndim)(*array.shape) for array in self._arrays]
        self._inputs, self._outputs = self._tensors(0, len(inputs)), self._tensors(len(inputs), len(self._arrays))

    def _tensors(self, first, last):
        tensors = (Tensor * (last - first))()
        for place, number in enumerate(range(first, last)):
            array, shape = self._arrays[number], self._shapes[number]
            tensors[place] = Tensor(
                array.ctypes.data,
                ctypes.cast(shape, ctypes.POINTER(ctypes.c_int64)),
                array.ndim,
                CODES[array.dtype.name],
            )
        return tensors

    def __call__(self):
        status = self._function(self._inputs, self._outputs)
        if status:
            raise RuntimeError(f"the kernel refused its arguments with status {status:#x}")
