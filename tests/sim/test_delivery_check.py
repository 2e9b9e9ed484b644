"""Every order of events that the delivery states must survive, and each broken variant caught (D3 D8 D9, contract 3-7).
tests/system/test_delivery_moves.py holds the walk's moves against the real daemon's."""
import delivery_check
import pytest


@pytest.mark.parametrize("scope", delivery_check.SCOPES, ids=lambda s: "-".join(f"{k}{v}" for k, v in s.items()))
def test_no_order_of_events_breaks_it(scope):
    assert delivery_check.walk(scope) > 1000


@pytest.mark.parametrize("wrong", delivery_check.WRONG)
def test_a_broken_variant_is_caught(wrong):
    caught = []
    for scope in delivery_check.SCOPES:
        try:
            delivery_check.walk(scope, wrong)
        except delivery_check.Broken as broken:
            caught.append(str(broken))
            break
    assert caught, delivery_check.WRONG[wrong]
