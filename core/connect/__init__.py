"""Adapters to services outside: simulators that ship with the product, and the real ones."""
