"""The resource types of this project and the AWS API operations that create them."""

from collections.abc import Mapping
from typing import Final

from planning.mapping.binding import Binding, Mapped
from planning.mapping.compute import COMPUTE
from planning.mapping.data import DATA
from planning.mapping.entry import ENTRY
from planning.mapping.network import NETWORK
from planning.mapping.operations import OPERATIONS

__all__ = ["TABLE", "Binding", "Mapped"]

TABLE: Final[Mapping[str, Mapped]] = {**COMPUTE, **DATA, **ENTRY, **NETWORK, **OPERATIONS}
