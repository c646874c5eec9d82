"""The process of a command: the signals that end it."""

from runtime.process.interruption import INTERRUPTED, Interruption, interruptible, loading

__all__ = ["INTERRUPTED", "Interruption", "interruptible", "loading"]
