"""Subscriptions: charges that come back, found in the ledger and looked after."""
