"""People: who they are, how they want it, and which chats are theirs."""
