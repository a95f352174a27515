"""Understands without a model: text in, tool calls out."""
