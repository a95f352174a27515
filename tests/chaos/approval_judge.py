"""What must hold when many have come at one approval: asked for once, and only on a true word."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

from sqlalchemy import text

from core.approvals.approval import ApprovalState
from core.approvals.decision import Verdict, Word
from core.store.sweep.rule import Asked, Invariant
from core.store.sweep.sweep import PATIENCE, sweep
from core.subscriptions.cancelling import ACTION
from tests.chaos.approval_races import Race, Races, Round

_S = ApprovalState
_RULES = (Invariant.I2, Invariant.I5, Invariant.I8)
# What may become of it when the word was taken, and when it was not.
_TAKEN = {Race.DEARER: {_S.EXECUTED, _S.SUPERSEDED}, Race.TAKEN_BACK: {_S.EXECUTED, _S.WITHDRAWN}}
_NOT_TAKEN = {
    Race.BOTH_WORDS: {_S.DECLINED},
    Race.AT_THE_END: {_S.EXPIRED},
    Race.AFTER_THE_END: {_S.EXPIRED},
    Race.REPLACED: {_S.SUPERSEDED},
    Race.TAKEN_BACK: {_S.DECLINED, _S.WITHDRAWN},
}


def verdicts(races: Races) -> tuple[list[str], Counter[tuple[Race, ApprovalState]]]:
    """Return everything that is wrong, and how the rounds of each race ended."""
    states = {key: _S(state) for key, state in _rows(races, "SELECT id, state FROM approvals")}
    trail = Counter(_rows(races, "SELECT subject, action FROM audit_events"))
    told = Counter(key for (key,) in _rows(races, "SELECT dedupe_key FROM outbox"))
    wrong: list[str] = []
    ends: Counter[tuple[Race, ApprovalState]] = Counter()
    for one in races.rounds:
        key = one.approval.id
        state = states[key]
        ends[one.race, state] += 1
        found = [*_words(one), *_effects(races, one, state)]
        if state is _S.EXECUTED and trail[key, f"{ACTION}.executed"] != 1:
            found.append("is not in the trail once")
        if told[f"approval:{key}:{state}"] > 1:
            found.append("was told more than once")
        wrong += [f"{one.race} {key} ({state}): {what}" for what in found]
    known = {one.approval.id for one in races.rounds}
    wrong += [f"{one.key} nobody asked for" for one in races.provider.asked if one.key not in known]
    return [*wrong, *_swept(races)], ends


def _words(one: Round) -> Iterator[str]:
    taken = [said for said, verdict, _ in one.heard if verdict is Verdict.APPROVED]
    declined = sum(verdict is Verdict.DECLINED for _, verdict, _ in one.heard)
    if len(taken) + declined > 1:
        yield f"{len(taken)} approved it and {declined} declined it"
    house = one.household
    for said, verdict, now in one.heard:
        if verdict is not Verdict.APPROVED:
            continue
        here = house.elsewhere if said.word is Word.CONFIRM else house.here
        if (said.user_id, said.conversation_id) != (house.user_id, here):
            yield f"the word of {said.user_id} in {said.conversation_id} counted"
        if now >= one.end:
            yield "a word counted after the end"
        if one.race is Race.SECOND_FACTOR and said.word is not Word.CONFIRM:
            yield "one word alone counted where two are needed"


def _effects(races: Races, one: Round, state: ApprovalState) -> Iterator[str]:
    requests = [asked for asked in races.provider.asked if asked.key == one.approval.id]
    was_taken = any(verdict is Verdict.APPROVED for _, verdict, _ in one.heard)
    if len(requests) != (state is _S.EXECUTED):
        yield f"was asked for {len(requests)} times"
    if requests and not was_taken:
        yield "was asked for without a word that counted"
    if any(asked.amount.minor != one.approval.payload["amount_minor"] for asked in requests):
        yield "was asked for at another price than was approved"
    allowed = _TAKEN.get(one.race, {_S.EXECUTED}) if was_taken else _NOT_TAKEN.get(one.race, set())
    if state not in allowed:
        yield f"ended so, word taken: {was_taken}"


def _swept(races: Races) -> list[str]:
    world = races.world
    now = world.now + timedelta(hours=1)
    with world.database.work() as uow:
        uow.audit.seal_pending(now=now)
        uow.commit()
    with world.database.reading() as uow:
        asked = Asked(uow.connection, uow.vault, now, PATIENCE)
        return [f"{one.invariant} {one.rule}: {one.subject}" for one in sweep(asked, _RULES)]


def _rows(races: Races, query: str) -> list[tuple[Any, ...]]:
    with races.world.database.reading() as uow:
        return [tuple(row) for row in uow.connection.execute(text(query))]
