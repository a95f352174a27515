"""Fault 29: whoever comes at an approval at the same moment, it is done once or not at all."""

from __future__ import annotations

import pytest

from core.approvals.approval import ApprovalState
from tests.chaos.approval_judge import verdicts
from tests.chaos.approval_races import Race, Races
from tests.fakes.databases import world_on

pytestmark = pytest.mark.slow
ROUNDS = {"sqlite": 500, "postgresql": 500}


@pytest.fixture(params=list(ROUNDS))
def races(request: pytest.FixtureRequest, tmp_path):
    for world in world_on(request, f"sqlite:///{tmp_path / 'races.db'}"):
        made = Races(world)
        made.run(ROUNDS[request.param])
        yield made


class TestAThousandRaces:
    def test_are_each_decided_by_one_true_word_and_done_once(self, races):
        wrong, ends = verdicts(races)
        assert wrong == []
        assert ends.total() == len(races.rounds)
        # The races were real: where either may win, each did.
        for race, either, other in (
            (Race.BOTH_WORDS, ApprovalState.EXECUTED, ApprovalState.DECLINED),
            (Race.AT_THE_END, ApprovalState.EXECUTED, ApprovalState.EXPIRED),
            (Race.REPLACED, ApprovalState.EXECUTED, ApprovalState.SUPERSEDED),
        ):
            assert ends[race, either] > 0, ends
            assert ends[race, other] > 0, ends
        assert ends[Race.DEARER, ApprovalState.SUPERSEDED] > 0, ends
