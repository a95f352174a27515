"""Every dialogue on each of its channels: judged by the books it leaves, never by the wording."""

from __future__ import annotations

import pytest

from core.conversation.context import Profile
from tests.dialogue.judge import Judge
from tests.dialogue.player import Player
from tests.dialogue.script import Dialogue, all_dialogues
from tests.dialogue.stage import Stage

_TOLD = [
    pytest.param(dialogue, profile, id=f"{dialogue.name}-{profile.value}")
    for dialogue in all_dialogues()
    for profile in dialogue.profiles
]


@pytest.mark.parametrize(("dialogue", "profile"), _TOLD)
def test_dialogue(stage: Stage, dialogue: Dialogue, profile: Profile) -> None:
    player = Player(stage, dialogue, profile)
    judge = Judge(player)
    for played in player.play():
        judge.see(played)
    judge.compare(stage.shared)
