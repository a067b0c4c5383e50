"""Releases of the past: shown, and gone back to."""
