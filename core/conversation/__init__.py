"""The thread between a person and the bot: plans, turns and what is open."""
