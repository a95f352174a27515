"""Inbound messages waiting for their turn, one conversation at a time."""

from __future__ import annotations

from workers.context import JobContext


def answer_waiting(context: JobContext) -> int:
    """Let the dialogue answer until nothing waits; return how many messages it answered."""
    if context.handler is None:
        return 0
    answered = 0
    while answered < context.limits.round_items and not context.stopping():
        if not context.handler.handle_next():
            break
        answered += 1
    return answered
