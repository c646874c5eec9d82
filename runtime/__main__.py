"""``python -m runtime`` is the ``landmarks`` command."""

import sys

from runtime.cli import main

sys.exit(main())
