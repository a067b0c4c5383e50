"""For all tests: the AWS SDK is imported class by class, as `make plan` does; Ctrl-C is heeded."""

import signal

from planning import lazy_packages

# Whole services hold modules that are deprecated, and here a warning is an error.
lazy_packages.install()
# A shell starts what runs in the background with Ctrl-C ignored, and all that this starts inherits
# it: tests that press it would wait for ever.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)
