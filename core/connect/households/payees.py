"""Whom the invented households send money to: made-up numbers that lead nowhere."""

from __future__ import annotations

from collections.abc import Mapping

# By the last sign of a number the demo rail knows what to answer (see its endings).
PAYEES: Mapping[str, tuple[tuple[str, str], ...]] = {
    "maya": (
        ("Ana García", "ES00DEMO00004412"),
        ("Ana Lopes", "PT00DEMO00000938"),
        ("Bo Larsen", "NO00DEMO00007711"),
        ("Cleo Stone", "US00DEMO00002043"),
        ("Dan Webb", "US00DEMO00006615"),
    ),
    "arjun": (
        ("Raju Kumar", "raju@demobank4420"),
        ("Meera Iyer", "meera@demobank0912"),
    ),
}
