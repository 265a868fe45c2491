"""How an ONNX node is computed with the engine: one file a family, each with a table ADAPTERS by operator.

An adapter takes a `Node` and gives its outputs in ONNX's order (None: not computed here). It raises `NotHeldError`,
with the reason, for what the engine does not hold, such as three-dimensional convolution.
"""
