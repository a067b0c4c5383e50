"""What the Pulumi engine runs."""

import pulumi

from infra.config import read_config
from infra.problems import SettingsError
from infra.settings import load_settings
from infra.stack import deploy

try:
    deploy(load_settings(read_config()))
except SettingsError as error:
    # The engine shows its message alone, and a traceback for anything else.
    raise pulumi.RunError(str(error)) from None
