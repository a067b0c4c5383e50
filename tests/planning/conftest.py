"""The provider's packages are imported name by name: quick, and without their warnings."""

from planning import lazy_packages

lazy_packages.install()
