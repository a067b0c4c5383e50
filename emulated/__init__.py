"""The emulated cloud: an AWS on this machine whose tasks and databases are real containers."""
