"""A few stories of two years in every test run. The seeds that once found something stay; the others are new every day."""
import datetime as dt

import pytest

import world

TODAY = int(dt.date.today().strftime("%Y%m%d"))


@pytest.mark.parametrize("seed", [1, 101, 222, TODAY])
def test_two_years(seed):
    counts = world.run(seed, units=10)
    assert counts["messages"] > 100, "a story in which nothing happens proves nothing"
