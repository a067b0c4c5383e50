"""What people and programs read: the only module that prints."""

import json
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from deploy.problems import RefusedError


@dataclass(frozen=True)
class Report:
    """Lines for a person; with `as_json` they go to stderr and stdout holds one JSON object."""

    as_json: bool = False

    def say(self, line: str) -> None:
        """One line about what happens, at once."""
        print(line, file=sys.stderr if self.as_json else sys.stdout, flush=True)

    def list(self, heading: str, lines: Sequence[str]) -> None:
        """A heading and its lines; nothing when there are none."""
        if lines:
            self.say(heading)
            for line in lines:
                self.say(f"  - {line}")

    def result(self, content: Mapping[str, Any]) -> None:
        """The object that a program reads."""
        if self.as_json:
            print(json.dumps(content, indent=2, default=str), flush=True)

    def refusal(self, refused: RefusedError) -> None:
        """What is missing and how to get it, two lines each, below the summary if there is one."""
        lines = [refused.summary] if refused.summary else []
        mark = "  - " if lines else ""
        for missing in refused.missing:
            lines.append(f"{mark}{missing.what}")
            if missing.remedy:
                lines.append(f"{' ' * len(mark)}-> {missing.remedy}")
        print("\n".join(lines), file=sys.stderr, flush=True)
        self.result(
            {
                "error": refused.summary or "refused",
                "missing": [{"what": m.what, "remedy": m.remedy} for m in refused.missing],
            }
        )
