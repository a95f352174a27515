"""Bills and pay: what is due and what comes in, whether it was seen in the books or typed."""
