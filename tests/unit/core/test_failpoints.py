"""Places at which a test may end a process: armed on purpose only, and once."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from core.failpoints import Point, arm, reach

_CHECKOUT = Path(__file__).resolve().parents[3]


@pytest.fixture(autouse=True)
def _disarmed() -> Iterator[None]:
    yield
    arm("")


def how_it_ended(text: str, *points: Point) -> int:
    """Reach places in a process of its own, armed with ``text``; return its wait status."""
    program = "from core.failpoints import Point, arm, reach; import sys; arm(sys.argv[1]);"
    program += "[reach(Point(name)) for name in sys.argv[2:]]"
    child = subprocess.Popen([sys.executable, "-c", program, text, *points], cwd=_CHECKOUT)
    _, status = os.waitpid(child.pid, os.WUNTRACED)
    if os.WIFSTOPPED(status):
        child.kill()
        os.waitpid(child.pid, 0)
    child.returncode = 0  # waited for above
    return status


class TestAPlace:
    def test_does_nothing_unless_it_is_armed(self):
        arm("")
        for point in Point:
            reach(point)

    def test_does_nothing_while_another_one_is_armed(self):
        assert os.WEXITSTATUS(how_it_ended("T4.written", Point.T4_UNWRITTEN)) == 0

    def test_ends_the_process_where_it_is_armed(self):
        status = how_it_ended("T4.written", Point.T4_UNWRITTEN, Point.T4_WRITTEN)
        assert os.WTERMSIG(status) == signal.SIGKILL

    def test_can_stop_it_instead(self):
        assert os.WIFSTOPPED(how_it_ended("T3.planned=stop", Point.T3_PLANNED))

    @pytest.mark.parametrize("text", ["T9.nowhere", "T4.written=burn", "=kill"])
    def test_that_is_not_there_cannot_be_armed(self, text):
        with pytest.raises((ValueError, KeyError)):
            arm(text)
