"""Sending money to people: saved payees, and payments that happen once or not at all."""
