"""Bank statement files: read whole or refused, and recognised when they come again."""
