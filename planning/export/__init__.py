"""The recorded plan as Terraform, for checkers that read nothing else."""
