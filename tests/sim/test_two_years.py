"""Stories of two years in every test run, always the same ones. New ones are told by `./dev soak`, where a failure is news."""
import pytest

import catalogue
import inline
import soak
import story
from wire import Wire

SEEDS, AT_A_TIME = 500, 50


@pytest.mark.parametrize("first", range(1, SEEDS, AT_A_TIME))
def test_two_years(first):
    failed, messages = {}, 0
    for seed, counts, error in soak.tell_all(range(first, first + AT_A_TIME)):
        if error:
            failed[seed] = error
        else:
            messages += counts["messages"]
    assert not failed, failed
    assert messages > 100 * AT_A_TIME, "stories in which nothing happens prove nothing"


def test_a_seed_tells_the_same_story_again():
    """Byte for byte: every request, every answer, every message, through restarts and crashes."""
    journals = [[], []]
    for journal in journals:
        story.run(4, units=12, journal=journal)
    assert sum(map(len, journals[0])) > 100_000
    assert b"".join(journals[0]) == b"".join(journals[1])


class Judged(inline.Inline):
    """Everything that it sends is as the catalogue of messages says."""

    def close(self):
        super().close()
        checked = catalogue.Checked()
        for send in self.sends:
            checked.note(send.body)
        checked.judge()


@pytest.mark.parametrize("seed", range(1, 5))
def test_two_years_sanitized(seed, monkeypatch):
    monkeypatch.setattr(inline, "SIMWORLD", inline.SANITIZED)
    story.run(seed, soak.UNITS, Judged)


@pytest.mark.parametrize("seed,units", [(1, 12), (222, 12), (20240902, 260)])
def test_two_years_of_the_daemon_itself(seed, units):
    """The few that are told to the real programs, through their sockets; one with all units of the list."""
    story.run(seed, units, Wire)
