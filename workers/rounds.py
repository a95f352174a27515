"""Long rounds through many users' books: they give way, show that they live, and can be ended."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator

from core.ids import UserId
from workers.context import JobContext

# One user with a very long history must not make everybody after him wait as long again.
_LONGEST_REST = 1.0


def one_by_one(context: JobContext, users: Iterable[UserId]) -> Iterator[UserId]:
    """Give one user after the other; none once all is stopping."""
    for user_id in users:
        if context.stopping():
            return
        yield user_id
        context.rest(0.0)


def unhurried(
    context: JobContext,
    users: Iterable[UserId],
    *,
    seconds: Callable[[], float] = time.monotonic,
) -> Iterator[UserId]:
    """Do the same, resting as long as each user took.

    So a round takes at most half of the process, and whoever writes meanwhile is answered.
    """
    for user_id in one_by_one(context, users):
        begun = seconds()
        yield user_id
        context.rest(min(seconds() - begun, _LONGEST_REST))
