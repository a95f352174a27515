"""Debts: what is owed at which rate, and the shortest way out of it."""
