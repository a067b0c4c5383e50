"""One verb a module; each has a `command`, and `NEEDS`: the permissions of its AWS calls."""
