"""The HTTP skin: webhooks, tools, files and health."""
