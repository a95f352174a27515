"""Approvals: what a user agreed to, exactly, once and in time."""
