"""What runs as a Lambda function: sent to AWS as it is, and never part of a plan."""
