"""What the engine is checked with, one file a family: cases for PyTorch, cases for the slope, and misuses.

Every file may offer PARITY (a list of `Parity`), SLOPES (makers of `Slope` by name) and MISUSES (a list of `Misuse`).
Nothing here imports PyTorch: an oracle is handed it, so that the cases also serve where it is not installed.
"""
