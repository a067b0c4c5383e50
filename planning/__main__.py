"""`python -m planning --stack NAME`: what a stack would create, without network or cloud."""

import gc
import sys


def _main() -> int:
    # The imports make some hundred thousand objects that live as long as the process, which is a
    # second or two: collecting garbage would take a third of that.
    gc.disable()
    from planning.command import main

    return main()


if __name__ == "__main__":
    sys.exit(_main())
