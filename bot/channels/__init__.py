"""Doors to the outside: what comes in becomes neutral, what goes out becomes the provider's."""
