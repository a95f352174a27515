"""The categories of money: a fixed public scheme, and the user's own beside it."""
