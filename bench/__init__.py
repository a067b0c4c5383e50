"""Throughput of the application under its own server and under gunicorn: `make bench`."""
