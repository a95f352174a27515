"""Takes names out of a message for a tool's arguments: categories, accounts, shops, services."""

from __future__ import annotations

from intents.filling import Filling, affirmed, unexplained, unknown_name
from intents.reading import Piece, Reading, name_of
from intents.vocabulary import runs

# Tools that are about a shop: an unknown word can only be its name.
_NAMES_A_SHOP = frozenset({"add_rule", "remove_rule"})
# "a savings goal" is not about the account of that name.
_SAVES = frozenset({"set_goal"})
# Tools that ask about one thing: with a category named, the shop of the same name is not meant.
_ONE_WHAT = frozenset(
    {
        *("show_spending", "find_entries", "explain_change", "forecast_balance"),
        *("set_habit", "show_habits", "delete_habit"),
    }
)
# What looks subscriptions up: a name that the books do not know picks none of them.
_KNOWN_ONLY = frozenset({"list_subscriptions"})
# A card is told by its last digits.
_CARD_DIGITS = 4
# Tools that take a wallet beside the card they are about.
_ABOUT_CARDS = frozenset({"create_card"})


def take_category(filling: Filling) -> None:
    """Settle ``category``: the one in the sentence's slot, else the last one meant."""
    if "merchant" in filling.slots and not {"category", "what"} & filling.slots.keys():
        return  # "all uber rides": the sentence has named what it is about
    slotted = filling.in_slots("category", "category") or filling.in_slots("what", "category")
    piece = affirmed(filling.reading, slotted)
    named = filling.free("category")
    if piece is None:
        meant = [
            one for one in named if not _in_free_slot(filling, one) and _is_meant(filling, one)
        ]
        firm = [one for one in meant if not _is_loose(filling.reading, one)]
        piece = affirmed(filling.reading, firm or meant)
    if piece is not None and not _is_merchant_rather(filling, piece):
        filling.use(piece, "category", piece.value[0])
        names = filling.reading.context.names.categories
        filling.said["category"] = name_of(names, piece.value[0])


def _is_merchant_rather(filling: Filling, piece: Piece) -> bool:
    """Tell whether a longer or exact shop name holds the words: "Whole Foods" is no food."""
    if filling.intent.tool not in _ONE_WHAT or "category" in filling.slots:
        return False
    size = piece.last - piece.first
    return any(
        (one.first <= piece.first and piece.last <= one.last and one.last - one.first > size)
        or one.last == piece.first  # "uber rides" are uber's
        for one in filling.reading.of("merchant")
    )


def _is_meant(filling: Filling, piece: Piece) -> bool:
    """Tell whether words name a category here: "purchases" is one, but not in "show purchases"."""
    reading = filling.reading
    if filling.intent.tool not in _ONE_WHAT or not _is_loose(reading, piece):
        return True
    leads = reading.vocabulary.dialogue["prepositions"]["category"]
    return piece.first > 0 and reading.texts[piece.first - 1] in leads


def _is_loose(reading: Reading, piece: Piece) -> bool:
    words = reading.vocabulary.dialogue["prepositions"]["loose"]
    return reading.texts[piece.first : piece.last] in runs(words)


def _in_free_slot(filling: Filling, piece: Piece) -> bool:
    """Tell whether an exact sentence already gave these words to another slot."""
    return any(
        first <= piece.first < last
        for name, places in filling.slots.items()
        if name not in ("category", "what")
        for first, last in places
    )


def take_account(filling: Filling) -> None:
    """Settle ``account``; a tie goes to the tool in the user's words, for it knows how to ask."""
    piece = filling.in_slot("account", "account")
    if piece is None:
        named = [one for one in filling.free("account") if not _in_free_slot(filling, one)]
        if filling.intent.tool in _ABOUT_CARDS:
            named = []  # "card" is what is asked for, not an account of that name
        if filling.intent.tool in _ONE_WHAT | _SAVES:
            # "where does my cash go" is not about the account of that name; "from cash" is.
            named = [one for one in named if _led(filling, one) and not _names_a_goal(filling, one)]
        piece = next(iter(named), None)
    if piece is not None:
        value = (
            piece.value[0]
            if len(piece.value) == 1
            else filling.reading.said(piece.first, piece.last)
        )
        filling.use(piece, "account", value)


def _names_a_goal(filling: Filling, piece: Piece) -> bool:
    """Tell whether a name only says what a goal is for: "meta de ahorro" is about no account."""
    words = filling.reading.vocabulary.dialogue["plans"]
    before = filling.reading.texts[max(0, piece.first - 2) : piece.first]
    goals = set(words["goal_nouns"]) | set(words["fund_nouns"])
    return len(before) == 2 and before[0] in goals and before[1] in words["noun_leads"]


def _led(filling: Filling, piece: Piece) -> bool:
    if filling.named_only or piece.last - piece.first == len(filling.reading.texts):
        return True
    leads = filling.reading.vocabulary.dialogue["prepositions"]["account"]
    before = filling.reading.texts[max(0, piece.first - 2) : piece.first]
    after = filling.reading.texts[piece.last : piece.last + 1]
    nouns = filling.reading.vocabulary.dialogue["prepositions"]["account_nouns"]
    return bool(set(before) & set(leads)) or bool(set(after) & set(nouns))


def take_merchant(filling: Filling) -> None:
    """Settle ``merchant``: a shop the books know, else unknown words where a shop would stand."""
    if (
        "category" in filling.arguments
        and filling.intent.tool in _ONE_WHAT
        and "merchant" not in filling.slots
    ):
        return
    piece = (
        filling.in_slot("merchant", "merchant")
        or filling.in_slot("what", "merchant")
        or next(iter(filling.free("merchant")), None)
    )
    if piece is not None:
        value = (
            piece.value[0]
            if len(piece.value) == 1
            else filling.reading.said(piece.first, piece.last)
        )
        filling.use(piece, "merchant", value)
        return
    words = filling.words_in("merchant") or filling.words_in("what")
    if words is None and not filling.named_only:
        words = _after_preposition(filling)
        if words is None and filling.intent.tool in _NAMES_A_SHOP:
            words = unknown_name(filling)
    if words is not None and not words.overlaps(filling.used):
        filling.use(words, "merchant", words.value)


def _after_preposition(filling: Filling) -> Piece | None:
    """Return unknown words after "at" or "from": a shop the books may know by another name."""
    reading = filling.reading
    shops = set(reading.vocabulary.dialogue["prepositions"]["merchant"])
    for at in range(len(reading.texts) - 1):
        if reading.texts[at] in shops and at + 1 in unexplained(filling):
            last = at + 1
            while last in unexplained(filling):
                last += 1
            words = Piece("words", at + 1, last, reading.said(at + 1, last))
            return (
                None if set(reading.texts[at + 1 : last]) & reading.vocabulary.requested else words
            )
    return None


def take_subscription(filling: Filling) -> None:
    """Settle ``subscription``: one the books know, else the name that was said."""
    piece = filling.in_slot("subscription", "subscription") or next(
        iter(filling.free("subscription")), None
    )
    if piece is not None and len(piece.value) == 1:
        filling.use(piece, "subscription", piece.value[0])
        return
    if filling.intent.tool in _KNOWN_ONLY:
        if piece is not None:
            said = filling.reading.said(piece.first, piece.last)
            filling.use(piece, "subscription", said)
        return
    words = filling.words_in("subscription")
    if words is None:
        shop = next(iter(filling.free("merchant")), None)
        words = shop and Piece(
            "words", shop.first, shop.last, filling.reading.said(shop.first, shop.last)
        )
    if words is None and "subscription" in filling.takes:
        words = unknown_name(filling)
    if words is not None:
        filling.use(words, "subscription", words.value)


def take_card(filling: Filling) -> None:
    """Settle ``card``: the sentence's slot, the figures after "card", the name before it."""
    words = filling.words_in("card") or _beside_card(filling)
    if words is not None:
        filling.use(words, "card", words.value)


def _beside_card(filling: Filling) -> Piece | None:
    reading, texts = filling.reading, filling.reading.texts
    words = reading.vocabulary.dialogue["cards"]
    noun = next((place for place, text in enumerate(texts) if text in words["nouns"]), -1)
    if noun < 0:
        return None
    after = noun + 1
    if words["name_after"]:
        after += reading.starts(runs(words["leads"]), after)
    if after < len(texts) and texts[after].isdigit() and len(texts[after]) == _CARD_DIGITS:
        return Piece("words", after, after + 1, reading.said(after, after + 1))
    known = {
        place
        for piece in reading.of("category", "merchant")
        for place in range(piece.first, piece.last)
    }
    names = (known | set(unexplained(filling))) - {noun}
    if words["name_after"]:
        last = after
        while last in names:
            last += 1
        return Piece("words", after, last, reading.said(after, last)) if last > after else None
    first = noun
    while first - 1 in names:
        first -= 1
    return Piece("words", first, noun, reading.said(first, noun)) if first < noun else None


def take_text(filling: Filling) -> None:
    """Look for words that nothing else explains, when no shop or category was named."""
    if {"merchant", "category", "amount"} & filling.arguments.keys():
        return
    words = filling.words_in("text")
    if words is None and not filling.named_only:
        words = unknown_name(filling)
    if words is not None:
        filling.use(words, "text", words.value)


def take_payee(filling: Filling) -> None:
    """Settle ``payee`` by the words of the sentence's slot, or the shop that is named."""
    words = filling.words_in("payee") or filling.words_in("merchant") or filling.words_in("name")
    if words is None and filling.intent.tool == "edit_entry":
        shop = next(iter(filling.free("merchant")), None) or _after_preposition(filling)
        words = shop and Piece(
            "words", shop.first, shop.last, filling.reading.said(shop.first, shop.last)
        )
    if words is None and filling.intent.tool == "check_affordability":
        words = unknown_name(filling)
    if words is not None:
        filling.use(words, "payee", words.value)


def take_person(filling: Filling) -> None:
    """Settle ``person`` by the words of the sentence's slot, else the name nothing else explains.

    Who it is, the user's own list of payees says: no text of anybody else's can add to it.
    """
    words = filling.words_in("person")
    if words is None and not filling.named_only:
        words = unknown_name(filling)
    if words is not None:
        filling.use(words, "person", words.value)


def take_number(filling: Filling) -> None:
    """Settle where money goes, exactly as it was typed in the sentence's slot."""
    words = filling.words_in("iban")
    if words is not None:
        filling.use(words, "number", words.value)


def name_shop(filling: Filling) -> None:
    """Name the shop of "why is costco groceries", though the books hold nothing from there."""
    for piece in filling.reading.of("category"):
        filling.used.update(range(piece.first, piece.last))
    shop = None if filling.arguments else unknown_name(filling)
    if shop is not None:
        filling.use(shop, "entry", f"merchant:{shop.value}")
