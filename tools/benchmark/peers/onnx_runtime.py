"""ONNX Runtime: MultiHeadAttention, Attention and GroupQueryAttention, with buffers bound once."""

import numpy as np
import onnxruntime as ort
from onnx import TensorProto, helper

from peers import formula
from peers.base import Call, Method, demand
from problems.attention import Attention

TYPES = {"f32": TensorProto.FLOAT, "f16": TensorProto.FLOAT16}


def version():
    """That of onnxruntime."""
    return ort.__version__


def _session(node, inputs, outputs, domain, opset, context):
    """A session of one operator; inputs and outputs are (name, type, rank)."""
    info = lambda values: [helper.make_tensor_value_info(name, kind, [None] * rank) for name, kind, rank in values]
    graph = helper.make_graph([node], "attention", info(inputs), info(outputs))
    opsets = [helper.make_opsetid("", opset)] + ([helper.make_opsetid(domain, 1)] if domain else [])
    model = helper.make_model(graph, opset_imports=opsets, ir_version=10)
    options = ort.SessionOptions()
    options.graph_optimization_level = ort.GraphOptimizationLevel.ORT_ENABLE_ALL
    options.intra_op_num_threads = context.threads
    options.inter_op_num_threads = 1
    options.log_severity_level = 3
    return ort.InferenceSession(model.SerializeToString(), options, providers=["CPUExecutionProvider"])


def _bound_call(session, arrays, outputs, read):
    """A call with IO binding. `outputs` maps names to arrays, one of which may be an input, too."""
    binding = session.io_binding()
    values = {}

    def value(array):
        if id(array) not in values:
            values[id(array)] = ort.OrtValue.ortvalue_from_numpy(array)
        return values[id(array)]

    for name, array in arrays.items():
        binding.bind_ortvalue_input(name, value(array))
    for name, array in outputs.items():
        binding.bind_ortvalue_output(name, value(array))
    result = value(next(iter(outputs.values())))

    def run():
        session.run_with_iobinding(binding)
        return result

    return Call(run, lambda bound: read(bound.numpy()))


def _rows_first(array):
    """batch x heads x rows x columns as batch x rows x (heads * columns)."""
    return np.ascontiguousarray(array.swapaxes(1, 2)).reshape(array.shape[0], array.shape[2], -1)


def _heads_first(problem, width):
    """The way back, to the shape of the problem's output."""
    heads = problem.heads * problem.group
    return lambda array: (
        array.reshape(problem.batch, problem.queries, heads, width).swapaxes(1, 2).reshape(problem.output_shape)
    )


def _queries(problem, inputs):
    query = inputs["query"]
    if problem.shared_queries:
        query = np.repeat(query[:, None], problem.heads, axis=1)
    return query.reshape(problem.batch, problem.heads * problem.group, problem.queries, problem.depth)


def _check(problem):
    demand(problem.plain, "its operators know no such structure")
    demand(problem.element in TYPES, "no bf16 on CPUs")


def _prepare_multi_head(problem, inputs, context):
    _check(problem)
    demand(problem.window is None, "with a causal mask it leaves its flash path: see the other operators")
    demand(problem.group == 1, "no grouped heads")
    demand(problem.element == "f32", "f32 only on CPUs")
    node = helper.make_node(
        "MultiHeadAttention",
        ["q", "k", "v"],
        ["o"],
        domain="com.microsoft",
        num_heads=problem.heads,
        scale=problem.scale,
    )
    kind = TYPES[problem.element]
    session = _session(node, [(name, kind, 3) for name in "qkv"], [("o", kind, 3)], "com.microsoft", 18, context)
    arrays = {
        "q": _rows_first(_queries(problem, inputs)),
        "k": _rows_first(inputs["key0"]),
        "v": _rows_first(inputs["value"]),
    }
    output = np.empty((problem.batch, problem.queries, problem.heads * problem.value_width), arrays["q"].dtype)
    return _bound_call(session, arrays, {"o": output}, _heads_first(problem, problem.value_width))


def _prepare_attention(problem, inputs, context):
    """The operator of ONNX itself."""
    _check(problem)
    demand(problem.element == "f32", "tried with f32 only")
    names, arrays = ["q", "k", "v"], {"q": _queries(problem, inputs), "k": inputs["key0"], "v": inputs["value"]}
    kinds = [(name, TensorProto.FLOAT, 4) for name in names]
    causal = problem.causal and problem.offset == 0
    if problem.window is not None and not causal:
        demand(problem.queries * problem.num_keys <= 2**25, "the mask has too many elements")
        names.append("mask")
        kinds.append(("mask", TensorProto.BOOL, 2))
        arrays["mask"] = np.ascontiguousarray(formula.presence(problem)[0, 0])
    node = helper.make_node("Attention", names, ["o"], is_causal=int(causal), scale=problem.scale)
    session = _session(node, kinds, [("o", TensorProto.FLOAT, 4)], "", 23, context)
    heads = problem.heads * problem.group
    output = np.empty((problem.batch, heads, problem.queries, problem.value_width), np.float32)
    return _bound_call(session, arrays, {"o": output}, lambda array: array.reshape(problem.output_shape))


def _prepare_group_query(problem, inputs, context):
    """Causal by itself. A decoding step appends its last key and value to caches that it shares with its outputs."""
    _check(problem)
    decode = problem.queries == 1 and problem.num_keys > 1
    left = problem.window[0] if problem.window is not None else None
    demand(decode or (problem.window is not None and problem.window[1] == 0), "it is causal")
    demand(decode or problem.queries == problem.num_keys, "caches are tried with one query only")
    demand(problem.depth == problem.value_width, "d_v is d_qk")
    demand(not problem.shared_queries, "queries of all heads are separate")
    kind, heads = TYPES[problem.element], problem.heads * problem.group
    names = ["q", "k", "v", "past_k", "past_v", "last", "total"]
    window = {} if left is None else {"local_window_size": left + 1}
    node = helper.make_node(
        "GroupQueryAttention",
        names,
        ["o", "next_k", "next_v"],
        domain="com.microsoft",
        num_heads=heads,
        kv_num_heads=problem.heads,
        scale=problem.scale,
        **window,
    )
    kinds = [(name, kind, 3) for name in names[:3]] + [(name, kind, 4) for name in names[3:5]]
    kinds += [("last", TensorProto.INT32, 1), ("total", TensorProto.INT32, 1)]
    outputs = [("o", kind, 3), ("next_k", kind, 4), ("next_v", kind, 4)]
    session = _session(node, kinds, outputs, "com.microsoft", 18, context)
    fresh = lambda array: _rows_first(array[:, :, -1:] if decode else array)
    cache = lambda array: array.copy() if decode else np.empty_like(array[:, :, :0])
    arrays = {
        "q": _rows_first(_queries(problem, inputs)),
        "k": fresh(inputs["key0"]),
        "v": fresh(inputs["value"]),
        "past_k": cache(inputs["key0"]),
        "past_v": cache(inputs["value"]),
        "last": np.full(problem.batch, problem.num_keys - 1, np.int32),
        "total": np.array([problem.num_keys], np.int32),
    }
    output = np.empty((problem.batch, problem.queries, heads * problem.depth), arrays["q"].dtype)
    caches = (
        {"next_k": arrays["past_k"], "next_v": arrays["past_v"]}
        if decode
        else {"next_k": np.empty_like(inputs["key0"]), "next_v": np.empty_like(inputs["value"])}
    )
    return _bound_call(session, arrays, {"o": output} | caches, _heads_first(problem, problem.depth))


METHODS = [
    Method("MultiHeadAttention", _prepare_multi_head, (Attention,)),
    Method("Attention", _prepare_attention, (Attention,)),
    Method("GroupQueryAttention", _prepare_group_query, (Attention,)),
]
