"""Once a night, what a user's corrections teach about names; it serves only if nothing is lost.

Off the message path, and no transaction is open while it learns. What it learns from is bounded
(`core.learning.personal`), and the same corrections give the same weights.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from core.ids import UserId
from core.users.user import UserUnknown
from workers.context import JobContext, Learner

_EVERY = timedelta(hours=1)
_NIGHT = range(1, 5)  # hours on the user's wall clock
_ACTOR = "worker:retraining"


def retrain(context: JobContext) -> int:
    """Look at everybody whose night it is; return how many got a new version."""
    now = context.clock.now()
    if context.learner is None:
        return 0
    with context.database.work() as uow:
        if not uow.schedules.take_turn("retrain", _EVERY, now=now):
            return 0
        users = uow.users.all_ids()
        uow.commit()
    made = 0
    for user_id in users:
        if context.stopping() or made >= context.limits.round_items:
            break
        if _is_night(context, user_id, now):
            made += teach(context, context.learner, user_id)
    return made


def teach(context: JobContext, learner: Learner, user_id: UserId) -> bool:
    """Train on one user's corrections, if they changed; tell whether the new version serves."""
    with context.database.reading() as uow:
        decisions = uow.decisions.decisions(user_id)
        versions = uow.models.versions(user_id)
    digest = learner.digest(decisions)
    if not digest or (versions and versions[0].taught_by == digest):
        return False
    weights = learner.learn(decisions)
    return _keep(context, learner, user_id, weights, digest)


def _keep(
    context: JobContext, learner: Learner, user_id: UserId, weights: bytes, digest: str
) -> bool:
    """Try the new version against the corrections as they are now, and keep what came of it."""
    now = context.clock.now()
    with context.database.work() as uow:
        uow.hold(user_id)
        decisions = uow.decisions.decisions(user_id)
        if learner.digest(decisions) != digest:
            return False  # the user said more meanwhile; the next round learns that, too
        serving = uow.models.serving(user_id)
        present = None if serving is None else uow.models.weights(user_id, serving)
        figures, serves = learner.examine(decisions, weights, present)
        version = uow.models.keep(
            user_id, weights if serves else None, taught_by=digest, figures=figures, now=now
        )
        uow.audit.append(
            user_id,
            actor=_ACTOR,
            action="model.promoted" if serves else "model.refused",
            subject=f"model:{version}",
            now=now,
            values=dict(figures),
        )
        uow.commit()
    return serves


def _is_night(context: JobContext, user_id: UserId, now: datetime) -> bool:
    with context.database.reading() as uow:
        try:
            zone = uow.users.get(user_id).preferences.zone
        except UserUnknown:
            return False
    return now.astimezone(ZoneInfo(zone)).hour in _NIGHT
