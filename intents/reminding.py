"""Reads reminders in the user's own words: what to remind of, and when."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from core.conversation.plan import JsonValue, ToolCall
from core.schedules.reminder import LONGEST_TEXT
from intents.filling import Filling
from intents.leads import lead_pieces
from intents.moments import (
    Moment,
    as_arguments,
    as_length,
    moment_in,
    repeats_oddly,
    words_of_moments,
)
from intents.reading import Piece, Reading, find_runs
from intents.vocabulary import runs

_LONGEST_BILL = 4  # words of its name


def reminder(reading: Reading) -> ToolCall | None:
    """Read a message as a reminder; nothing when it is something else.

    "Remind me of this tomorrow" tells the newest alert again. What names a bill and no moment is
    about how early bills are told, which is another request.
    """
    words = words_of_moments(reading)
    start = _start(reading, words)
    if start is None or _is_question(reading, firm=start[1]):
        return None
    if _is_conditional(reading, words, start):
        return None
    first, firm = start
    moment = moment_in(reading)
    if not moment and not (firm and _is_free(reading, words, first)):
        return None
    if not firm and not _is_task(reading, words, first, moment):
        return None
    when = as_arguments(reading, moment)
    what = _what(reading, words, first, moment.places)
    if what.casefold() in words["this"]:
        return ToolCall("add_reminder", when) if moment and firm else None
    return ToolCall("add_reminder", {"what": what, **when})


def asks_to_be_reminded(reading: Reading) -> bool:
    """Tell whether words for it stand anywhere: "remind me", or "tell me" beside a moment."""
    words = words_of_moments(reading)
    if find_runs(reading.texts, runs(words["head"])):
        return True
    return bool(find_runs(reading.texts, runs(words["weak_head"])) and moment_in(reading))


def says_odd_repeat(reading: Reading) -> bool:
    """Tell whether a reminder is wanted in steps that there are none of: "every 3 days"."""
    start = _start(reading, words_of_moments(reading))
    asked = start is not None and start[1] and not _is_question(reading, firm=True)
    return asked and repeats_oddly(reading, moment_in(reading))


def bill_hinted(reading: Reading, call: ToolCall) -> dict[str, str]:
    """Return how a reminder to pay is made a bill, in the user's words; empty when it is none.

    "pay 60 for electricity on the 25th": a bill is in what is due, a reminder is not.
    """
    words = words_of_moments(reading)
    what, day = call.arguments.get("what"), call.arguments.get("day")
    if not what or not day or not set(reading.texts) & set(words["pays"]):
        return {}
    moment, start = moment_in(reading), _start(reading, words)
    # The 6 of "friday at 6" is no amount.
    amounts = [
        one for one in reading.of("amount") if moment.places.isdisjoint(range(one.first, one.last))
    ]
    if len(amounts) != 1:
        return {}
    taken = moment.places | set(range(start[0] if start else 0))
    taken |= set(range(amounts[0].first, amounts[0].last))
    small = set(words["pays"]) | set(words["task_leads"]) | reading.vocabulary.manners.stop
    names = [
        place
        for place, text in enumerate(reading.texts)
        if place not in taken and text not in small
    ]
    if not names or names[-1] - names[0] + 1 > _LONGEST_BILL:
        return {}
    name = reading.said(names[0], names[-1] + 1)
    return {
        "name": name,
        "amount": reading.said(amounts[0].first, amounts[0].last),
        "day": str(day),
    }


def _start(reading: Reading, words: Mapping[str, Any]) -> tuple[int, bool] | None:
    """Return where what to remind of begins, and whether the words before are for that alone."""
    heads = (runs(words["head"]), runs(words["weak_head"]))
    if not any(find_runs(reading.texts, head) for head in heads):
        return None  # most messages: when it is to be need not be read
    at, before = 0, reading.vocabulary.manners.before
    said_first = moment_in(reading).places  # "tomorrow at 9 remind me to .."
    while at in said_first:
        at += 1
    while True:
        for head, firm in zip(heads, (True, False), strict=True):
            if size := reading.starts(head, at):
                return at + size, firm
        skip = reading.starts(before, at)
        if not skip:
            return None
        at += skip


def _is_question(reading: Reading, *, firm: bool) -> bool:
    """Tell whether it asks: "que no se me olvide" begins like a question and is none."""
    return "?" in reading.context.text or (firm and reading.asks)


def _is_conditional(reading: Reading, words: Mapping[str, Any], start: tuple[int, bool]) -> bool:
    """Tell whether it depends on something: "when Tesla passes 200", "3 days before rent"."""
    if set(reading.texts[start[0] : start[0] + 1]) & set(words["conditions"]):
        return True
    leads = [piece.last for piece in lead_pieces(reading)]
    before = set(words["before"])
    if any(set(reading.texts[last : last + 2]) & before for last in leads):
        return True
    if start[1]:
        return False
    early = bool(leads) and bool(reading.of("bill", "subscription"))
    return early or bool(set(reading.texts) & set(words["conditions"]))


def _is_free(reading: Reading, words: Mapping[str, Any], first: int) -> bool:
    """Tell whether a task without any moment is one: "to call the bank", but "to pay rent" is not.

    Bills and subscriptions have days of their own, and lead times say how early.
    """
    task = reading.texts[first : first + 1]
    leads = bool(reading.starts(runs(words["task_leads"]), first))
    if not leads and not any(re.search(words["task"], one) for one in task):
        return False
    names = reading.of("bill", "subscription")
    pays = set(reading.texts[first : first + 3]) & set(words["pays"])
    return not names and not pays and not any(lead_pieces(reading))


def _is_task(reading: Reading, words: Mapping[str, Any], first: int, moment: Moment) -> bool:
    """Tell whether something is to be done: "tell me at 5 to leave", not "tell me how may went"."""
    free = [place for place in range(first, len(reading.texts)) if place not in moment.places]
    if moment.vague or not free:
        return False
    texts = [reading.texts[place] for place in free[:2]]
    if texts[0] in words["weak_leads"]:
        return True
    if texts[0] in words["task_leads"]:
        texts = texts[1:]
    return bool(texts) and bool(re.search(words["task"], texts[0]))


def _what(reading: Reading, words: Mapping[str, Any], first: int, taken: set[int]) -> str:
    """Return the words that say of what, as the user wrote them, without those that say when."""
    places = [place for place in range(first, len(reading.texts)) if place not in taken]
    places = _stripped(reading, words, places)
    chunks: list[str] = []
    for place in places:
        if chunks and place - 1 in places:
            continue
        last = place
        while last + 1 in places:
            last += 1
        chunks.append(reading.said(place, last + 1))
    return " ".join(chunks).strip(" ,.:;-")[:LONGEST_TEXT]


def _stripped(reading: Reading, words: Mapping[str, Any], places: list[int]) -> list[int]:
    """Drop "to", "that" and courtesies around the task."""
    leads, after = set(words["task_leads"]), set(words["courtesies"])
    while places and reading.texts[places[0]] in leads:
        places = places[1:]
    while places and reading.texts[places[-1]] in after:
        places = places[:-1]
    return places


def take_reminder(filling: Filling) -> None:
    """Settle a reminder's arguments where only its words told that it is one."""
    reading = filling.reading
    words = words_of_moments(reading)
    moment = moment_in(reading)
    start = _start(reading, words)
    what = _what(reading, words, start[0] if start else 0, moment.places)
    for name, value in as_arguments(reading, moment).items():
        filling.arguments.setdefault(name, value)
    if what.casefold() not in words["this"]:
        filling.arguments["what"] = what
        filling.said["what"] = what
    filling.used.update(range(len(reading.texts)))


def take_span(filling: Filling) -> None:
    """Settle until when something holds: "for a week", "until friday", "2 hours"."""
    moment = moment_in(filling.reading)
    if not moment or filling.arguments.get("how", "off") != "off":
        return  # "once a day" says how often, not how long
    ends: dict[str, JsonValue] = as_length(filling.reading, moment)
    ends.pop("every", None)
    for name, value in ends.items():
        filling.arguments.setdefault(name, value)
    places = sorted(moment.places)
    filling.use(Piece("span", places[0], places[-1] + 1, None), "until", "")
    filling.arguments.pop("until", None)
    filling.said["until"] = filling.reading.said(places[0], places[-1] + 1)


def take_which(filling: Filling) -> None:
    """Settle which reminder is meant: its number in the list, all of them, or words of it."""
    reading = filling.reading
    words = words_of_moments(reading)
    numbers = [text for text in reading.texts if text.isdecimal()]
    if set(reading.texts) & set(words["all"]):
        filling.arguments["which"] = "all"
    elif numbers:
        filling.arguments["which"] = numbers[0]
    else:
        usual = filling.intent.words | reading.vocabulary.manners.stop
        places = [place for place, text in enumerate(reading.texts) if text not in usual]
        if places:
            said = reading.said(places[0], places[-1] + 1)
            filling.arguments["which"] = filling.said["which"] = said
    filling.used.update(range(len(reading.texts)))
