"""What the Pulumi engine runs."""

from infra.config import read_config
from infra.settings import load_settings
from infra.stack import deploy

deploy(load_settings(read_config()))
