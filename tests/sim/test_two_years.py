"""A few stories of two years in every test run, always the same ones: the seeds that once found something. New ones are told by
`./dev soak`, where a failure is news and not a surprise."""
import pytest

import world


@pytest.mark.parametrize("seed", [1, 101, 222, 20240902])
def test_two_years(seed):
    counts = world.run(seed, units=10)
    assert counts["messages"] > 100, "a story in which nothing happens proves nothing"
