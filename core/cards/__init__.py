"""Cards on a wallet: their states and limits, and what a purchase may do."""
