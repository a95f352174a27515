"""Connections to banks: offered, signed in to, read a few times a day, and given back."""
