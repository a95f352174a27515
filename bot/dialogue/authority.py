"""What a model may put to the user: never on a question, and nothing the user has not asked for.

A model that obeys what a shop's name tells it is held here, not by its prompt. Three things have
to be the user's own: that the message is no question, a word by which people ask for just this
(or its amount), and, for what acts outside, every value.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from functools import lru_cache

from bot.dialogue.denials import without_reasons
from core.conversation.context import TurnContext
from core.conversation.plan import ToolCall
from core.users.preferences import Preferences
from intents import vocabulary as vocabularies
from intents.reading import Reading, find_runs, read_message
from intents.reminding import asks_to_be_reminded
from intents.sentence import parse, words_in
from intents.text import fold
from intents.vocabulary import Intent
from tools.registry import Registry
from tools.spec import Effect, Tier

# Consent is given in one's own words, read before any model sees them.
_NEVER = {("set_preference", "ai")}
_WORD = re.compile(r"\w+")
_QUOTED = re.compile(r"[\"\u201c\u00ab][^\"\u201d\u00bb]*[\"\u201d\u00bb]")
_AMOUNT = re.compile(r"\d+(?:[.,]\d+)*")
# Arguments that choose one of our own words say nothing that could come from a stranger.
_FREE = frozenset({"direction", "kind", "cadence", "scope", "how", "carry", "match", "reason"})
# What these say stands in the user's own message: a reminder's words, and what goes quiet.
_OWN_WORDS = {"add_reminder": "what", "mute_alerts": "about", "unmute_alerts": "about"}
_NEWEST = frozenset({"", "this", "this_kind"})
# Two words that each say nothing of it, and together are the request.
_IDIOMS = {
    "cancel_subscription": (("de", "baja"), ("get", "rid", "of"), ("has", "to", "go")),
    "close_card": (("de", "baja"), ("get", "rid", "of")),
}
# So much more often must a word stand in requests for the one tool than in any that reads.
_TIMES = 2
# A shop with a shorter name is in too many words to be looked for.
_LEAST_NAME = 3
_READS = ("show_", "list_", "find_", "explain_", "forecast_", "check_", "draw_", "suggest_")


@dataclass(frozen=True, slots=True)
class Authority:
    """The user's own words in this message, and what they allow.

    ``agreed`` are the tools that the offline engine reads in the message, without a model.
    """

    registry: Registry
    context: TurnContext
    agreed: frozenset[str] = frozenset()
    # A turn asks several times, and a message reads the same each time.
    _read: dict[str, tuple[Reading, ...]] = field(default_factory=dict, init=False, repr=False)

    def refusal(self, call: ToolCall) -> str:
        """Return "" when the call may be put to the user, else the error that says why not."""
        if call.tool not in self.registry:
            return "unknown_tool"
        spec = self.registry.get(call.tool)
        if spec.effect is Effect.READ:
            return ""
        if (call.tool, str(call.arguments.get("name", ""))) in _NEVER:
            return "not_yours"
        readings = self._readings()
        if any(one.asks and not one.requests for one in readings) or self._denies(readings):
            return "user_only_asked"
        if not self._asked_for(call, readings):
            return "user_did_not_ask_for_it"
        if spec.tier >= Tier.EXTERNAL:
            said = self._said(call)
        else:
            said = self._agrees(call, readings) and self._names_alerts(call, readings)
        return "" if said else "not_said_by_user"

    def wishes(self) -> bool:
        """Tell whether the message may ask for anything that writes, be it understood or not.

        So does an amount in what is no question, and the answer to what a model has asked.
        """
        readings = self._readings()
        if any(one.asks and not one.requests for one in readings):
            return False
        if self.context.state.asked_freely or any(one.of("amount") for one in readings):
            return True
        writes = (one for one in self.registry if one.effect is Effect.WRITE)
        return any(
            one.name in self.agreed or any(_asks_for(one.name, read) for read in readings)
            for one in writes
        )

    def _asked_for(self, call: ToolCall, readings: Sequence[Reading]) -> bool:
        """Tell whether the message asks for this: by its words, its amount, or as it is read."""
        if call.tool in self.agreed or any(_asks_for(call.tool, one) for one in readings):
            return True
        if call.tool == "add_reminder" and any(map(asks_to_be_reminded, readings)):
            return True
        amount = str(call.arguments.get("amount") or "")
        return bool(amount) and _is_said(amount, self.context.text, readings)

    def _denies(self, readings: Sequence[Reading]) -> bool:
        """Tell whether the message says not to; a reason why it shall be done does not."""
        if not any(one.denies for one in readings):
            return False
        return any(one.denies for one in self._readings(without_reasons(self.context.text)))

    def _readings(self, text: str = "") -> tuple[Reading, ...]:
        """Return the message, or ``text``, as it reads; once."""
        kept = self._read.get(text)
        if kept is None:
            kept = self._read[text] = tuple(self._read_anew(text))
        return kept

    def _read_anew(self, text: str) -> Iterator[Reading]:
        """Read the message in its language and in the first one, which people mix in."""
        own = self.context.preferences.language
        for language in {own, Preferences().language} & {*vocabularies.installed()}:
            spoken = replace(self.context.preferences, language=language)
            context = replace(self.context, preferences=spoken, text=text or self.context.text)
            yield read_message(context, vocabularies.load(language))

    def _agrees(self, call: ToolCall, readings: Sequence[Reading]) -> bool:
        """Tell whether a change of own data keeps to the amounts and shops that the message names.

        Where it names none they may come from the books ("file that one under groceries"), and
        are shown before the user's yes; another one than the user said is somebody else's.
        """
        text = self.context.text
        worded = str(call.arguments.get(_OWN_WORDS.get(call.tool, "")) or "")
        if worded and not _stands_in(worded, text):
            return False
        amount = str(call.arguments.get("amount") or "")
        if amount and _AMOUNT.search(text) and not _is_said(amount, text, readings):
            return False
        shop = str(call.arguments.get("merchant") or call.arguments.get("payee") or "")
        return not shop or _stands_in(shop, text) or not self._names_a_shop()

    def _names_alerts(self, call: ToolCall, readings: Sequence[Reading]) -> bool:
        """Tell whether the kind of alerts that would go quiet is one that the message names."""
        kind = str(call.arguments.get("alerts") or "")
        if call.tool != "mute_alerts" or kind in _NEWEST:
            return True
        return any(
            find_runs(one.texts, one.vocabulary.tools()[call.tool].cues["alerts"].get(kind, ()))
            for one in readings
        )

    def _names_a_shop(self) -> bool:
        told = set(_WORD.findall(fold(self.context.text.casefold())))
        known = (one.text for one in self.context.names.merchants if len(one.text) >= _LEAST_NAME)
        return any(told.issuperset(_WORD.findall(fold(name.casefold()))) for name in known)

    def _said(self, call: ToolCall) -> bool:
        """Tell whether every value stands in this message, in the user's own words.

        Earlier messages may have been forwarded, and what stands in quotes is somebody else's.
        """
        words = _QUOTED.sub(" ", self.context.text)
        return all(
            _stands_in(str(value), words)
            for name, value in call.arguments.items()
            if name not in _FREE and value is not None
        )


def warm_words(registry: Registry) -> None:
    """Count the words of requests for every tool that writes, once: a third of a second."""
    for language in vocabularies.installed():
        for spec in registry:
            if spec.effect is Effect.WRITE:
                _telling(language, spec.name)


def _asks_for(tool: str, reading: Reading) -> bool:
    if find_runs(reading.texts, _IDIOMS.get(tool, ())):
        return True
    return not _telling(reading.vocabulary.language, tool).isdisjoint(reading.texts)


@lru_cache(maxsize=512)
def _telling(language: str, tool: str) -> frozenset[str]:
    """Return the words by which people ask for ``tool`` more than for anything that only reads."""
    vocabulary = vocabularies.load(language)
    intent = vocabulary.tools().get(tool)
    if intent is None:
        return frozenset()
    # What it is about ("entry", "budget") says nothing of what shall be done with it.
    small = vocabulary.manners.stop | {*tool.split("_")[1:]}
    reads = _reading_words(language)
    return frozenset(
        word
        for word, share in _shares(intent).items()
        if word not in small and share >= _TIMES * reads.get(word, 0)
    )


@lru_cache(maxsize=8)
def _reading_words(language: str) -> Mapping[str, float]:
    """Return for each word the largest part of any reading request's sentences that hold it."""
    tools = vocabularies.load(language).tools()
    shares = [_shares(intent) for name, intent in tools.items() if name.startswith(_READS)]
    return {word: max(one.get(word, 0) for one in shares) for each in shares for word in each}


def _shares(intent: Intent) -> Mapping[str, float]:
    sentences = [{*words_in(parse(text))} for group in intent.phrases for text in group.say]
    found = Counter(word for sentence in sentences for word in sentence)
    return {word: count / len(sentences) for word, count in found.items()}


def _stands_in(value: str, words: str) -> bool:
    folded, own = fold(value.casefold()), fold(words.casefold())
    if _AMOUNT.fullmatch(folded):
        return _plain(folded) in {_plain(one) for one in _AMOUNT.findall(own)}
    told = set(_WORD.findall(own))
    return bool(folded) and all(word in told for word in _WORD.findall(folded))


def _is_said(amount: str, words: str, readings: Sequence[Reading]) -> bool:
    """Tell whether an amount stands in the message, in figures or in words: "1.5 lakh"."""
    if _stands_in(amount, words):
        return True
    said = {piece.value.value for one in readings for piece in one.of("amount")}
    return bool(_AMOUNT.fullmatch(amount)) and Decimal(amount.replace(",", "")) in said


def _plain(amount: str) -> str:
    whole = amount.replace(",", "")
    return whole.rstrip("0").rstrip(".") if "." in whole else whole
