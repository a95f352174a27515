"""Who was paid and what for: clean merchant names and the cascade that finds a category."""
