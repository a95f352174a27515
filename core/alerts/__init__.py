"""Alerts: what is worth telling the user unasked, and when it may be told."""
