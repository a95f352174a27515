"""The books: accounts, journal entries whose postings sum to zero, balances."""
