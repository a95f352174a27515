"""Knows: money, ledger, budgets, approvals and messages, in plain Python."""
