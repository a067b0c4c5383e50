"""What was started, in a file: so that stop and status know it, also after an interrupted start."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path

from emulated.settings import CloudSettings

FILE = "cloud.json"


@dataclass(frozen=True)
class ServerProcess:
    """A process of the plain cloud, known by its id and when it began (seconds since 1970)."""

    name: str
    pid: int
    created: float


@dataclass(frozen=True, kw_only=True)
class Record:
    """One started cloud; no `engine_host` for a plain one, not `ready` until it answered."""

    name: str
    aws_port: int
    moto_port: int
    containers: bool
    engine_host: str = ""
    ready: bool = False
    processes: tuple[ServerProcess, ...] = field(default=())

    def with_processes(self, processes: tuple[ServerProcess, ...]) -> Record:
        """The same with other processes."""
        return replace(self, processes=processes)


def record_of(settings: CloudSettings, *, engine_host: str = "") -> Record:
    """The record of a start that begins now."""
    return Record(
        name=settings.name,
        aws_port=settings.aws_port,
        moto_port=settings.moto_port,
        containers=bool(engine_host),
        engine_host=engine_host,
    )


def write_record(state_dir: Path, record: Record) -> None:
    """Write in one step, so that an interruption leaves the old record or the new one."""
    state_dir.mkdir(parents=True, exist_ok=True)
    draft = state_dir / f"{FILE}.new"
    draft.write_text(json.dumps(asdict(record), indent=1) + "\n", encoding="utf-8")
    draft.replace(state_dir / FILE)


def read_record(state_dir: Path) -> Record | None:
    """The record, None when nothing was started or the file is damaged."""
    try:
        values = json.loads((state_dir / FILE).read_text(encoding="utf-8"))
        processes = tuple(ServerProcess(**p) for p in values.pop("processes"))
        return Record(**values, processes=processes)
    except (OSError, ValueError, TypeError, KeyError, AttributeError):
        return None


def remove_record(state_dir: Path) -> None:
    """Forget what was started."""
    (state_dir / FILE).unlink(missing_ok=True)
