"""The cloud without containers: from its packages to servers that answer."""

from __future__ import annotations

import shutil

from emulated import processes
from emulated.health import wait_until_healthy
from emulated.packages import ensure_packages
from emulated.ports import check_ports
from emulated.problems import CloudError
from emulated.progress import Report
from emulated.record import record_of, remove_record, write_record
from emulated.settings import CloudSettings

LAST_LINES = 20


def start_plain(settings: CloudSettings, report: Report) -> float:
    """Bring up the cloud without containers; seconds until it answered.

    CloudError with the servers' last lines when they do not come up; they are ended then.
    """
    check_ports(settings)
    python = ensure_packages(settings, report)
    record = record_of(settings)
    for role in processes.ROLES:
        record = record.with_processes(
            (*record.processes, processes.start_process(settings, python, role))
        )
        write_record(settings.state_dir, record)
    report("Waiting for the servers ...")
    started = record.processes
    try:
        seconds = wait_until_healthy(
            settings, ended=lambda: processes.ended_process(started), report=report
        )
    except CloudError as problem:
        processes.stop_processes(started)
        remove_record(settings.state_dir)
        raise CloudError(f"{problem}{last_lines(settings)}") from problem
    if settings.https_port:
        shutil.copy(processes.server_state(settings) / "tls" / "ca.pem", settings.authority_file)
    return seconds


def last_lines(settings: CloudSettings) -> str:
    """The end of each plain server's output, for a message."""
    story = ""
    for role in processes.ROLES:
        path = processes.log_path(settings, role)
        if path.exists() and (
            lines := path.read_text(errors="replace").strip().splitlines()[-LAST_LINES:]
        ):
            story += f"\nLast lines of the server {role} (all of them in {path}):\n"
            story += "\n".join(f"  {line}" for line in lines)
    return story
