"""Jobs: what is done outside of requests, by the worker."""
