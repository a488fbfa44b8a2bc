"""Who is timed: this project and what it is compared with. One module each, loaded only in a process of its own.

A module has METHODS, a list of `base.Method`, and `version()`.
"""

# Name on the command line and in reports -> module.
MODULES = {
    "sattn": "peers.sattn",
    "hand-written": "peers.hand_written",
    "torch": "peers.pytorch",
    "onnxruntime": "peers.onnx_runtime",
    "openvino": "peers.open_vino",
    "jax": "peers.jax_formula",
    "iree": "peers.iree_unfused",
    "numpy": "peers.numpy_formula",
}
OURS = "sattn"
