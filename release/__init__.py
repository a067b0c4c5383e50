"""What makes a release true: its phase, its rollout, and the record of both, by boto3 alone."""
