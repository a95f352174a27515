"""What says "not" beside a request: a reason for it, or the opposite of it."""

from __future__ import annotations

import pytest

from bot.dialogue.denials import without_reasons

_REASONS = (
    ("kill the planet fitness subscription, i never go", "kill the planet fitness subscription"),
    ("I don't use it, cancel netflix", "cancel netflix"),
    ("cancel it because nobody watches it", "cancel it"),
    ("it's not worth it, cancel hulu", "cancel hulu"),
    ("cancela netflix, ya no lo veo", "cancela netflix"),
    ("cancela netflix porque nunca la uso", "cancela netflix"),
    ("da de baja el gimnasio, no voy nunca", "da de baja el gimnasio"),
    ("don\u2019t let me forget to call mum", "remember to call mum"),
    ("no me dejes olvidar la cita", "remember la cita"),
)
_DENIALS = (
    "cancel netflix, no, don't",
    "don't cancel netflix",
    "cancel netflix if they call",
    "cancel netflix, i don't want that",
    "i don't want netflix cancelled, leave it",
    "i never said to cancel netflix",
    "no canceles netflix",
    "no quiero cancelar netflix",
    "cancela netflix, no, no lo canceles",
    "cancela netflix, no lo hagas",
    "cancel netflix, i would not",
)


@pytest.mark.parametrize(("said", "left"), _REASONS)
def test_a_reason_is_left_out(said: str, left: str):
    assert " ".join(without_reasons(said).split()) == left


@pytest.mark.parametrize("said", _DENIALS)
def test_a_denial_stays(said: str):
    kept = without_reasons(said)
    assert [word for word in ("no", "don't", "if", "never", "not") if word in kept.split()]
