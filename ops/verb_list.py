"""The verbs with what each does; only the one that is typed is imported."""

from __future__ import annotations

from types import MappingProxyType

# In the order of `bin/ops --help`; the module is ops/verbs/<name>.py, dashes as underscores.
VERBS = MappingProxyType(
    {
        "status": "everything that matters on one screen; exit code 1 when something is wrong",
        "ps": "processes: how many run, since when, how healthy, and why not",
        "logs": "lines of all processes, merged in the order of time",
        "releases": "what was released, when, by whom, and how it ended",
        "release": "one release in full",
        "rollback": "an earlier release's tasks again, watched to the end",
        "run": "a command in a task of its own, with the release's configuration",
        "shell": "an interactive shell in a running task",
        "exec": "a command in a running task",
        "psql": "the database's prompt, read-only unless asked otherwise",
        "tunnel": "the database on a port of this machine",
        "scale": "change how many tasks a process has",
        "restart": "replace the tasks of a process one by one",
        "config": "plain variables of the application",
        "secrets": "encrypted variables of the application",
        "maintenance": "answer visitors with a page that says so",
        "domains": "names of the application, and what DNS still lacks",
        "certs": "certificates: validation and expiry",
        "open": "the application in a browser",
        "dashboard": "where AWS shows the stack",
        "doctor": "look for everything that commonly goes wrong",
        "permissions": "what a person needs for these verbs, as an IAM policy",
        "completion": "what lets the shell complete verbs, stacks and processes",
    }
)

# Heroku's words for a verb that is called otherwise here; `config:set` and the like need no entry.
HEROKU = MappingProxyType(
    {
        "pg:psql": ("psql",),
        "ps:exec": ("shell",),
        "ps:restart": ("restart",),
        "ps:scale": ("scale",),
        "releases:info": ("release", "info"),
        "releases:rollback": ("rollback",),
        "run:detached": ("run", "--detach"),
    }
)


def module_of(verb: str) -> str:
    """The module that holds a verb's `command`."""
    return f"ops.verbs.{verb.replace('-', '_')}"
