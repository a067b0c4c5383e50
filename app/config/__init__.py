"""Settings of the application, read once from the environment (and `.env` in development)."""

from app.config.loading import load_config
from app.config.table import Config

__all__ = ["Config", "load_config"]
