"""What two years ought to bring, fast enough to be asked ten thousand times: what is done to the daemon, and what must come of it.

Nothing here looks at the C code, its database or its answers; the rules and their dates are those of law.py. Where daemon
and these two files disagree, one of them is wrong.
"""
import bisect
import heapq

from law import (CORRECTION_WORKDAYS, DAY, DIGESTS, HOUR, PLAN, REVIEW_WORKDAYS, SEND_AT, WINDOW, Due, Ladder, add_months, day_at,
                 due_2023, plan_2023, start)

NEVER = 1 << 60
WEEKLY_AT = 9 * HOUR + 20 * 60  # of the weekly report, on Mondays
FIRST_DEATH = 75 * HOUR  # the waits between the attempts add up to 75 h 35 m and 5 s, without jitter
OWED = ("scheduled", "open", "returned")


# ---- a programme over time ----

class Message:
    """One message to one endpoint, naming the steps that it stands for."""
    __slots__ = ("path", "ob", "revision", "steps", "planned_at", "late_by", "due", "must", "may", "ended", "died", "slot", "waits")

    def __init__(self, path, ob, steps, planned_at, late_by):
        self.path, self.ob, self.revision, self.steps, self.planned_at = path, ob, ob.revision, steps, planned_at
        self.late_by = late_by  # it leaves so many seconds later, or any number less (R5)
        self.waits = False  # perhaps: it may not have left when its obligation was held
        self.due = ob.due.due
        self.must = self.may = True  # has to be received; is allowed to be
        self.ended = None  # why it is not sent any more, if it has not been by then
        self.died = False  # perhaps: every attempt had failed by then
        self.slot = None  # with what it shares a digest, if with anything

    @property
    def leaves_by(self):
        """A digest is one message where there were hundreds, and is not put off."""
        return self.planned_at + (0 if self.slot and len(self.slot) > 1 else self.late_by)


class Notice:
    """Something happened, and somebody is told of it: no step of a ladder."""
    __slots__ = ("path", "type", "about", "made_at", "must")

    def __init__(self, path, type_, about, made_at, must):
        self.path, self.type, self.about, self.made_at = path, type_, about, made_at  # about: obligation or unit
        self.must = must  # else it is only possible


class Endpoint:
    def __init__(self, path):
        self.path, self.enabled = path, True
        self.changed_at = None  # when it was enabled or disabled last
        self.refuses_since = None  # it answers everything with a failure
        self.gone = False  # … with 410
        self.unsure = None  # (from, to): what was planned from then on may not have come until then

    def refuse(self, now):
        self.refuses_since = now
        self.unsure = (min(self.unsure[0], now) if self.unsure and self.unsure[1] >= now else now, None)

    def heal(self, now, longest_retry):
        """What waits comes with its next attempt, at the latest after the longest wait; what is dead, only if replayed."""
        long = now - self.unsure[0] > 60 * HOUR
        self.refuses_since, self.unsure = None, (self.unsure[0], NEVER if long else now + longest_retry)

    def disable(self, now):
        self.enabled, self.changed_at = False, now

    def enable(self, now):
        """What was held leaves now; if the endpoint refuses, that is refused like what was planned since."""
        if self.refuses_since is not None:
            self.refuses_since = min(self.refuses_since, self.changed_at)
            self.unsure = (min(self.unsure[0], self.changed_at), self.unsure[1])
        self.enabled, self.changed_at = True, now

    def tried(self, planned_at):
        """Whether something planned then may have been attempted: it was not disabled all the while."""
        return self.enabled or planned_at <= self.changed_at

    def keeps_back(self, message, now):
        """The same of a message that leaves at one of many instants: certain is what all of them agree on."""
        ends = {self.keeps_off(at, now) for at in (message.planned_at, message.leaves_by)}
        if now <= message.leaves_by and message.leaves_by > message.planned_at:
            ends.add(True)  # it may not have left at all
        return None if message.waits or len(ends) > 1 else ends.pop()

    def keeps_off(self, planned_at, now):
        """Whether a message planned then is certain (True), possible (None) or impossible (False) not to have come yet."""
        if self.refuses_since is not None and planned_at > self.refuses_since:
            return True
        if not self.enabled and planned_at > self.changed_at:
            return True
        until = NEVER if self.unsure and self.unsure[1] is None else self.unsure and self.unsure[1]
        return None if self.unsure and planned_at > self.unsure[0] and until > now else False


KINDS = {"progress": "progress_report", "midterm": "midterm_review", "acceptance": "acceptance_request"}


class Silence:
    """Nobody is reminded of what matches all of it, from when it was made until it ends."""

    def __init__(self, match, made, ends):
        self.match, self.made, self.ends = match, made, ends

    def matches(self, model, obligation, to):
        task = model.tasks[obligation.unit]
        what = {"programme": "future-2023", "track": task.rsplit("-", 1)[0], "task": task, "unit": obligation.unit,
                "recommender": model.recommenders[obligation.unit], "recipient": to, "kind": KINDS[obligation.due.rule]}
        return all(what[key] == value for key, value in self.match.items())


class Quiet:
    """Somebody knows of it, or wants to be reminded later: of this revision, and while he is the one who is reminded."""
    __slots__ = ("kind", "made", "until", "revision", "review")

    def __init__(self, kind, made, until, obligation):
        self.kind, self.made, self.until = kind, made, until
        self.revision, self.review = obligation.revision, obligation.review_due is not None


class Obligation:
    __slots__ = ("key", "unit", "due", "calendar", "state", "revision", "decided_to", "occasions", "messages", "closed_to", "next",
                 "filed_at", "returned_at", "granted", "review_due", "held_until", "shift", "more", "first_late", "returns", "said_at",
                 "over", "quiet", "silenced")

    def __init__(self, unit, due, calendar):
        self.key, self.unit, self.due, self.calendar = (unit, due.rule, due.n), unit, due, calendar
        self.state, self.revision = "scheduled", 1
        self.decided_to = 0  # steps up to and including this instant are decided
        self.occasions = {}  # (revision, step key) → [outcome, reason]
        self.said_at = {}  # (revision, step key) → its instant when it was decided: a calendar that comes later moves it no more
        self.messages = []
        self.closed_to = 0  # so many of its messages were there when it was settled last
        self.next = None  # instant of the next thing to be done about it
        self.filed_at = self.returned_at = None
        self.over = None  # what settled it last
        self.quiet = None  # the last word of who is reminded of it
        self.silenced = {}  # (revision, step key) → number of the silence that kept it back
        self.first_late, self.returns = None, 0  # whether its first version was late (None: none was filed)
        self.shift = self.more = 0  # months, by shifts of the whole programme and of the unit's window while it was owed
        self.granted = None  # the due day by extension
        self.review_due = None  # filed and not judged: the reviewer's last day
        self.held_until = None  # nobody is reminded before this instant

    @property
    def due_at(self):
        return start(self.due.due + 1)

    @property
    def owed(self):
        return self.state in OWED

    @property
    def watched(self):
        """Whether somebody is reminded of it."""
        return self.owed or self.review_due is not None


class Model:
    """Follows what is done to the daemon and says what must have come of it."""

    def __init__(self, anchor, calendar, recommenders, now, horizon, jitter=0):
        self.jitter = jitter  # seconds
        self.anchor, self.calendar, self.recommenders, self.now, self.horizon = anchor, calendar, recommenders, now, horizon
        self.ladders = {}
        plan = plan_2023(anchor, calendar)
        self.obligations = {(unit, due.rule, due.n): Obligation(unit, due, calendar)
                            for unit in range(len(recommenders)) for due in plan}
        self.slots = {}  # (path, instant) → [Message] of those who get digests
        self.endpoints = {}  # owner → [Endpoint]
        self.by_path = {}
        self.notices = []
        self.silences = []
        self.window_shift, self.window_more = 0, [0] * len(recommenders)  # months
        self.ended, self.asked = set(), set()  # units whose window ended; who asked for acceptance
        self.left = {}  # unit → how it left: withdrawn, terminated, revoked
        self.week = self.monday(now) + (7 if (slot := self.weekly_slot(self.monday(now))) and slot <= now else 0)  # not reported yet
        self.queue = []  # (instant, tie, obligation): some are stale
        self.ties = 0
        for obligation in self.obligations.values():
            self.arm(obligation)

    # ---- what is next ----

    def ladder(self, obligation):
        phase = "owed" if obligation.review_due is None else "review"
        due = obligation.due.due if phase == "owed" else obligation.review_due
        key = (phase, due, id(obligation.calendar))
        if key not in self.ladders:
            self.ladders[key] = Ladder(due, obligation.calendar, day_at(self.horizon) + 30, phase)
        return self.ladders[key]

    def next_of(self, obligation):
        """The instant of the next thing to be done about it: a step, or its opening. None: nothing."""
        if not obligation.watched:
            return None
        ladder, revision = self.ladder(obligation), obligation.revision
        opening = start(obligation.due.opens)
        first = opening if opening > obligation.decided_to and obligation.state == "scheduled" else NEVER
        for at, key, _ in ladder.steps[bisect.bisect_right(ladder.ats, obligation.decided_to):]:
            if (revision, key) not in obligation.occasions:
                return min(first, at)
        return first

    def arm(self, obligation):
        obligation.next = self.next_of(obligation)
        if obligation.next is not None and obligation.held_until is not None:
            obligation.next = obligation.held_until
        if obligation.next is not None:
            self.ties += 1
            heapq.heappush(self.queue, (obligation.next, self.ties, obligation))

    # ---- what is said ----

    def owner(self, obligation, to):
        if to == "unit":
            return ("unit", obligation.unit)
        return ("office",) if to == "office" else ("recommender", self.recommenders[obligation.unit])  # who is the reviewer

    def decide(self, obligation, group, now):
        """Steps of one obligation to one recipient that come together: the last is sent, the others are named by it."""
        endpoints = self.endpoints.get(self.owner(obligation, group[0][2]), ())
        occasions, revision = obligation.occasions, obligation.revision
        obligation.said_at.update({(revision, key): at for at, key, _ in group})
        for _, key, _ in group[:-1]:
            occasions[revision, key] = ["coalesced", None] if endpoints else ["suppressed", "no_endpoint"]
        enabled = any(e.enabled for e in endpoints)
        occasions[revision, group[-1][1]] = (
            ["sent", None] if enabled else ["held", "endpoint_disabled"] if endpoints else ["suppressed", "no_endpoint"])
        steps = tuple(key for _, key, _ in group)
        for endpoint in endpoints:
            message = Message(endpoint.path, obligation, steps, now, self.late_by(group[-1][0], now))
            obligation.messages.append(message)
            if self.owner(obligation, group[0][2])[0] in DIGESTS:
                message.slot = self.slots.setdefault((endpoint.path, now), [])
                message.slot.append(message)

    def late_by(self, step_at, now):
        """Up to the jitter after its step, and not past the step's day; what comes late is not put off any more (R5)."""
        return max(0, min(step_at + self.jitter, start(day_at(step_at) + 1) - 1) - now)

    def decide_between(self, obligation, after, to, now):
        """What came due in the meantime, together."""
        groups = {}
        for step in self.ladder(obligation).between(after, to):
            if (obligation.revision, step[1]) not in obligation.occasions:
                groups.setdefault(step[2], []).append(step)
        for group in groups.values():
            said = [step for step in group if not self.kept_back(obligation, step, now)]
            if said:
                self.decide(obligation, said, now)

    def look(self, obligation, to, now):
        if obligation.held_until is not None:
            obligation.held_until = None  # its last day is over; what was missed comes together
        if obligation.state == "scheduled" and start(obligation.due.opens) <= to:
            obligation.state = "open"
        self.decide_between(obligation, obligation.decided_to, to, now)
        obligation.decided_to = to
        self.arm(obligation)

    # ---- the weekly report (R11) ----

    @staticmethod
    def monday(at):
        return day_at(at) - (day_at(at) + 3) % 7  # 1970-01-01 was a Thursday

    def weekly_slot(self, monday):
        """On Monday; where that is a day off, on the week's first working day after it; none in a week that is off as a whole."""
        work = [day for day in range(monday, monday + 7) if not self.calendar.is_off(day)]
        return start(work[0]) + WEEKLY_AT if work else None

    def report_weeks(self, to, up):
        """One to the office and to each recommender with a unit left; after an outage one for all weeks."""
        slots = []
        while start(self.week) <= to:
            slot = self.weekly_slot(self.week)
            if slot is not None and slot > to:
                break
            self.week += 7
            slots += [slot] if slot is not None else []
        for slot in slots if up else slots[-1:]:
            at = max(slot, self.now) if up else to
            left = {self.recommenders[unit] for unit in range(len(self.recommenders)) if unit not in self.left}
            for owner in [("office",)] * bool(left) + [("recommender", name) for name in sorted(left)]:
                self.notify(owner, "report.weekly", None, at=at)

    # ---- time ----

    def window_end_at(self, unit, more=0):
        return start(add_months(self.anchor, WINDOW + self.window_shift + self.window_more[unit] + more) + 1)

    def end_windows(self, to, up):
        """Who has not asked for acceptance by its end waits for a decision, and the office is told (O9)."""
        for unit in range(len(self.recommenders)):
            end_at = self.window_end_at(unit)
            if end_at <= to and self.delivering(unit):
                self.ended.add(unit)
                self.notify(("office",), "decision.opened", unit, at=max(end_at, self.now) if up else to)

    def walk(self, to):
        """The daemon was up all the while: each step at its own instant."""
        self.end_windows(to, up=True)
        self.report_weeks(to, up=True)
        while self.queue and self.queue[0][0] <= to:
            at, _, obligation = heapq.heappop(self.queue)
            if obligation.next == at:
                self.look(obligation, at, at)
        self.now = to

    def jump(self, to):
        """It was not: what was missed comes together (contract 7)."""
        late = []
        while self.queue and self.queue[0][0] <= to:
            at, _, obligation = heapq.heappop(self.queue)
            if obligation.next == at:
                obligation.next = None
                late.append(obligation)
        for obligation in late:
            self.look(obligation, to, to)
        self.end_windows(to, up=False)
        self.report_weeks(to, up=False)
        self.now = to

    # ---- what people do ----

    def submit(self, obligation):
        obligation.state, obligation.filed_at = "submitted", self.now
        if obligation.first_late is None:
            obligation.first_late = self.now >= obligation.due_at
        if obligation.due.rule == "acceptance":
            self.asked.add(obligation.unit)
        self.settle(obligation, "satisfied")
        obligation.review_due = self.review_day(obligation)
        obligation.decided_to = self.now
        self.arm(obligation)

    def accept(self, obligation):
        obligation.state = "accepted"
        self.settle(obligation, "accepted")

    def end(self, obligation, state):
        """By somebody's ruling: waived or cancelled."""
        obligation.state = state
        self.settle(obligation, state)

    def give_back(self, obligation):
        """Owed again, under a new revision, with some days to correct it; nothing of the old one ends in silence (contract 6)."""
        self.settle(obligation, "returned")
        obligation.returns += 1
        self.miss(obligation, obligation.filed_at, "submitted")
        obligation.state, obligation.returned_at = "returned", self.now
        obligation.due = self.planned(obligation)
        obligation.revision += 1
        obligation.decided_to = self.now
        self.notify(("unit", obligation.unit), "obligation.returned", obligation.key)
        self.arm(obligation)

    def extend(self, obligation, day):
        """A later due day by somebody's ruling: a new revision, of which only what is to come is said (contract 3)."""
        self.miss(obligation, obligation.decided_to, "rescheduled")
        self.silence(obligation, "rescheduled")
        obligation.granted, due = day, obligation.due
        obligation.due = Due(due.rule, due.n, due.opens, due.last, day, False)
        obligation.revision += 1
        obligation.decided_to = self.now
        self.notify(("unit", obligation.unit), "obligation.rescheduled", obligation.key)
        self.arm(obligation)

    def hold(self, obligation, last_day):
        obligation.held_until = start(last_day + 1)
        # Its own messages wait with it. A digest can't wait for one of its items, and goes without it.
        self.drop([m for m in obligation.messages if m.slot and len(m.slot) > 1], "hold")
        for message in obligation.messages:
            message.waits = message.waits or message.late_by > 0 and self.now <= message.leaves_by
        self.arm(obligation)

    def release(self, obligation):
        self.look(obligation, self.now, self.now)

    def review_day(self, obligation):
        return obligation.calendar.workdays_after(day_at(obligation.filed_at), REVIEW_WORKDAYS)

    def planned(self, obligation):
        """Its days as the calendar, a person's word and a return have them now."""
        due = due_2023(*obligation.key[1:], self.anchor, self.calendar, obligation.shift, obligation.more)
        obligation.calendar = self.calendar
        if obligation.granted is not None:
            due.due, due.provisional = obligation.granted, False
        if obligation.state == "returned":
            # A return takes nothing from the time that everybody has.
            returned = day_at(obligation.returned_at)
            correct_by = self.calendar.workdays_after(returned, CORRECTION_WORKDAYS)
            due.due, due.provisional = max(due.due, correct_by), due.provisional or not self.calendar.knows(returned, correct_by)
        return due

    def settle(self, obligation, reason):
        if obligation.next is not None:
            self.miss(obligation, obligation.decided_to, reason)
        self.silence(obligation, reason)
        obligation.over = reason
        self.close(obligation)
        obligation.review_due = obligation.held_until = None

    def miss(self, obligation, after, reason):
        """What came due and was not decided (nobody was to be reminded) is on record all the same (contract 6)."""
        for _, key, _ in self.ladder(obligation).between(after, self.now):
            obligation.occasions.setdefault((obligation.revision, key), ["suppressed", reason])

    def silence(self, obligation, reason):
        """What has not left does not leave any more."""
        obligation.next = None
        self.drop(obligation.messages, reason)

    def drop(self, messages, reason):
        for message in messages:
            kept_off = self.by_path[message.path].keeps_back(message, self.now)
            if message.must and kept_off is not False:
                message.must, message.may, message.ended = False, kept_off is None, reason
                # A digest that was attempted says it still, as long as it has something else to say.
                if message.slot and len(message.slot) > 1 and self.by_path[message.path].tried(message.planned_at):
                    message.may = True
                message.died = self.now - message.planned_at > FIRST_DEATH

    def close(self, obligation):
        """It is settled: whoever was escalated to, and heard of it, is told so (R7)."""
        fresh = obligation.messages[obligation.closed_to:]
        obligation.closed_to = len(obligation.messages)
        for to in ("recommender", "office"):
            told = [m for m in fresh if m.steps[-1].removeprefix("review-").startswith(f"{to}+")]
            if any(m.may for m in told):
                self.notify(self.owner(obligation, to), "obligation.closed", obligation.key, any(m.must for m in told))

    def notify(self, owner, type_, about, must=True, at=None):
        self.notices += [Notice(e.path, type_, about, at or self.now, must) for e in self.endpoints.get(owner, ())]

    def tell_moved(self, keys):
        """One notice to each unit, to each recommender of such units, and to the office, however many dates have moved.

        The date of a review is its reviewer's alone.
        """
        units = sorted({key[0] for key in keys if self.obligations[key].owed})
        for unit in units:
            self.notify(("unit", unit), "obligation.rescheduled", unit)
        for name in sorted({self.recommenders[key[0]] for key in keys}):
            self.notify(("recommender", name), "obligation.rescheduled", None)
        if units:
            self.notify(("office",), "obligation.rescheduled", None)

    # ---- quiet (R3, R9) ----

    def hush(self, obligation, step, now):
        """Why a step is not said: (reason, number of the silence); None if it is. It is not made up for."""
        at, key, to = step
        for n, silence in enumerate(self.silences):
            # One in force covers what was missed before it as well; one that is over only what fell into it.
            if silence.ends > at and (silence.made <= at or silence.ends > now) and silence.matches(self, obligation, to):
                return "silence", n
        quiet = obligation.quiet
        heard = quiet and (quiet.revision, quiet.review) == (obligation.revision, obligation.review_due is not None)
        return (quiet.kind, None) if heard and "+" not in key and quiet.until > at else None

    def kept_back(self, obligation, step, now):
        hush = self.hush(obligation, step, now)
        if hush:
            obligation.occasions[obligation.revision, step[1]] = ["suppressed", hush[0]]
            obligation.silenced[obligation.revision, step[1]] = hush[1]
        return hush

    def acknowledged_until(self, obligation):
        """Up to what is said on the due day; on that day until it is over; who knows that it is late has a week."""
        due = obligation.due.due if obligation.review_due is None else obligation.review_due
        said, end = start(obligation.calendar.send_day(due, due)) + SEND_AT, start(due + 1)
        return said if said > self.now else end if end > self.now else self.now + 7 * DAY

    def hear(self, obligation, kind, until):
        obligation.quiet = Quiet(kind, self.now, until, obligation)

    def next_said(self, obligation):
        """The instant of the next step that nothing keeps back, as things stand."""
        if obligation.next is None:
            return None
        held = obligation.held_until or 0
        for at, key, to in self.ladder(obligation).steps:
            if at > obligation.decided_to and (obligation.revision, key) not in obligation.occasions \
                    and not self.hush(obligation, (at, key, to), max(at, held, self.now)):
                return max(at, held)

    # ---- risk (O12) ----

    def unread(self, obligation):
        """Reminders of the unit that reached nobody, or came from the due day on: had they been answered, it would not be owed."""
        quiet = obligation.quiet  # "I know", or "later": what is older was answered
        answered = quiet.made if quiet and (quiet.revision, quiet.review) == (obligation.revision, False) else 0
        return sum(revision == obligation.revision and "+" not in key and obligation.said_at.get((revision, key), 0) > answered and (
            outcome == ["suppressed", "no_endpoint"]
            or outcome[0] in ("sent", "coalesced", "held") and obligation.said_at[revision, key] >= start(obligation.due.due))
            for (revision, key), outcome in obligation.occasions.items())

    def risk(self, unit):
        """The facts of the score, by the formula of jiebangctl(1); None for one that left."""
        facts = {"overdue": 0, "late": 0, "returned": 0, "behind": None, "unread": 0}
        for obligation in (o for key, o in self.obligations.items() if key[0] == unit and o.state not in ("waived", "cancelled")):
            overdue = obligation.owed and self.now >= obligation.due_at
            if overdue:
                facts["overdue"] = max(facts["overdue"], day_at(self.now) - obligation.due.due)
            facts["late"] += overdue if obligation.first_late is None else obligation.first_late
            facts["returned"] += obligation.returns
            facts["unread"] += self.unread(obligation) if obligation.owed else 0
        return facts

    # ---- changes (P13, P15) ----

    def delivering(self, unit):
        return unit not in self.left and unit not in self.asked and unit not in self.ended

    def leave(self, unit, how):
        """It owes nothing from now on, and everybody concerned is told once."""
        self.left[unit] = how
        for key, obligation in self.obligations.items():
            if key[0] == unit and obligation.watched:
                obligation.state = "cancelled" if obligation.owed else obligation.state
                self.settle(obligation, how)
        self.tell_all(unit, f"unit.{how}")

    def shift(self, months):
        """All windows at once, by so many months: what is owed moves, what was done stays where it was."""
        self.window_shift += months
        for obligation in self.obligations.values():
            obligation.shift += months if obligation.owed else 0
        return self.move()

    def lengthen(self, unit, months, how):
        """The window of one unit, by the ministry's word: what is due with its end moves along, and one notice tells of it."""
        self.window_more[unit] += months
        self.ended.discard(unit)
        for key, obligation in self.obligations.items():
            obligation.more += months if key[0] == unit and obligation.owed else 0
        moved = self.move(tell=how is None, only=unit)
        if how:
            self.tell_all(unit, how)
        return moved

    def tell_all(self, unit, what):
        for owner in (("unit", unit), ("recommender", self.recommenders[unit]), ("office",)):
            self.notify(owner, what, unit)

    def publish_anew(self, anchor):
        """The list was published on another day than we were told."""
        self.anchor = anchor
        return self.move()

    def move(self, tell=True, only=None):
        """What is owed is counted again; of a date that moved only what is to come is said, under a new revision."""
        moved = []
        for key, obligation in self.obligations.items():
            if not obligation.owed or only is not None and (key[0] != only or PLAN[key[1:]] != WINDOW):
                continue  # a longer window moves what is due with its end
            plain = due_2023(*key[1:], self.anchor, self.calendar, obligation.shift, obligation.more)
            if obligation.granted is not None and obligation.granted <= plain.due:
                obligation.granted = None  # the plan gives as much by now
            old, due = obligation.due, self.planned(obligation)
            if (old.due, old.opens) == (due.due, due.opens):
                obligation.due = due
                continue
            if old.due != due.due:
                self.miss(obligation, obligation.decided_to, "rescheduled")
                self.silence(obligation, "rescheduled")
                moved.append(key)
                obligation.revision += 1
            obligation.due = due
            if old.due != due.due or obligation.held_until is None:  # of the same date, what a hold keeps back is said when it ends
                obligation.decided_to = self.now
            if obligation.state == "scheduled" and start(obligation.due.opens) <= self.now:
                obligation.state = "open"
            self.arm(obligation)
        self.tell_moved(moved if tell else [])
        return moved

    # ---- endpoints ----

    def listen(self, owner, path):
        endpoint = self.by_path[path] = Endpoint(path)
        self.endpoints.setdefault(owner, []).append(endpoint)
        return endpoint

    # ---- calendars ----

    def learn(self, calendar):
        """The calendar of a year arrives: what is owed is counted again; a moved date begins its ladder anew (T3).

        What the old date had not said yet is owed still: where the date came nearer it may be past, and is said at once.
        """
        self.calendar = calendar
        moved = []
        for key, obligation in self.obligations.items():
            unsaid = self.next_of(obligation)
            old = self.ladder(obligation) if unsaid is not None else None
            obligation.calendar = calendar
            if unsaid is None:
                continue
            due, review_due = obligation.due, obligation.review_due
            if obligation.owed:
                obligation.due = self.planned(obligation)
            else:
                obligation.review_due = self.review_day(obligation)
            late = self.late(obligation, {key for at, key, _ in old.steps if at >= unsaid},
                             obligation.owed and start(due.opens) >= unsaid)
            if (due.due, review_due) != (obligation.due.due, obligation.review_due):
                moved.append(key)
                self.silence(obligation, "rescheduled")
                obligation.revision += 1
                obligation.decided_to = self.now
                obligation.decided_to = self.now
            else:
                if obligation.granted is not None and obligation.due.provisional == due.provisional:
                    obligation.due = due  # what a person granted stands as it was granted, its opening too
            if late:
                self.decide_late(obligation, min(late) - 1)
            self.arm(obligation)
        self.tell_moved(moved)
        return moved

    def late(self, obligation, unsaid, opens):
        """When those that were not said yet ought to have been, by the days as they are now, if that is past."""
        opening = [start(obligation.due.opens)] if opens else []
        return [at for at in opening if at <= self.now] + [at for at, key, _ in self.ladder(obligation).steps
                                                          if at <= self.now and key in unsaid]

    def decide_late(self, obligation, after):
        """What is past already by the new date is said at once; of one that is held, when its hold ends."""
        if obligation.held_until is not None:
            obligation.decided_to = min(after, obligation.decided_to)
        else:
            self.decide_between(obligation, after, self.now, self.now)
            obligation.decided_to = self.now

    def messages(self):
        return [m for o in self.obligations.values() for m in o.messages]
