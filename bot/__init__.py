"""Talks: channels, dialogue, HTTP, admin and command line."""
