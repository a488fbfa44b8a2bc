"""OpenVINO: its attention operation, with shared buffers. A causal bound is a constant mask, which it does not skip by."""

import numpy as np
import openvino
from openvino import opset13

from peers import formula
from peers.base import Call, Method, demand
from problems.attention import Attention

ELEMENTS = {"f32": openvino.Type.f32, "f16": openvino.Type.f16}


def version():
    """That of openvino."""
    return openvino.__version__


def _model(problem, arrays):
    parameters = [opset13.parameter(list(array.shape), ELEMENTS[problem.element]) for array in arrays]
    scale = opset13.constant(np.array(problem.scale, arrays[0].dtype))
    mask = formula.presence(problem)
    if mask is None:
        zero = opset13.constant(np.zeros((), arrays[0].dtype))
        attention = opset13.scaled_dot_product_attention(*parameters, zero, scale)
    else:
        keep = opset13.constant(np.where(mask, 0, -np.inf).astype(arrays[0].dtype))
        attention = opset13.scaled_dot_product_attention(*parameters, keep, scale)
    return openvino.Model([attention], parameters)


def _prepare(problem, inputs, context):
    demand(problem.structure is None and not problem.level_caches, "no such structure in its operation")
    demand(problem.group == 1, "grouped heads are not expressed by its operation")
    demand(problem.element in ELEMENTS, "no bf16 in NumPy buffers")
    demand(problem.queries * problem.num_keys <= 2**26, "the mask has too many elements")
    query = inputs["query"]
    if problem.shared_queries:
        query = np.repeat(query[:, None], problem.heads, axis=1)
    arrays = [query, inputs["key0"], inputs["value"]]
    hints = {
        "INFERENCE_PRECISION_HINT": ELEMENTS[problem.element],
        "INFERENCE_NUM_THREADS": context.threads,
        "PERFORMANCE_HINT": "LATENCY",
        "NUM_STREAMS": 1,
    }
    compiled = openvino.Core().compile_model(_model(problem, arrays), "CPU", hints)
    request = compiled.create_infer_request()
    for place, array in enumerate(arrays):
        request.set_input_tensor(place, openvino.Tensor(array, shared_memory=True))

    def run():
        request.infer()
        return arrays and request

    return Call(run, lambda done: done.get_output_tensor(0).data.reshape(problem.output_shape))


METHODS = [Method("attention", _prepare, (Attention,))]
