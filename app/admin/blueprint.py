"""The blueprint of the administrator's pages, and who may see them."""

from __future__ import annotations

from flask import Blueprint, abort, request

from app.accounts.login import administrator_required
from app.database.columns import LARGEST_ID

blueprint = Blueprint("admin", __name__, template_folder="templates", url_prefix="/admin")
SEARCH_LENGTH = 100


@blueprint.before_request
@administrator_required
def admit() -> None:
    """Let administrators alone in, to every page of this blueprint."""


def before_asked_for() -> int | None:
    """Where the page of a list begins: `?before=` an id; 404 for what is none."""
    before = request.args.get("before", type=int)
    if before is not None and not 0 < before <= LARGEST_ID:
        abort(404)
    return before


def search_asked_for() -> str:
    """What a list is searched for: `?q=`."""
    # Neither server can compare a text with this character.
    return request.args.get("q", "").replace("\0", "")[:SEARCH_LENGTH].strip()
