"""What a review found in the daemon's roof: ends that come at a bad moment, and mistakes of its operator."""
import signal
import threading

import pytest

from harness import ROOT, until

SHORTLIST = ROOT / "tests" / "data" / "shortlist-2023.csv"


def publish(daemon):
    daemon.ctl("unit", "import", "--programme", "future-2023", SHORTLIST, code=0)
    daemon.ctl("programme", "publish", "future-2023", "--date", "2024-09-02", code=0)


class Walk:
    """Two years of simulated time, asked for in the background."""

    def __init__(self, daemon):
        self.start = daemon.get("/v1/clock")["now"]
        self.reply = None
        self.daemon = daemon
        self.thread = threading.Thread(target=self.ask)
        self.thread.start()
        until("the clock moves", lambda: daemon.get("/v1/clock")["now"] != self.start)

    def ask(self):
        try:
            self.reply = self.daemon.request("POST", "/v1/clock/advance", {"by": "730d"})
        except OSError as broken:
            self.reply = broken


def test_a_stop_during_a_walk_is_not_told_as_its_success(daemon):
    publish(daemon)
    walk = Walk(daemon)
    daemon.stop()
    walk.thread.join()
    assert walk.reply.status == 503, walk.reply
    reached = walk.reply.json()["detail"]
    daemon.start()
    assert daemon.get("/v1/clock")["now"] in reached


@pytest.mark.parametrize("times", range(3))
def test_a_second_signal_stops_at_once_and_cleanly(daemon, receiver, times):
    """Whatever is under way then (verbs of the pump, of requests, a walk): nothing is freed twice, too early or never."""
    publish(daemon)
    for unit in range(1, 41):
        daemon.ctl("endpoint", "add", "--owner", f"unit:un_{unit}", "--url", receiver.url(f"/{unit}"), code=0)
    walk = Walk(daemon)
    receiver.wait(20 * (times + 1))
    daemon.process.send_signal(signal.SIGTERM)
    daemon.process.send_signal(signal.SIGINT)
    assert daemon.wait() == 0, daemon.log()
    walk.thread.join()
    daemon.check_sanitizers()
    daemon.start().stop()


def test_two_reloads_at_once_are_both_answered(daemon):
    for _ in range(5):
        daemon.reload()
        daemon.reload()
    until("a reload", lambda: "reloaded" in daemon.log())
    daemon.get("/v1/programmes")
    daemon.stop()


def test_a_file_in_the_place_of_the_socket_is_not_removed(make_daemon):
    daemon = make_daemon()
    daemon.socket.write_text("somebody's", encoding="utf-8")
    daemon.spawn()
    assert daemon.wait() == 74
    assert daemon.socket.read_text(encoding="utf-8") == "somebody's"
    assert "cannot listen" in daemon.log()
