"""Budgets: what may be spent on a category in a week, a month or a year."""
