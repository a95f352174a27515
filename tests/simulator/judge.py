"""What must hold at the end of every play: the sweep's rules, and what only the outside knows."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Any

from sqlalchemy import text

from core.messaging.address import ChannelName
from core.messaging.delivery import ResendRule, resend_rule
from core.messaging.outbound import MessageClass
from core.store.sweep.rule import Asked
from core.store.sweep.sweep import PATIENCE, sweep
from tests.simulator.play import Play
from tests.simulator.stage import SMS, Scene

_NEVER_LEFT = {"failed", "suppressed"}
_SENT = {"accepted", "delivered"}
_BEGUN = {"approved", "executing", "executed", "failed", "unknown"}
_FOREIGN = {"alice": "parking", "bob": "lunch"}


def verdicts(play: Play) -> list[str]:
    """Return everything that is wrong; nothing is how it must be."""
    return [
        *_broken_rules(play.scene),
        *_lost_or_doubled_messages(play),
        *_lost_or_doubled_entries(play),
        *_lost_or_doubled_sends(play),
        *_order(play.scene),
        *_approvals(play),
        *_leaks(play),
        *(f"sent after STOP: {key}" for key in play.talked_over_stop),
    ]


def _rows(scene: Scene, query: str) -> list[Any]:
    with scene.database.reading() as uow:
        return [tuple(row) for row in uow.connection.execute(text(query))]


def _broken_rules(scene: Scene) -> Iterator[str]:
    with scene.database.reading() as uow:
        asked = Asked(uow.connection, uow.vault, scene.clock.now() + PATIENCE / 2, PATIENCE)
        for one in sweep(asked):
            yield f"{one.invariant} {one.rule}: {one.subject}"


def _lost_or_doubled_messages(play: Play) -> Iterator[str]:
    found = _rows(play.scene, "SELECT provider_event_id, state, attempts FROM inbox")
    if sorted(event for event, _, _ in found) != sorted(one.event for one in play.said):
        yield f"messages: {found}"
    for event, state, attempts in found:
        if state != "handled" and not (state == "failed" and attempts > 5):
            yield f"{event} is {state} after {attempts} tries"


def _lost_or_doubled_entries(play: Play) -> Iterator[str]:
    """Each amount was said once: it is booked once, or its message was given up."""
    booked = Counter(
        abs(minor) for (minor,) in _rows(play.scene, "SELECT minor FROM journal_entries")
    )
    given_up = {
        event
        for (event,) in _rows(
            play.scene, "SELECT provider_event_id FROM inbox WHERE state = 'failed'"
        )
    }
    for one in play.said:
        word, _, amount = one.words.partition(" ")
        if word not in _FOREIGN.values():
            continue
        times = booked[int(amount) * 100]
        if times != 1 and not (times == 0 and one.event in given_up):
            yield f"{one.words} is booked {times} times"


def _lost_or_doubled_sends(play: Play) -> Iterator[str]:
    rows = _rows(play.scene, "SELECT id, channel, message_class, state FROM outbox")
    for outbox_id, channel, kind, state in rows:
        if channel in play.scene.carriers:
            carrier = play.scene.carriers[ChannelName(channel)]
            texts = [one.message.text for one in carrier.taken if one.key == outbox_id]
            for wrong in _of_one_send(MessageClass(kind), state, texts, asked=channel == SMS):
                yield f"{kind} {outbox_id} {wrong}"
    told = {key for (key,) in _rows(play.scene, "SELECT dedupe_key FROM outbox")}
    yield from (f"{key} was never stored" for key in play.alerts.keys() - told)


def _of_one_send(kind: MessageClass, state: str, texts: list[str], *, asked: bool) -> Iterator[str]:
    """Give what is wrong about one message; ``asked`` is a carrier that can be asked afterwards."""
    if state in _SENT and not texts:
        yield f"was never sent and is {state}"
    if resend_rule(kind) is ResendRule.NEVER:
        if len(texts) > 1:
            yield f"was sent {len(texts)} times"
        return
    if not texts and state not in _NEVER_LEFT:
        yield f"was never sent: {state}"
    if asked and len(texts) > 1:
        yield f"was sent {len(texts)} times, and could have been looked up"
    if any("Sent again" not in one for one in texts[1:]):
        yield "was repeated and does not say so"


def _order(scene: Scene) -> Iterator[str]:
    """Answers reach a chat in the order of the messages."""
    query = (
        "SELECT o.id, o.conversation_id FROM outbox o JOIN turns t ON t.id = o.turn_id "
        "JOIN inbox i ON i.id = t.inbound_id ORDER BY i.received_at, i.id"
    )
    wanted: dict[str, list[str]] = {}
    for outbox_id, talk in _rows(scene, query):
        wanted.setdefault(talk, []).append(outbox_id)
    sent = [one.key for carrier in scene.carriers.values() for one in carrier.taken]
    for talk, ids in wanted.items():
        heard = [key for key in dict.fromkeys(sent) if key in ids]
        if heard != [key for key in ids if key in heard]:
            yield f"{talk} heard answers out of order"


def _approvals(play: Play) -> Iterator[str]:
    scene, receipts = play.scene, play.scene.receipts
    typed = {one.words for one in play.said}
    rows = _rows(scene, "SELECT id, code, state FROM approvals")
    states = {approval_id: state for approval_id, _, state in rows}
    for key, times in receipts.effects.items():
        if times != 1 or states.get(key) not in ("executed", "failed"):
            yield f"{key} was asked for {times} times and is {states.get(key)}"
    for approval_id, code, state in rows:
        if state == "executed" and approval_id not in receipts.kept:
            yield f"{approval_id} is executed and was never asked for"
        if state in _BEGUN and f"APPROVE {code}" not in typed:
            yield f"{approval_id} is {state} without a word"


def _leaks(play: Play) -> Iterator[str]:
    for carrier in play.scene.carriers.values():
        for one in carrier.taken:
            who = "alice" if one.address.path in ("+15550101", "7001") else "bob"
            if _FOREIGN[who] in one.message.text.lower():
                yield f"{who} was told of the other: {one.message.text[:60]}"
