"""Who was paid and what for: the user's decisions, dictionary, words and model, else ask.

Pure functions of the text, the direction of the money and what the user has taught us. The
caller turns a category into spend, income or a mere move between accounts.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, replace

from core.payees.cases import Payment
from core.payees.decisions import Candidates
from core.payees.dictionary import Dictionary, Merchant, curated, dictionary
from core.payees.guess import UNKNOWN, CategoryModel, Guess, Source
from core.payees.keywords import Told, keywords
from core.payees.knowledge import NOTHING_KNOWN, Knowledge
from core.payees.normalise import MAX_TEXT, CleanText, normalise
from core.payees.words import fold_words

_WHOLE_NAME, _BEGINNING, _REFUND = 97, 95, 90
_LISTED_WHOLE, _LISTED_BEGINNING = 97, 93
_SEVERAL_WORDS, _ONE_WORD = 85, 75
# A person names what was bought; a bank names who sold it.
_TYPED = 90
# A guess less sure than this is not filed but asked about.
ASK_BELOW = 60
# One cache entry is some hundred bytes; a user's year has a few thousand different texts.
_CACHE_SIZE = 50_000

_REFERENCE = re.compile(r"(?<![^\s/:*#-])\d{6,}(?![^\s/:*-])")

# The same movement seen from the other side.
_TWINS = {
    "TRANSFER_OUT_ACCOUNT_TRANSFER": "TRANSFER_IN_ACCOUNT_TRANSFER",
    "TRANSFER_OUT_SAVINGS": "TRANSFER_IN_SAVINGS",
    "TRANSFER_OUT_INVESTMENT_AND_RETIREMENT_FUNDS": "TRANSFER_IN_INVESTMENT_AND_RETIREMENT_FUNDS",
    "TRANSFER_OUT_WITHDRAWAL": "TRANSFER_IN_DEPOSIT",
    "TRANSFER_OUT_OTHER_TRANSFER_OUT": "TRANSFER_IN_OTHER_TRANSFER_IN",
}


@dataclass(frozen=True, slots=True)
class Payee:
    """The other party: the name people read, and the key that rules and memory go by."""

    name: str
    key: str


@dataclass(frozen=True, slots=True)
class Recognised:
    """A bank text understood: who, and a guess at what for."""

    payee: Payee
    guess: Guess


@dataclass(frozen=True, slots=True)
class _Read:
    """What a text tells by itself, and what of the user's decisions may overrule it."""

    payee: Payee
    guess: Guess
    candidates: Candidates

    def settled(self, payment: Payment) -> Recognised:
        """Return what holds for one payment with this text."""
        decided = self.candidates.decide(payment)
        return Recognised(self.payee, decided or self.guess)


def recognise(
    description: str,
    *,
    inflow: bool,
    stated: str = "",
    knowledge: Knowledge = NOTHING_KNOWN,
    payment: Payment | None = None,
) -> Recognised:
    """Return who a bank's ``description`` names and which category fits; unsure is uncategorised.

    ``stated`` is the other party's name when the bank gives it apart; ``inflow`` tells money in;
    ``payment`` is what else is known of it, for what the user has decided.
    """
    read = _read(description, stated, knowledge, dictionary(), inflow=inflow)
    return _filed(read.settled(payment or Payment(inflow)))


def suggest(
    description: str,
    *,
    inflow: bool,
    stated: str = "",
    knowledge: Knowledge = NOTHING_KNOWN,
    payment: Payment | None = None,
    merchants: Dictionary | None = None,
) -> Recognised:
    """Do as `recognise` does, with the best guess there is, however unsure.

    ``merchants`` are all we know unless told otherwise.
    """
    read = _read(description, stated, knowledge, merchants or dictionary(), inflow=inflow)
    return read.settled(payment or Payment(inflow))


def _filed(found: Recognised) -> Recognised:
    sure = found.guess.confidence >= ASK_BELOW
    return found if sure else Recognised(found.payee, UNKNOWN)


def _read(
    description: str, stated: str, knowledge: Knowledge, known: Dictionary, *, inflow: bool
) -> _Read:
    clean = normalise(stated or description)
    merchant = known.find(clean)
    if merchant is None and stated:
        merchant = known.find(normalise(description))
    payee = Payee(merchant.name, merchant.key) if merchant else Payee(clean.name, clean.key)
    text = f"{stated} {description}"
    guess = _from_merchant(merchant, clean, inflow=inflow) or _from_name(
        clean, text, inflow=inflow, model=knowledge.model
    )
    candidates = knowledge.decisions.about((payee.key, clean.key), text)
    return _Read(payee, guess or UNKNOWN, candidates)


def guess_category(description: str, *, inflow: bool) -> Guess:
    """Return the guess for a bank text of an unknown user."""
    return recognise(description, inflow=inflow).guess


def guess_for_words(
    text: str,
    *,
    inflow: bool | None = None,
    knowledge: Knowledge = NOTHING_KNOWN,
    payment: Payment | None = None,
) -> Guess:
    """Return the guess for what a person typed: ``chai``, ``uber to work``, ``lunch with Sam``.

    With ``inflow`` None either direction will do, spending first.
    """
    words = [word for word in fold_words(text[:MAX_TEXT]) if not word.isdigit()]
    if not words:
        return UNKNOWN
    said = " ".join(words)
    told = keywords().find_typed(words, inflow=inflow)
    is_plain = told is not None and told.words == said
    # Of the long list only a whole name counts: among thousands of names are many plain words.
    merchant = curated().find_anywhere(words) or dictionary().beginnings.get(said)
    keys = (said, merchant.key) if merchant and not is_plain else (said,)
    taught = knowledge.decisions.about(keys, said).decide(payment or Payment(bool(inflow)))
    if taught:
        return taught
    if merchant and not is_plain:
        return Guess(merchant.category, Source.DICTIONARY, _BEGINNING, merchant.name)
    if told is None:
        return UNKNOWN
    typed = _told_guess(told)
    return replace(typed, confidence=_WHOLE_NAME if is_plain else max(typed.confidence, _TYPED))


class Categoriser:
    """Recognises many texts of one user, each different one only once."""

    def __init__(self, knowledge: Knowledge = NOTHING_KNOWN) -> None:
        """Start with nothing remembered."""
        self._knowledge = knowledge
        self._seen: dict[tuple[str, str, bool], tuple[Recognised, _Read]] = {}

    def recognise(
        self,
        description: str,
        *,
        inflow: bool,
        stated: str = "",
        payment: Callable[[], Payment] | None = None,
    ) -> Recognised:
        """Do as the function `recognise` does; ``payment`` is made where a decision asks for it."""
        description = _without_references(description)
        stated = _without_references(stated) if stated else ""
        asked = (description, stated, inflow)
        seen = self._seen.get(asked)
        if seen is None:
            if len(self._seen) >= _CACHE_SIZE:
                self._seen.clear()
            read = _read(description, stated, self._knowledge, dictionary(), inflow=inflow)
            seen = (_filed(Recognised(read.payee, read.guess)), read)
            self._seen[asked] = seen
        found, read = seen
        if not read.candidates:
            return found
        decided = read.candidates.decide(payment() if payment else Payment(inflow))
        return Recognised(found.payee, decided) if decided else found


def _without_references(text: str) -> str:
    """Make texts alike that differ only in a long number: a day, a card, a transfer of its own.

    Only its length, and whether it begins with 0, can matter: no name we know has so many digits.
    """
    return _REFERENCE.sub(_same_length, text)


def _same_length(number: re.Match[str]) -> str:
    return ("0" if number[0][0] == "0" else "9").ljust(len(number[0]), "9")


def _from_merchant(merchant: Merchant | None, clean: CleanText, *, inflow: bool) -> Guess | None:
    """Return the merchant's category; a refund keeps it, a transfer turns round."""
    if merchant is None:
        return None
    category = _TWINS.get(merchant.category, merchant.category) if inflow else merchant.category
    sure = _surety(merchant, whole=merchant.key == clean.key)
    return Guess(category, Source.DICTIONARY, min(sure, _REFUND) if inflow else sure, merchant.name)


def _surety(merchant: Merchant, *, whole: bool) -> int:
    if merchant.by_hand:
        return _WHOLE_NAME if whole else _BEGINNING
    return _LISTED_WHOLE if whole else _LISTED_BEGINNING


def _from_name(
    clean: CleanText, text: str, *, inflow: bool, model: CategoryModel | None
) -> Guess | None:
    """Return what an unknown name tells: by its words, by its letters, best by both."""
    told = _from_words(clean, text, inflow=inflow)
    if model is None or not clean.key or inflow:
        return told
    found = model.guess(clean.key)
    learned = Guess(found[0], Source.MODEL, found[1], clean.key) if found else None
    if told is None or learned is None:
        return told or learned
    chance = model.second(clean.key, told.category)
    if chance is None:  # a fee or a transfer is no shop
        return told
    by_words = replace(told, confidence=chance)
    return learned if learned.confidence > chance else by_words


def _from_words(clean: CleanText, text: str, *, inflow: bool) -> Guess | None:
    """Return what the name tells, or else the whole text around it."""
    told = keywords().find(clean.words, inflow=inflow)
    if told is None:
        told = keywords().find(fold_words(text[:MAX_TEXT]), inflow=inflow)
    return _told_guess(told) if told else None


def _told_guess(told: Told) -> Guess:
    sure = _SEVERAL_WORDS if told.length > 1 else _ONE_WORD
    return Guess(told.category, Source.KEYWORD, sure, told.words)
