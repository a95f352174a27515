from __future__ import annotations

import pytest

from core.schedules.leads import (
    LONGEST_LEAD,
    LeadOutOfRange,
    TooManyLeads,
    lead_days,
    leads_from_text,
    leads_to_text,
)


class TestLeadDays:
    def test_are_kept_once_the_longest_first(self):
        assert lead_days([1, 7, 1, 0]) == (7, 1, 0)
        assert lead_days([]) == ()

    @pytest.mark.parametrize("days", [[-1], [LONGEST_LEAD + 1], [3, 400]])
    def test_are_refused_outside_of_their_range(self, days):
        with pytest.raises(LeadOutOfRange):
            lead_days(days)

    def test_are_not_more_than_anybody_reads(self):
        with pytest.raises(TooManyLeads):
            lead_days(range(6))

    @pytest.mark.parametrize("days", [None, (), (0,), (7, 3, 1)])
    def test_come_back_from_their_column(self, days):
        assert leads_from_text(leads_to_text(days)) == days
