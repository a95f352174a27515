"""What changed most between two periods: every category of either, the largest change first."""

from __future__ import annotations

from core.money import Money
from core.reports.figures import Share, changed


def share(name: str, minor: int) -> Share:
    return Share(name, Money(minor, "USD"), 1)


class TestChanged:
    def test_puts_the_largest_change_first_whichever_way_it_went(self) -> None:
        now = (share("RENT", 900), share("FOOD", 400), share("TAXI", 50))
        before = (share("RENT", 900), share("FOOD", 300), share("TAXI", 250))
        found = changed(now, before, 5)
        assert [(one.category, one.difference.minor) for one in found] == [
            ("TAXI", -200),
            ("FOOD", 100),
        ]

    def test_counts_what_is_new_and_what_is_gone(self) -> None:
        found = changed((share("NEW", 70),), (share("GONE", 90),), 5)
        assert [(one.category, one.now.minor, one.before.minor) for one in found] == [
            ("GONE", 0, 90),
            ("NEW", 70, 0),
        ]

    def test_keeps_no_more_than_asked_for(self) -> None:
        now = tuple(share(f"C{n}", n + 1) for n in range(9))
        assert len(changed(now, (), 4)) == 4
