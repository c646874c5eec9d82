"""PyInstaller hook: a program that runs networks does not carry PyTorch because it is installed where it is packed.

onnxruntime refers to a module of its tools for transformers, and that one to PyTorch, which it can do without.
"""

excludedimports = ["torch"]
