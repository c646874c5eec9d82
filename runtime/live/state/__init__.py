"""State of the live window: networks, options that keys change, readings and counters."""
