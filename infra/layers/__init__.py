"""The stack in four layers, each on top of the ones before it."""
