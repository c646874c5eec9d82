"""Entry point of ``python -m export``."""

import signal

if __name__ == "__main__":
    handler = signal.getsignal(signal.SIGINT)
    if handler is signal.default_int_handler:  # Ctrl-C while the libraries load: no traceback
        signal.signal(signal.SIGINT, signal.SIG_DFL)
    from export.cli import main

    signal.signal(signal.SIGINT, handler)
    raise SystemExit(main())
