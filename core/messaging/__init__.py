"""Messages in and out, neutral of every channel: records, states and rules."""
