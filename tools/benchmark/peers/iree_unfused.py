"""IREE: product, softmax, product as three operations. Its attention operation is 10 to 200 times slower on a CPU."""

import importlib.metadata

import iree.compiler
import iree.runtime
import numpy as np

from peers.base import Call, Method, demand
from problems.attention import Attention

FLAGS = [
    "--iree-hal-target-backends=llvm-cpu",
    "--iree-llvmcpu-target-cpu=host",
    "--iree-opt-level=O3",
    "--iree-llvmcpu-reassociate-fp-reductions",
    "--iree-llvmcpu-use-fast-min-max-ops",
]


def version():
    """That of the compiler."""
    return importlib.metadata.version("iree-base-compiler")


def _program(heads, queries, keys, depth, width, scale, causal):
    scores = f"tensor<{heads}x{queries}x{keys}xf32>"
    result = f"tensor<{heads}x{queries}x{width}xf32>"
    masked = (
        "%x = arith.mulf %s, %scale : f32\n    linalg.yield %x : f32"
        if not causal
        else """%x = arith.mulf %s, %scale : f32
    %i = linalg.index 1 : index
    %j = linalg.index 2 : index
    %later = arith.cmpi ugt, %j, %i : index
    %y = arith.select %later, %low, %x : f32
    linalg.yield %y : f32"""
    )
    return f"""
func.func @main(%q: tensor<{heads}x{queries}x{depth}xf32>, %kt: tensor<{heads}x{depth}x{keys}xf32>,
                %v: tensor<{heads}x{keys}x{width}xf32>) -> {result} {{
  %zero = arith.constant 0.0 : f32
  %low = arith.constant 0xFF800000 : f32
  %scale = arith.constant {scale!r} : f32
  %e = tensor.empty() : {scores}
  %z = linalg.fill ins(%zero : f32) outs(%e : {scores}) -> {scores}
  %p = linalg.batch_matmul ins(%q, %kt : tensor<{heads}x{queries}x{depth}xf32>, tensor<{heads}x{depth}x{keys}xf32>)
         outs(%z : {scores}) -> {scores}
  %m = linalg.generic {{indexing_maps = [affine_map<(h, i, j) -> (h, i, j)>, affine_map<(h, i, j) -> (h, i, j)>],
      iterator_types = ["parallel", "parallel", "parallel"]}} ins(%p : {scores}) outs(%e : {scores}) {{
  ^bb0(%s: f32, %o: f32):
    {masked}
  }} -> {scores}
  %w = linalg.softmax dimension(2) ins(%m : {scores}) outs(%e : {scores}) -> {scores}
  %re = tensor.empty() : {result}
  %rz = linalg.fill ins(%zero : f32) outs(%re : {result}) -> {result}
  %r = linalg.batch_matmul ins(%w, %v : {scores}, tensor<{heads}x{keys}x{width}xf32>) outs(%rz : {result}) -> {result}
  return %r : {result}
}}
"""


def _prepare(problem, inputs, context):
    demand(
        problem.plain
        and problem.element == "f32"
        and problem.group == 1
        and not problem.shared_queries
        and problem.offset == 0,
        "only plain f32 attention of single heads is written for it",
    )
    demand(problem.window is None or problem.causal, "no window is written for it")
    demand(context.threads == 1, "its synchronous driver has one thread")
    heads = problem.batch * problem.heads
    demand(4 * heads * problem.queries * problem.num_keys <= 2**30, "all scores take over 1 GiB")
    program = _program(
        heads, problem.queries, problem.num_keys, problem.depth, problem.value_width, problem.scale, problem.causal
    )
    binary = iree.compiler.compile_str(program, extra_args=FLAGS)
    config = iree.runtime.Config("local-sync")
    module = iree.runtime.VmModule.copy_buffer(config.vm_instance, binary)
    bound = iree.runtime.load_vm_module(module, config)["main"]
    flat = lambda array: array.reshape(heads, *array.shape[-2:])
    arrays = (flat(inputs["query"]), np.ascontiguousarray(flat(inputs["key0"]).swapaxes(1, 2)), flat(inputs["value"]))
    arguments = [iree.runtime.asdevicearray(config.device, array) for array in arrays]
    return Call(lambda: (bound(*arguments), arrays)[0], lambda result: result.to_host().reshape(problem.output_shape))


METHODS = [Method("unfused", _prepare, (Attention,), lambda problem: problem.queries > 1, slow_to_prepare=True)]
