"""Wallets: money that we keep the record of, and exchanging it between currencies."""
