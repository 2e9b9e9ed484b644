"""What must hold in the database file at any moment that no write is under way, looked at from outside with sqlite3."""
import sqlite3
from collections import Counter


def rows(state_dir, sql, *args):
    db = sqlite3.connect(f"file:{state_dir}/jiebang.db?mode=ro", uri=True)
    try:
        return db.execute(sql, args).fetchall()
    finally:
        db.close()


def check(state_dir):
    """Asserts the invariants that SQL cannot hold by itself, and that SQL held those it can."""
    def ask(sql):
        return rows(state_dir, sql)

    assert ask("PRAGMA integrity_check") == [("ok",)]
    assert ask("PRAGMA foreign_key_check") == []
    # A delivery has an outbox row exactly while it is due, at the place where it will be claimed.
    assert ask("""SELECT d.message_key, d.endpoint_key, d.ready_at, m.deadline_at FROM delivery d JOIN message m USING (message_key)
                  WHERE d.state = 'due' EXCEPT SELECT message_key, endpoint_key, ready_at, deadline_at FROM outbox""") == []
    assert ask("""SELECT message_key, endpoint_key, ready_at, deadline_at FROM outbox EXCEPT
                  SELECT d.message_key, d.endpoint_key, d.ready_at, m.deadline_at FROM delivery d JOIN message m USING (message_key)
                  WHERE d.state = 'due'""") == []
    assert ask("SELECT message_key FROM message EXCEPT SELECT message_key FROM delivery") == []
    # What is next stands twice, and says the same.
    # One that is held stands where its hold ends.
    assert ask("""SELECT obligation_key, coalesce(held_until_at, next_step_at) AS at FROM obligation WHERE at IS NOT NULL
                  EXCEPT SELECT obligation_key, at FROM agenda""") == []
    assert ask("""SELECT obligation_key, at FROM agenda EXCEPT
                  SELECT obligation_key, coalesce(held_until_at, next_step_at) FROM obligation""") == []
    # Every obligation that is owed or to be reviewed has something coming (its ladder repeats for ever); one that is
    # settled has not (S6).
    assert ask("""SELECT obligation_key, state FROM obligation WHERE (state IN ('scheduled', 'open', 'returned')
                  OR review_due_on IS NOT NULL) <> (next_step_at IS NOT NULL)""") == []
    # The attempts are counted; the one under way stands in the delivery until it ends.
    assert ask("""SELECT d.message_key FROM delivery d WHERE d.attempts <> (d.state = 'sending') +
                  (SELECT count(*) FROM attempt a WHERE a.message_key = d.message_key)""") == []
    # What was sent is kept, each body once.
    assert ask("""SELECT body_key FROM delivery WHERE body_key IS NOT NULL GROUP BY body_key HAVING count(*) > 1""") == []
    assert ask("""SELECT body_key FROM delivery WHERE body_key IS NOT NULL EXCEPT SELECT body_key FROM message_body""") == []
    assert ask("""SELECT body_key FROM message_body EXCEPT SELECT body_key FROM delivery""") == []
    assert ask("""SELECT d.message_key FROM delivery d WHERE (d.state = 'delivered') <>
                  EXISTS (SELECT 1 FROM attempt a WHERE a.message_key = d.message_key AND a.outcome = 'delivered')""") == []
    # A reminder stands for an occasion (what has no step is a notice), and an occasion that was not suppressed has its message.
    assert ask("""SELECT m.id FROM message m WHERE m.obligation_key IS NOT NULL AND m.step IS NOT NULL AND NOT EXISTS
                  (SELECT 1 FROM occasion o WHERE o.obligation_key = m.obligation_key AND o.revision = m.revision
                   AND o.step = m.step)""") == []
    assert ask("""SELECT o.obligation_key, o.step FROM occasion o WHERE o.outcome NOT IN ('suppressed', 'coalesced') AND NOT EXISTS
                  (SELECT 1 FROM message m WHERE m.obligation_key = o.obligation_key AND m.revision = o.revision
                   AND m.step = o.step) AND NOT EXISTS (SELECT 1 FROM digest_item i WHERE i.obligation_key = o.obligation_key
                   AND i.revision = o.revision AND i.step = o.step)""") == []
    # An occasion is told once: by a message of its own or as the item of one digest.
    assert ask("""SELECT obligation_key, revision, step, count(*) FROM digest_item WHERE step IS NOT NULL
                  GROUP BY 1, 2, 3 HAVING count(*) > 1""") == []
    assert ask("""SELECT i.item_key FROM digest_item i JOIN message m ON m.obligation_key = i.obligation_key
                  AND m.revision = i.revision AND m.step = i.step""") == []
    # What waits to be gathered has its owner among those who wait; a digest of one would have gone as a plain message.
    assert ask("""SELECT owner FROM digest_item WHERE digest_key IS NULL AND dropped IS NULL
                  EXCEPT SELECT owner FROM digest_wait""") == []
    assert ask("SELECT digest_key FROM digest_item WHERE digest_key IS NOT NULL GROUP BY 1 HAVING count(*) < 2") == []
    # A unit knows how many endpoints hear for it.
    assert ask("""SELECT unit_key FROM unit u WHERE endpoints <> (SELECT count(*) FROM endpoint e
                  WHERE e.unit_key = u.unit_key AND e.state = 'enabled')""") == []
    check_tally(ask)


def check_tally(ask):
    """The counts of the status line are the counts."""
    real = Counter()
    for scope, what, n in ask("""
            SELECT 0, 'delivery:' || state, count(*) FROM delivery GROUP BY state UNION ALL
            SELECT 0, 'endpoints:' || state, count(*) FROM endpoint GROUP BY state UNION ALL
            SELECT u.programme_key, 'obligation:' || o.state, count(*) FROM obligation o JOIN unit u USING (unit_key)
                GROUP BY u.programme_key, o.state UNION ALL
            SELECT u.programme_key, 'owed:' || o.due_at, count(*) FROM obligation o JOIN unit u USING (unit_key)
                WHERE o.state IN ('scheduled', 'open', 'returned') GROUP BY u.programme_key, o.due_at UNION ALL
            SELECT u.programme_key, 'material_bytes', sum(m.size_bytes) FROM material m JOIN obligation o USING (obligation_key)
                JOIN unit u USING (unit_key) WHERE m.removed_at IS NULL GROUP BY u.programme_key UNION ALL
            SELECT programme_key, 'unreachable', count(*) FROM unit u WHERE NOT EXISTS
                (SELECT 1 FROM endpoint e WHERE e.unit_key = u.unit_key AND e.state = 'enabled') AND EXISTS
                (SELECT 1 FROM obligation o WHERE o.unit_key = u.unit_key AND o.state IN ('scheduled', 'open', 'returned'))
                GROUP BY programme_key UNION ALL
            SELECT programme_key, 'units', count(*) FROM unit GROUP BY programme_key"""):
        real[scope, what] = n
    kept = {(scope, what): n for scope, what, n in ask("SELECT scope, what, count FROM tally")}
    said = {key: n for key, n in kept.items() if n and (key[1] in ("units", "unreachable", "material_bytes") or ":" in key[1])}
    assert said == dict(real), f"tally says {said}, counted {dict(real)}"
