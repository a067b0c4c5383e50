"""The lines of `status`: each asks AWS for one thing and judges it."""
