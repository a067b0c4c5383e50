"""The Pulumi CLI, bound to this project and one stack."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from deploy.problems import RefusedError
from deploy.process import Ended, Finished, Runner

SCHEMES_WITHOUT_SERVICE = ("file://", "s3://", "gs://", "azblob://")


@dataclass(frozen=True)
class Engine:
    """One stack's `pulumi` commands. Captured ones never ask; those in front use the terminal."""

    cli: Path
    stack: str
    runner: Runner

    def whoami(self) -> Finished:
        """User and backend as JSON; fails when nobody is logged in to the backend."""
        return self._captured("whoami", "--json")

    def plugins(self) -> set[tuple[str, str]]:
        """Name and version of every installed resource plugin."""
        listing = self._captured("plugin", "ls", "--json")
        return {
            (plugin["name"], plugin.get("version", ""))
            for plugin in (json.loads(listing.stdout or "[]") if listing.succeeded else [])
            if plugin["kind"] == "resource"
        }

    def select(self, *, create: bool, secrets_provider: str = "") -> None:
        """Make it the current stack, created if asked to; RefusedError with Pulumi's reason."""
        options = ["--create"] if create else []
        if create and secrets_provider:
            options += ["--secrets-provider", secrets_provider]
        done = self._captured("stack", "select", self.stack, *options)
        if not done.succeeded:
            raise RefusedError.because(
                f"Pulumi cannot open the stack {self.stack}: {done.complaint}.",
                "See what is wrong with: pulumi stack ls"
                if create
                else f"Create it with: make up STACK={self.stack}",
            )

    def up(self, *, confirmed: bool, onto_stderr: bool = False) -> Ended:
        """Bring the cloud to what the program says."""
        return self._in_front("up", *(["--yes"] if confirmed else []), onto_stderr=onto_stderr)

    def preview(self) -> Ended:
        """Show what `up` would change."""
        return self._in_front("preview")

    def destroy(self) -> Ended:
        """Delete everything in the stack without asking a second time."""
        return self._in_front("destroy", "--yes", "--skip-preview")

    def cancel(self) -> Finished:
        """Take a lock off that an ended command has left behind."""
        return self._captured("cancel", self.stack, "--yes")

    def outputs(self) -> dict[str, Any]:
        """The stack's outputs, secrets hidden; empty when there are none to read."""
        done = self._captured("stack", "output", "--json", "--stack", self.stack)
        found = json.loads(done.stdout) if done.succeeded and done.stdout.strip() else {}
        return found if isinstance(found, dict) else {}

    def export(self) -> dict[str, Any]:
        """The stack's state; RefusedError when it cannot be read."""
        done = self._captured("stack", "export", "--stack", self.stack)
        if not done.succeeded:
            raise RefusedError.because(
                f"The state of the stack {self.stack} cannot be read: {done.complaint}.",
                "If it was never brought up, there is nothing to take down; see: pulumi stack ls",
            )
        found = json.loads(done.stdout)
        return found if isinstance(found, dict) else {}

    def _captured(self, *arguments: str) -> Finished:
        return self.runner.capture([str(self.cli), *arguments, "--non-interactive"])

    def _in_front(self, verb: str, *options: str, onto_stderr: bool = False) -> Ended:
        command = [str(self.cli), verb, "--stack", self.stack, *options]
        return self.runner.in_front(command, onto_stderr=onto_stderr)


def keeps_state_itself(backend_url: str) -> bool:
    """Whether a backend is plain storage: secrets then need a passphrase or a key of their own."""
    return backend_url.startswith(SCHEMES_WITHOUT_SERVICE)
