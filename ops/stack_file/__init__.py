"""The stack's YAML file: its values read, its variables changed by Pulumi's CLI."""
