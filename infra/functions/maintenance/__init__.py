"""The function behind the balancer during maintenance; only `handler.py` is sent to AWS."""
