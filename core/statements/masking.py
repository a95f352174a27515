"""Card numbers never enter the books: texts, ids and account numbers without them."""

from __future__ import annotations

import re
from hashlib import blake2b

from core.messaging.mask import mask_cards

MAX_ID = 120
MAX_NUMBER = 64
_KEPT = 4
# Fewer digits hold no card number; nearly every text is spared the thorough look.
_MAY_HOLD_CARD = re.compile(r"(?:\d\D{0,3}){13}")


def masked_account(number: str, *, is_card: bool) -> str:
    """Return an account's number as it may be stored: a card's is starred but for four digits.

    So is one that could be a card's; it still recognises the account.
    """
    if not is_card and without_cards(number) == number:
        return number[:MAX_NUMBER]
    bare = "".join(filter(str.isalnum, number))
    return ("*" * max(len(bare) - _KEPT, 0) + bare[-_KEPT:])[-MAX_NUMBER:]


def without_cards(text: str) -> str:
    """Return ``text`` with every valid card number masked."""
    return mask_cards(text).text if _MAY_HOLD_CARD.search(text) else text


def masked_id(external_id: str) -> str:
    """Return an id that still tells rows apart but is short and holds no card number."""
    if len(external_id) <= MAX_ID and without_cards(external_id) == external_id:
        return external_id
    hashed = blake2b(external_id.encode("utf-8", "backslashreplace"), digest_size=16)
    return "hashed:" + hashed.hexdigest()
