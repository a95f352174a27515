"""The commands of ``financemaster``, one file a subject."""
