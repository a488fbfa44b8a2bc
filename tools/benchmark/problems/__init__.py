"""What a row computes: inputs, MLIR text, float64 reference, FLOPs and bytes that are really needed.

A problem is a frozen dataclass, so it can be sent to the process of a peer, which makes the same inputs from the same seed.
"""
