"""`make up STACK=…` and `make down STACK=…`: check what is needed, then run the Pulumi CLI."""
