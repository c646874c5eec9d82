"""The process: signals that end a command, and children that are forked."""

from runtime.process.forks import in_child, never_free, watch
from runtime.process.interruption import INTERRUPTED, Interruption, interruptible, loading

__all__ = ["INTERRUPTED", "Interruption", "in_child", "interruptible", "loading", "never_free", "watch"]
