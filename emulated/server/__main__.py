"""Start one process of the emulated AWS: `python -m emulated.server aws` or `... moto`."""

from __future__ import annotations

import importlib
import os
import sys

from emulated.server.settings import (
    ServerSettings,
    ServerSettingsError,
    ministack_environment,
    moto_environment,
    read_settings,
)

USAGE = "usage: python -m emulated.server aws|moto"
# Modules are named, not imported: ministack and moto read the environment while they are imported.
PROCESSES = {
    "aws": ("emulated.server.aws", ministack_environment),
    "moto": ("emulated.server.moto_services.process", moto_environment),
}


def serve(process: str, settings: ServerSettings) -> None:
    """Run a process until it is stopped.

    ModuleNotFoundError when the emulator's packages are not in this environment.
    """
    module, variables = PROCESSES[process]
    settings.state_dir.joinpath("tmp").mkdir(parents=True, exist_ok=True)
    os.environ.update(variables(settings))
    importlib.import_module(module).serve(settings)


def main(arguments: list[str]) -> int:
    """Exit code: 0 stopped as asked, 1 cannot run, 2 wrong arguments or settings."""
    if len(arguments) != 1 or arguments[0] not in PROCESSES:
        print(USAGE, file=sys.stderr)
        return 2
    try:
        settings = read_settings(os.environ)
    except ServerSettingsError as problem:
        print(problem, file=sys.stderr)
        return 2
    try:
        serve(arguments[0], settings)
    except ModuleNotFoundError as missing:
        print(
            f"The package {missing.name} is not in this environment. The emulated AWS has its own: "
            "install emulated/requirements.txt into it and run this with its python.",
            file=sys.stderr,
        )
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
