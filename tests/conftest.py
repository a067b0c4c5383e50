"""For all tests: the AWS SDK is imported class by class, as `make plan` does."""

from planning import lazy_packages

# Whole services hold modules that are deprecated, and here a warning is an error.
lazy_packages.install()
