"""When things recur: the next moment at a user's local hour."""
