"""`python -m emulated`: see `emulated.cli`."""

import sys

from emulated.cli import main

sys.exit(main(sys.argv[1:]))
