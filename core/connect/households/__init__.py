"""Invented households with fourteen months of money, for demos and tests."""
