"""The table of all settings: what the checks, `docs/configuration.md` and `.env.example` read."""

from __future__ import annotations

from pydantic_settings import BaseSettings, SettingsConfigDict

from app.config.database import Database
from app.config.insight import Insight
from app.config.people import People
from app.config.server import Edge, Server
from app.config.services import Services
from app.config.work import Work

# In the order of the documents.
SECTIONS = (Server, Edge, People, Database, Work, Services, Insight)


class Config(Server, Edge, People, Database, Work, Services, Insight, BaseSettings):
    """Every setting; the variable is the field's name in capitals, times are seconds."""

    model_config = SettingsConfigDict(
        frozen=True, env_file=".env", env_ignore_empty=True, extra="ignore", defer_build=False
    )
