"""The two processes of the emulated AWS: ministack and moto, with what a Fargate stack needs.

They run in an environment of their own (`emulated/requirements.txt`). Nothing is imported here, so
that the project's environment can read this package without theirs.
"""
