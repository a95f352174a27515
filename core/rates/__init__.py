"""Rates: what one currency is in another, on which day, and who said so."""
