"""PyInstaller hook: PyTorch stays out of packed programs where it happens to be installed.

onnxruntime refers to its tools for transformers, and these to PyTorch, which is not needed.
"""

excludedimports = ["torch"]
