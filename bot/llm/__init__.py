"""The language model: one adapter, a small loop, and the checks its words have to pass."""
