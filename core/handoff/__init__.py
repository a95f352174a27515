"""Handing over to a person: tickets, quiet for whom they are about, and lines to call."""
