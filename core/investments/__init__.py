"""Investments: securities, trades, the lots they make, prices, value, returns and spread."""
