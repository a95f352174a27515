"""How sure is sure enough: run it, confirm it, offer what it may mean, or ask."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from rapidfuzz import fuzz

from core.conversation.plan import Ask, Option, Plan, PlannerName, Say, Step, ToolCall
from core.conversation.state import call_to_json
from intents.filling import is_taken_out
from intents.guess import OUT_OF_SCOPE, Guess, Prediction
from intents.quick_entry import quick_entries
from intents.reading import Piece, Reading
from intents.request import Request, ToolShape, build, restate
from intents.vocabulary import Intent, Vocabulary

RUN = 0.90
ECHO = 0.50
OFFER = 0.25
COVERED = 0.35  # a read that explains every word of the message needs less
# Left-over words make it less sure than this: a write is confirmed, a read says what it left out.
_WITH_LEFTOVERS = 0.70
_BARE_WRITE = 0.70  # "undo" and the like have nothing that shows what was understood
_FAR_OFF = -0.85  # a guess with a lower score is not worth offering
_DISTRESS = "smalltalk.distress"
_DISTRESS_FROM = -0.3
_OFFERS = 3
_ERASE = "erase_data"
_SLIP = 80  # from here on one spelling is a slip for the other


@dataclass(frozen=True, slots=True)
class Decider:
    """Turns requests and guesses into plans."""

    vocabulary: Vocabulary
    tools: Mapping[str, Intent]
    shapes: Mapping[str, ToolShape]

    def settled(
        self, request: Request, reading: Reading, planner: PlannerName, confidence: int
    ) -> Plan:
        """Run a request that is sure, or ask for what it lacks."""
        call = request.calls[0]
        if request.missing:
            slot = request.missing
            fields = _fields(request, reading)
            step = Ask(call, slot, _question(call.tool, slot), fields)
            return planned(planner, (step,), request.label, confidence)
        kept_in = _kept_in(reading, request)
        steps: tuple[Step, ...] = (*request.calls, kept_in) if kept_in else request.calls
        return planned(planner, steps, request.label, confidence)

    def guessed(self, reading: Reading, prediction: Prediction) -> Plan:
        """Act on the classifier's guess as far as it is sure."""
        close = any(
            one.label == _DISTRESS and one.score > _DISTRESS_FROM for one in prediction.guesses
        )
        if close and not _is_only_money(reading):
            # Better once too often kind than once too few.
            return self._said(_DISTRESS, prediction)
        label, confidence = prediction.label, prediction.confidence
        if label == _DISTRESS and (_is_only_money(reading) or (reading.asks and not close)):
            # A question that is near nothing is no despair by that: it is asked back.
            return self._lost(OUT_OF_SCOPE, prediction)
        entries = quick_entries(reading)
        if entries is not None and (label == OUT_OF_SCOPE or confidence < ECHO):
            return self._confirm_entries(entries.calls, confidence)
        if label == OUT_OF_SCOPE:
            return self._lost(label, prediction)
        intent = self.vocabulary.intents[label]
        if not intent.tool:
            if confidence >= ECHO:
                return self._said(label, prediction)
            return self._offered(reading, prediction)
        request = build(reading, intent, self.shapes[intent.tool], None)
        return self._requested(reading, request, prediction)

    def named(self, reading: Reading) -> ToolCall | None:
        """Return what a bare name asks for: a budget, a balance, what was spent."""
        pieces = reading.of("category", "account", "merchant", "period")
        if not pieces or not _only_names(reading, pieces):
            return None
        period = {piece.kind: piece.value.canonical() for piece in reading.of("period")[:1]}
        for kind in ("account", "category", "merchant"):
            found = reading.of(kind)
            if len(found) > 1:
                return None  # several questions in one
            if kind == "category" and len(found) == 1 and _of_a_shop(reading, found[0]):
                continue
            if found and len(found[0].value) == 1:
                return self._about(reading, kind, found[0].value[0], period)
        return ToolCall("show_spending", period) if period else None

    def removed(self, reading: Reading) -> ToolCall | None:
        """Delete the only entry of a shop that no more is said of than to delete it."""
        intent = self.tools.get("delete_entry")
        named = [piece for piece in reading.pieces if not _is_part(reading, piece)]
        if intent is None or len(named) != 1 or named[0].kind != "merchant":
            return None
        verbs = {text for group in intent.phrases for text in group.say if text.isalpha()}
        small = self.vocabulary.manners.stop
        rest = [text for place, text in enumerate(reading.texts) if not named[0].overlaps((place,))]
        said = [text for text in rest if text not in small or text in verbs]
        if len(said) != 1 or said[0] not in verbs or len(named[0].value) != 1:
            return None
        return ToolCall("delete_entry", {"entry": f"merchant:{named[0].value[0]}"})

    def at_a_loss(self, reading: Reading) -> Plan:
        """Answer when there is no classifier to ask and no sentence fits."""
        entries = quick_entries(reading)
        if entries is not None:
            return self._confirm_entries(entries.calls, ECHO)
        return planned(PlannerName.ASK, (Say("unclear.first"),), "unclear", 0)

    def confirm(self, call: ToolCall) -> Plan:
        """Ask whether a call is meant that is likely but was not said in full."""
        intent = self.tools[call.tool]
        restated = restate(intent, {}, call.arguments)
        ask = Ask(call, "confirm", "clarify.did_you_mean_one", {"understood": restated})
        return planned(PlannerName.ASK, (ask,), intent.label, round(ECHO * 100))

    def permitted(self, request: Request) -> Plan | None:
        """Offer what is asked for politely: "can i get a card?" is no question about cards."""
        if request.missing or not request.restated:
            return None
        return self._confirm(request, round(ECHO * 100))

    def _about(
        self, reading: Reading, kind: str, handle: str, period: Mapping[str, str]
    ) -> ToolCall:
        if kind == "account" and not period:
            return ToolCall("show_balances", {"account": handle})
        if kind == "category" and not period and handle in reading.context.names.budgets:
            return ToolCall("show_budgets", {"category": handle})
        return ToolCall("show_spending", {kind: handle, **period})

    def _requested(self, reading: Reading, request: Request, prediction: Prediction) -> Plan:
        confidence = prediction.confidence
        if request.ignored:
            confidence = min(confidence, _WITH_LEFTOVERS)
        enough = COVERED if self._is_covered(reading, request) else ECHO
        if confidence < (ECHO if request.writes else enough) or self._spares(
            reading, request.label
        ):
            return self._offered(reading, prediction)
        asked = self.vocabulary.intents[request.label].asked
        if request.writes and reading.asks and not (reading.requests or asked):
            return self._offered(reading, prediction)
        percent = round(confidence * 100)
        if request.missing:
            return self.settled(request, reading, PlannerName.CLASSIFIER, percent)
        denied = reading.denies and not self.vocabulary.intents[request.label].denies
        unsure = confidence < RUN or denied or reading.asks
        if request.writes and unsure:
            if confidence < _BARE_WRITE and not request.calls[0].arguments:
                return self._offered(reading, prediction)
            return self._confirm(request, percent)
        steps: tuple[Step, ...] = request.calls
        plan = planned(PlannerName.CLASSIFIER, steps, request.label, percent)
        return _with_leftovers(plan, request, reading)

    def _is_covered(self, reading: Reading, request: Request) -> bool:
        """Tell whether every content word is a name, a day, an amount or usual for the request."""
        usual = self.vocabulary.intents[request.label].words | self.vocabulary.manners.stop
        named = {place for piece in reading.pieces for place in range(piece.first, piece.last)}
        content = [
            place in named or text in usual
            for place, text in enumerate(reading.texts)
            if place in named or text not in self.vocabulary.manners.stop
        ]
        return bool(content) and all(content) and not request.missing

    def _confirm(self, request: Request, percent: int) -> Plan:
        ask = Ask(
            request.calls[0],
            "confirm",
            "clarify.did_you_mean_one",
            {"understood": request.restated},
        )
        return planned(PlannerName.CLASSIFIER, (ask,), request.label, percent)

    def _confirm_entries(self, calls: Sequence[ToolCall], confidence: float) -> Plan:
        intent, call = self.tools["add_entry"], calls[0]
        said = " ".join(str(call.arguments.get(name, "")) for name in ("payee", "amount"))
        restated = intent.restate.partition("{")[0] + said
        ask = Ask(call, "confirm", "clarify.did_you_mean_one", {"understood": restated})
        return planned(PlannerName.ASK, (ask,), intent.label, round(confidence * 100))

    def _offered(self, reading: Reading, prediction: Prediction) -> Plan:
        """Offer the requests it may be, best first."""
        options: list[Option] = []
        for guess in prediction.guesses:
            request = self._offer(reading, guess)
            if request is not None and len(options) < _OFFERS:
                options.append(Option(call_to_json(request.calls[0]), text=request.restated))
        if not options or prediction.confidence < OFFER:
            return self._lost(prediction.label, prediction)
        first = ToolCall(options[0].value["tool"], options[0].value["arguments"])
        ask = Ask(first, "call", "clarify.did_you_mean", {}, tuple(options))
        percent = round(prediction.confidence * 100)
        return planned(PlannerName.ASK, (ask,), prediction.label, percent)

    def _offer(self, reading: Reading, guess: Guess) -> Request | None:
        intent = self.vocabulary.intents[guess.label]
        if not intent.tool or intent.tool not in self.shapes or guess.score < _FAR_OFF:
            return None
        if self._spares(reading, guess.label):
            return None
        request = build(reading, intent, self.shapes[intent.tool], None)
        if request.missing or (request.writes and reading.asks and not reading.requests):
            return None
        return request if request.restated else None

    def _spares(self, reading: Reading, label: str) -> bool:
        """Tell whether all that is known is not meant to go: "delete rewe" names one thing."""
        if label != _ERASE:
            return False
        words, intents = self.vocabulary, self.vocabulary.intents
        usual = intents["delete_entry"].words | words.manners.stop
        said = [text for text in reading.texts if text not in usual]
        telling = intents[_ERASE].words - usual
        slip = (fuzz.ratio(text, word) >= _SLIP for text in said for word in telling)
        return bool(reading.of("merchant", "bill", "goal", "subscription")) or not any(slip)

    def _said(self, label: str, prediction: Prediction) -> Plan:
        step = self.vocabulary.intents[label].reply
        percent = round(prediction.confidence * 100)
        return planned(PlannerName.CLASSIFIER, (step,), label, percent)

    def _lost(self, label: str, prediction: Prediction) -> Plan:
        key = self.vocabulary.intents[OUT_OF_SCOPE].phrase
        phrase = key if label == OUT_OF_SCOPE else "unclear.first"
        percent = round(prediction.confidence * 100)
        return planned(PlannerName.ASK, (Say(phrase),), label, percent)


def planned(planner: PlannerName, steps: Sequence[Step], label: str, confidence: int = 100) -> Plan:
    """Return a plan with a short echo of what was understood."""
    echo = "; ".join(understood(step) for step in steps)
    return Plan(planner, tuple(steps), echo or label, confidence)


def understood(step: Step) -> str:
    """Write a step in one short line for logs."""
    match step:
        case ToolCall(tool, arguments):
            return " ".join([tool, *(f"{name}={value}" for name, value in arguments.items())])
        case Say(phrase):
            return phrase
        case Ask(call, slot):
            return f"{understood(call)} {slot}?"
        case _:
            return ""


def _kept_in(reading: Reading, request: Request) -> Say | None:
    """Say that a sum holds what it was asked for without: nothing is taken out of a sum."""
    for piece in reading.of("category", "merchant"):
        if request.label == "show_spending" and is_taken_out(reading, piece):
            said = reading.said(piece.first, piece.last)
            return Say("clarify.not_taken_out", {"said": said})
    return None


def _with_leftovers(plan: Plan, request: Request, reading: Reading) -> Plan:
    if not request.ignored:
        return plan
    said = _kept_in(reading, request) or Say("clarify.unused", {"said": " ".join(request.ignored)})
    return Plan(
        plan.planner, (*plan.steps, said), plan.understood, plan.confidence, request.ignored
    )


def _question(tool: str, slot: str) -> str:
    """Return the phrase that asks for a missing argument."""
    if tool == "set_budget" and slot == "amount":
        return "ask.budget_amount"
    if tool == "check_affordability" and slot == "amount":
        return "ask.price"
    if slot == "payee":
        return "ask.merchant"
    return f"ask.{tool}.{slot}" if slot == "amount" else f"ask.{slot}"


def _fields(request: Request, reading: Reading) -> dict[str, str]:
    """Return what a question back may name: what is settled already, else what the message names.

    The contract tests hold every question to these fields; what else a question needs (the amount
    of an entry) is the tool's to ask with.
    """
    arguments: Mapping[str, Any] = request.calls[0].arguments
    fields = {"preference": str(arguments.get("name", ""))}
    for piece in reading.of("category"):
        fields["category"] = str(piece.value[0])
    fields.setdefault("category", str(arguments.get("category", "")))
    return {name: value for name, value in fields.items() if value}


def _is_part(reading: Reading, piece: Piece) -> bool:
    """Tell whether a currency, or a word of a shop's longer name, is named: "taxi line"."""
    return piece.kind == "currency" or any(
        shop.first <= piece.first and piece.last <= shop.last and piece.last - piece.first < size
        for shop in reading.of("merchant")
        for size in [shop.last - shop.first]
    )


def _is_only_money(reading: Reading) -> bool:
    """Tell whether small words around an amount, a shop or a category are all there is.

    "Para que no alquiler" is nobody's despair; what names none of these may be.
    """
    pieces = reading.of("amount", "category", "merchant", "account", "subscription", "bill")
    named = {place for piece in pieces for place in range(piece.first, piece.last)}
    small = reading.vocabulary.manners.stop
    has_figure = any(text.isdecimal() for text in reading.texts)
    return (bool(named) or has_figure) and all(
        place in named or text in small or text.isdecimal()
        for place, text in enumerate(reading.texts)
    )


def _of_a_shop(reading: Reading, piece: Piece) -> bool:
    """Tell whether a category is a shop's: "viajes de uber" are no travels."""
    words = reading.vocabulary.dialogue["prepositions"]["of"]
    between = reading.texts[piece.last : piece.last + 1]
    return bool(set(between) & set(words)) and any(
        one.first == piece.last + 1 for one in reading.of("merchant")
    )


def _only_names(reading: Reading, pieces: Sequence[Piece]) -> bool:
    """Tell whether a message holds nothing but names, days and small words."""
    named = {place for piece in pieces for place in range(piece.first, piece.last)}
    small = reading.vocabulary.bare
    return all(place in named or text in small for place, text in enumerate(reading.texts))
