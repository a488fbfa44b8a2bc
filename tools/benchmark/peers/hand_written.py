"""Hand-written C++ kernels from a folder outside the project: --hand-written."""

import ctypes
import os
import shutil
import subprocess

import numpy as np

from peers.base import Call, Method, Unsupported, demand
from problems.attention import Attention

COMPILERS = ("clang++-22", "clang++", "g++")
GLUE = os.path.join(os.path.dirname(os.path.abspath(__file__)), "HandWritten.cpp")


def version():
    """The compiler that builds them."""
    return f"built by {_compiler()}"


def _compiler():
    return next((name for name in COMPILERS if shutil.which(name)), "no compiler")


def _build(context):
    """The library of the glue and the kernels of the folder, compiled once per run."""
    library = os.path.join(context.kernels, "hand_written.so")
    if os.path.exists(library):
        return ctypes.CDLL(library)
    command = [
        _compiler(),
        "-O3",
        "-march=native",
        "-std=c++17",
        "-w",
        "-shared",
        "-fPIC",
        f"-I{context.hand_written}",
        GLUE,
        "-o",
        library,
    ]
    result = subprocess.run(command, capture_output=True, text=True)
    if result.returncode:
        raise Unsupported(
            f"{_compiler()}: {result.stderr.strip().splitlines()[0] if result.stderr.strip() else 'failed'}"
        )
    return ctypes.CDLL(library)


def _call(function, arrays, sizes):
    """A call of a C function on arrays, the last of which is the output, and sizes."""
    arguments = [ctypes.c_void_p(array.ctypes.data) for array in arrays] + [ctypes.c_int(size) for size in sizes]

    def run():
        function(*arguments)
        return arrays[-1]  # and keeps all of them alive

    return Call(run, lambda result: result)


def _dense(problem, inputs, context):
    """`flash` of kern.h: full or causal attention of f32 with 64 or 128 columns."""
    demand(context.hand_written, "no folder is given (--hand-written)")
    demand(problem.plain and problem.element == "f32", "only plain attention is hand-written")
    demand(
        problem.depth == problem.value_width and problem.depth in (64, 128), "only 64 and 128 columns are hand-written"
    )
    demand(problem.window is None or problem.causal, "no window is hand-written")
    demand(
        problem.queries == problem.num_keys and problem.group == 1 and not problem.shared_queries,
        "only self-attention of single heads is hand-written",
    )
    demand(context.threads == 1, "one thread is hand-written")
    sizes = (problem.batch * problem.heads, problem.queries, problem.depth, problem.causal)
    return _call(_build(context).hand_written_dense, [*inputs.values(), problem.output()], sizes)


def _decode(problem, inputs, context):
    """`decf` of decode2.cpp: one query over caches that are laid out for it."""
    demand(context.hand_written, "no folder is given (--hand-written)")
    demand(problem.plain and problem.element == "f32" and problem.queries == 1, "only one query of f32 is hand-written")
    demand(
        problem.group == 1 and problem.depth == problem.value_width == 64 and problem.num_keys % 256 == 0,
        "only 64 columns, single heads and a multiple of 256 keys are hand-written",
    )
    heads = problem.batch * problem.heads
    keys = np.ascontiguousarray(inputs["key0"].reshape(heads, -1, 32, 64).transpose(0, 1, 3, 2))
    arrays = [inputs["query"], keys, inputs["value"], problem.output()]
    return _call(_build(context).hand_written_decode, arrays, (heads, problem.num_keys))


METHODS = [
    Method("dense", _dense, (Attention,), lambda problem: problem.queries > 1),
    Method("decode, packed keys", _decode, (Attention,), lambda problem: problem.queries == 1),
]
