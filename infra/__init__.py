"""The Pulumi program: settings, pure modules, components and their composition."""
