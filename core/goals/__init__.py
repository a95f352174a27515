"""Savings goals: what is being put by, for what, and whether it will be there in time."""
