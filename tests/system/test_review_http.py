"""What a review found at the door: headers that meet, requests that come twice, answers that must say why."""
import pytest

from harness import ROOT, until

SHORTLIST = ROOT / "tests" / "data" / "shortlist-2023.csv"


def publish(daemon):
    daemon.ctl("unit", "import", "--programme", "future-2023", SHORTLIST, code=0)
    daemon.ctl("programme", "publish", "future-2023", "--date", "2024-09-02", code=0)


def test_a_repeated_write_is_not_stale_because_of_itself(daemon):
    """If-Match guards against others. Who repeats a write with its key, since the answer was lost, gets that answer."""
    publish(daemon)
    path = f"/v1/obligations/{daemon.get('/v1/units/un_1')['obligations'][0]['id']}"
    etag = daemon.request("GET", path).headers["etag"]
    headers = {"If-Match": etag, "Idempotency-Key": "report-1"}
    first = daemon.request("POST", f"{path}/submissions", {"summary": "半年进展"}, headers)
    again = daemon.request("POST", f"{path}/submissions", {"summary": "半年进展"}, headers)
    assert first.status == 201, first
    assert (again.status, again.body) == (first.status, first.body), again
    assert len(daemon.get(path)["submissions"]) == 1
    # The key opens nothing else: another request under it, or the same guard without it, is still refused.
    other = daemon.request("POST", f"{path}/submissions", {"summary": "另一份"}, headers)
    assert other.status == 412, other
    fresh = daemon.request("POST", f"{path}/submissions", {"summary": "半年进展"}, {"If-Match": etag})
    assert fresh.status == 412, fresh
