"""Makes `aws.ec2.Vpc` import the module of Vpc alone, instead of the 180 modules of EC2.

`pulumi_aws.ec2` imports everything that EC2 has, and the other services do likewise: with seventeen
services that is half of the time of a plan. With this installed, a name of such a package is looked
up in the one module that has it; a name that is not found so makes the package import itself as it
always does. Only planning and tests use it: `pulumi up` runs the program as it is.
"""

import importlib
import sys
from collections.abc import Callable, Sequence
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec, PathFinder
from pathlib import Path
from types import ModuleType
from typing import Any, Final

from planning.provider_types import snake_case

_PACKAGE: Final = "pulumi_aws"
# `aws.ecs.ServiceArgs` stands beside `aws.ecs.Service`.
_SUFFIXES: Final = ("", "ArgsDict", "Args")
# Nested arguments and enumerations have modules of their own.
_SHARED: Final = ("_inputs", "_enums")


def install() -> None:
    """Make the service packages that are not imported yet lazy; a second call does nothing."""
    if not any(isinstance(finder, _Finder) for finder in sys.meta_path):
        sys.meta_path.insert(0, _Finder())


class _Finder(MetaPathFinder):
    """Finds the service packages as always, and gives them a lazy loader."""

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        parent, _, name = fullname.rpartition(".")
        if parent != _PACKAGE or name.startswith("_"):
            return None
        spec = PathFinder.find_spec(fullname, path, target)
        if spec and spec.loader and spec.submodule_search_locations:
            spec.loader = _Lazy(spec.loader)
            return spec
        return None


class _Lazy(Loader):
    """Runs a package only when a name cannot be found without."""

    def __init__(self, loader: Loader) -> None:
        self._loader = loader

    def create_module(self, spec: ModuleSpec) -> ModuleType | None:
        return self._loader.create_module(spec)

    def exec_module(self, module: ModuleType) -> None:
        vars(module)["__getattr__"] = self._lookup(module)

    def _lookup(self, module: ModuleType) -> Callable[[str], Any]:
        folder = Path(str(module.__file__)).parent
        modules = {path.stem for path in folder.glob("*.py")}

        def lookup(name: str) -> Any:
            if name.startswith("__"):
                raise AttributeError(f"module {module.__name__!r} has no attribute {name!r}")
            for candidate in _candidates(name, modules):
                found = importlib.import_module(f"{module.__name__}.{candidate}")
                # `get_vpc` is a function in a module of that name, `outputs` only a module.
                if hasattr(found, name) or candidate == name:
                    value = getattr(found, name, found)
                    setattr(module, name, value)
                    return value
            del vars(module)["__getattr__"]
            self._loader.exec_module(module)
            return getattr(module, name)

        return lookup


def _candidates(name: str, modules: set[str]) -> list[str]:
    """Modules that may have a name, likeliest first."""
    bases = [name.removesuffix(suffix) for suffix in _SUFFIXES if name.endswith(suffix)]
    likely = [snake_case(base).removesuffix("_output") for base in bases]
    return [module for module in (*likely, *_SHARED) if module in modules]
