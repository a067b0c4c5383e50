"""An application of ten lines, as somebody brings one."""

from flask import Flask

application = Flask(__name__)


@application.get("/")
@application.get("/livez")
def greet() -> str:
    """Say hello."""
    return "Hello!"
