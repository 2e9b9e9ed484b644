-- The data model of jiebang, version 1. Civil dates are ISO text (Beijing), instants are unix seconds (`_at`).
-- Sets are written as OR: SQLite builds a table for every IN list of a CHECK or partial index, at every row.
-- Integer keys inside (`_key`); outside they are typed as un_1042, ob_98231, ep_7. Every invariant that SQL can hold is held here.

-- One row: who this state belongs to, and what time it has seen.
CREATE TABLE instance (
	one            INTEGER PRIMARY KEY CHECK (one = 1),
	uid            BLOB NOT NULL CHECK (length(uid) = 16),   -- part of every webhook-id
	simulated      INTEGER NOT NULL CHECK (simulated BETWEEN 0 AND 1), -- made under a simulated clock: never served on the real one
	simulated_at   INTEGER CHECK ((simulated = 1) = (simulated_at IS NOT NULL)), -- where that clock stands
	high_water_at  INTEGER NOT NULL,                         -- highest wall time seen (contract 8)
	hold_reason    TEXT,                                     -- not null: clock hold, nothing is planned or sent
	hold_since_at  INTEGER,
	boot           INTEGER NOT NULL,                         -- counts starts; an attempt of an earlier boot has an unknown end
	created_at     INTEGER NOT NULL,
	missed_since_at INTEGER NOT NULL DEFAULT 0,              -- since when nothing was planned, until what fell due is caught up with; 0: nothing to tell
	CHECK ((hold_reason IS NULL) = (hold_since_at IS NULL))
) STRICT;

-- Statutory days off and make-up working days (调休). A year is covered when its National Day is listed.
CREATE TABLE calendar_day (
	day  TEXT NOT NULL CHECK (length(day) = 10),
	kind TEXT NOT NULL CHECK (kind = 'holiday' OR kind = 'workday'),
	name TEXT NOT NULL,
	PRIMARY KEY (day)
) STRICT, WITHOUT ROWID;

-- Calendar files that were taken, so that a start takes only what changed since, and undoes no correction made meanwhile.
CREATE TABLE calendar_file (
	name   TEXT NOT NULL,
	sha256 TEXT NOT NULL,
	PRIMARY KEY (name)
) STRICT, WITHOUT ROWID;

-- Programmes as their files say. Loading the same file again changes no row.
CREATE TABLE programme (
	programme_key INTEGER PRIMARY KEY,
	id            TEXT NOT NULL UNIQUE,
	name_zh       TEXT NOT NULL,
	name_en       TEXT NOT NULL,
	doc_no        TEXT NOT NULL,
	issuer        TEXT NOT NULL,
	complete      INTEGER NOT NULL CHECK (complete BETWEEN 0 AND 1),
	note          TEXT NOT NULL,
	window_months INTEGER NOT NULL CHECK (window_months >= 0),
	source_name   TEXT NOT NULL,
	sha256        TEXT NOT NULL,            -- of the file
	rules         TEXT NOT NULL,            -- JSON for people: caps, quotas, classes, plan, dates
	digests       TEXT NOT NULL DEFAULT '', -- who is told in digests: "recommender office"
	rollup_weekday INTEGER NOT NULL DEFAULT 0 CHECK (rollup_weekday BETWEEN 0 AND 7), -- of the weekly report; 0: there is none
	rollup_at_s   INTEGER NOT NULL DEFAULT 0, -- its time of day
	rollup_to     TEXT NOT NULL DEFAULT '', -- who gets it: "recommender office"
	rollup_through_on TEXT,                 -- the Monday of the last week that was reported, or passed over
	loaded_at     INTEGER NOT NULL,
	published_on  TEXT,                     -- publication (公布): the anchor of every window
	window_end_on TEXT,
	published_at  INTEGER,                  -- when we were told
	shift_months  INTEGER NOT NULL DEFAULT 0 CHECK (shift_months >= 0), -- of all windows, by recorded operations
	revision      INTEGER NOT NULL DEFAULT 1,
	rollup_part_on TEXT,                    -- a report is under way, a few recipients a transaction: the Monday of its week,
	rollup_part_key INTEGER NOT NULL DEFAULT 0, -- the endpoint after whose recommender it goes on
	rollup_part_told INTEGER NOT NULL DEFAULT 0, -- and how many were told so far
	CHECK ((published_on IS NULL) = (window_end_on IS NULL)),
	CHECK ((published_on IS NULL) = (published_at IS NULL))
) STRICT;

CREATE TABLE track (
	programme_key INTEGER NOT NULL REFERENCES programme,
	id            TEXT NOT NULL,
	position      INTEGER NOT NULL,
	name_zh       TEXT NOT NULL,
	name_en       TEXT NOT NULL,
	PRIMARY KEY (programme_key, id)
) STRICT, WITHOUT ROWID;

CREATE TABLE category (
	programme_key INTEGER NOT NULL REFERENCES programme,
	id            TEXT NOT NULL,
	position      INTEGER NOT NULL,
	name_zh       TEXT NOT NULL,
	name_en       TEXT NOT NULL,
	PRIMARY KEY (programme_key, id)
) STRICT, WITHOUT ROWID;

CREATE TABLE task (
	task_key      INTEGER PRIMARY KEY,
	programme_key INTEGER NOT NULL,
	id            TEXT NOT NULL,
	position      INTEGER NOT NULL,
	track_id      TEXT NOT NULL,
	category_id   TEXT,
	name          TEXT NOT NULL,
	UNIQUE (programme_key, id),
	FOREIGN KEY (programme_key, track_id) REFERENCES track,
	FOREIGN KEY (programme_key, category_id) REFERENCES category
) STRICT;

-- The sentence each rule stands on; quoted in every refusal and warning.
CREATE TABLE clause (
	programme_key INTEGER NOT NULL REFERENCES programme,
	rule          TEXT NOT NULL,
	text          TEXT NOT NULL,
	source        TEXT NOT NULL,
	PRIMARY KEY (programme_key, rule)
) STRICT, WITHOUT ROWID;

-- One version of one row of a reporting plan. Obligations point at the version they were planned by, so that
-- editing a file changes no running ladder; a row is never updated, a changed rule is a new row.
CREATE TABLE rule (
	rule_key      INTEGER PRIMARY KEY,
	programme_key INTEGER NOT NULL REFERENCES programme,
	id            TEXT NOT NULL,
	version       INTEGER NOT NULL,
	kind          TEXT NOT NULL CHECK (kind = 'progress_report' OR kind = 'midterm_review' OR kind = 'material' OR kind = 'acceptance_request' OR kind = 'evaluation' OR kind = 'ad_hoc'),
	name_zh       TEXT NOT NULL,
	name_en       TEXT NOT NULL,
	satisfied_by  TEXT NOT NULL CHECK (satisfied_by = 'submission' OR satisfied_by = 'acceptance'),
	clause        TEXT NOT NULL,            -- name of the clause, or 'ours'
	body          TEXT NOT NULL,            -- the whole rule as JSON: what makes a version differ
	ladder        TEXT NOT NULL,            -- JSON, see ladder_read
	form          TEXT NOT NULL,            -- JSON, see form_read; '' if any content will do
	checklist     TEXT NOT NULL,            -- JSON, see checklist_read; '' if it takes no files
	reviewer      TEXT CHECK (reviewer = 'recommender' OR reviewer = 'office'), -- who reviews what is filed; NULL: nobody
	review_ladder TEXT,                     -- how the reviewer is reminded, counted from the review's due date
	CHECK ((reviewer IS NULL) = (review_ladder IS NULL)),
	UNIQUE (programme_key, id, version)
) STRICT;

-- One import of one shortlist file. Its random uid is part of the webhook-ids of its units: after the restore of a
-- backup another import may reuse the integer keys, and must not reuse the ids.
CREATE TABLE batch (
	batch_key     INTEGER PRIMARY KEY,
	uid           BLOB NOT NULL CHECK (length(uid) = 16),
	programme_key INTEGER NOT NULL REFERENCES programme,
	sha256        TEXT NOT NULL,
	units         INTEGER NOT NULL,
	reason        TEXT,                     -- why a soft cap was passed
	actor         TEXT NOT NULL,
	imported_at   INTEGER NOT NULL
) STRICT;

CREATE TABLE unit (
	unit_key      INTEGER PRIMARY KEY,
	programme_key INTEGER NOT NULL REFERENCES programme,
	task_key      INTEGER NOT NULL REFERENCES task,
	batch_key     INTEGER NOT NULL REFERENCES batch,
	seq           TEXT NOT NULL,            -- 序号 in the official list
	project       TEXT NOT NULL,
	lead          TEXT NOT NULL CHECK (lead <> ''),
	recommender   TEXT NOT NULL,
	region        TEXT NOT NULL,
	class         TEXT NOT NULL,
	owes          INTEGER NOT NULL CHECK (owes BETWEEN 0 AND 1), -- assigned units owe, potential ones may
	state         TEXT NOT NULL CHECK (state = 'applied' OR state = 'recommended' OR state = 'shortlisted' OR state = 'delivering' OR state = 'acceptance_requested' OR state = 'under_evaluation' OR state = 'passed' OR state = 'not_passed' OR state = 'winner' OR state = 'pending_decision' OR state = 'withdrawn' OR state = 'terminated' OR state = 'revoked'),
	anchor_on     TEXT,
	window_end_on TEXT,
	window_months INTEGER NOT NULL DEFAULT 0 CHECK (window_months >= 0), -- its length with extensions and shifts; 0: it ends on a fixed day
	contact_name  TEXT NOT NULL DEFAULT '',
	contact_phone TEXT NOT NULL DEFAULT '',
	contact_email TEXT NOT NULL DEFAULT '',
	endpoints     INTEGER NOT NULL DEFAULT 0 CHECK (endpoints >= 0), -- its own that are enabled; 0: it hears nothing of what it owes
	created_at    INTEGER NOT NULL,
	revision      INTEGER NOT NULL DEFAULT 1,
	UNIQUE (task_key, lead, project)
) STRICT;
CREATE INDEX unit_programme ON unit (programme_key, unit_key);
CREATE INDEX unit_recommender ON unit (programme_key, recommender);

-- A consortium's partners, past ones too: who is in it now has no until_on.
CREATE TABLE partner (
	unit_key INTEGER NOT NULL REFERENCES unit,
	position INTEGER NOT NULL,
	name     TEXT NOT NULL CHECK (name <> ''),
	from_on  TEXT,
	until_on TEXT,
	PRIMARY KEY (unit_key, position)
) STRICT, WITHOUT ROWID;

-- The unit's own plan (里程碑): what each weighs, when it is planned and was reached. `n` is given once, never again.
CREATE TABLE milestone (
	unit_key   INTEGER NOT NULL REFERENCES unit,
	n          INTEGER NOT NULL CHECK (n >= 1),
	name       TEXT NOT NULL CHECK (name <> ''),
	weight     INTEGER NOT NULL CHECK (weight BETWEEN 1 AND 100),
	percent    INTEGER NOT NULL CHECK (percent BETWEEN 0 AND 100),
	planned_on TEXT NOT NULL,
	actual_on  TEXT,
	dropped    INTEGER NOT NULL DEFAULT 0 CHECK (dropped BETWEEN 0 AND 1), -- the plan in force has it no more
	PRIMARY KEY (unit_key, n),
	CHECK ((actual_on IS NOT NULL) = (percent = 100))
) STRICT, WITHOUT ROWID;

-- What a unit owes: a window, not a date. Overdue is computed, never stored. `revision` counts moves of the due date
-- and returns for correction. While review_due_on stands, it is the reviewer who is reminded, by the rule's review_ladder.
CREATE TABLE obligation (
	obligation_key INTEGER PRIMARY KEY,
	unit_key     INTEGER NOT NULL REFERENCES unit,
	rule_key     INTEGER NOT NULL REFERENCES rule,
	n            INTEGER NOT NULL,
	months       INTEGER NOT NULL,          -- after the anchor; 0 for a fixed date
	shift_months INTEGER NOT NULL DEFAULT 0 CHECK (shift_months >= 0), -- and so many more, by shifts of the whole programme
	base_on      TEXT,                      -- of a shifted fixed date: where it stood, so that shifts never chain
	opens_on     TEXT NOT NULL,
	last_day_on  TEXT NOT NULL,             -- before rolling (民法典 202)
	due_on       TEXT NOT NULL,             -- after rolling (民法典 203)
	due_at       INTEGER NOT NULL,          -- the instant due_on ends: 24:00 +08
	provisional  INTEGER NOT NULL CHECK (provisional BETWEEN 0 AND 1),
	state        TEXT NOT NULL CHECK (state = 'scheduled' OR state = 'open' OR state = 'submitted' OR state = 'returned' OR state = 'accepted' OR state = 'waived' OR state = 'cancelled'),
	revision     INTEGER NOT NULL DEFAULT 1,
	next_step_at INTEGER,                   -- its row in agenda; NULL: nothing more will be said
	held_until_at INTEGER,                  -- nobody is reminded before: the agenda row stands here, steps go on from next_step_at
	submitted_at INTEGER,
	returned_at  INTEGER,
	accepted_at  INTEGER,
	granted_on   TEXT,                      -- the due date by extension, instead of the planned one
	review_due_on TEXT,                     -- filed and not judged: the reviewer's last day
	review_due_at INTEGER,
	milestone    INTEGER,                   -- the unit's milestone that its date is tied to
	CHECK ((review_due_on IS NULL) = (review_due_at IS NULL)),
	CHECK (review_due_on IS NULL OR state = 'submitted'),
	UNIQUE (unit_key, rule_key, n)
) STRICT;
-- What is owed, by deadline: overdue and due-soon are ranges of this index.
CREATE INDEX obligation_owed ON obligation (due_at, obligation_key) WHERE state = 'scheduled' OR state = 'open' OR state = 'returned';
-- What somebody works on now: filed and unreviewed, returned, open. Few beside those that are scheduled or done.
CREATE INDEX obligation_active ON obligation (state, obligation_key) WHERE state = 'open' OR state = 'submitted' OR state = 'returned';
-- What waits for the calendar of its year: few, and none once all are known.
CREATE INDEX obligation_provisional ON obligation (last_day_on) WHERE provisional = 1 AND (state = 'scheduled' OR state = 'open' OR state = 'returned');

-- What is due next, clustered by its instant: an idle daemon reads one row here and arms one timer. One row an
-- obligation at most; the steps themselves are computed from the ladder.
CREATE TABLE agenda (
	at             INTEGER NOT NULL,
	obligation_key INTEGER NOT NULL REFERENCES obligation,
	PRIMARY KEY (at, obligation_key)
) STRICT, WITHOUT ROWID;

-- What else is due at an instant, beside the steps of obligations. `key` is of the kind's own table. One row a kind and
-- key: setting a timer again moves it.
CREATE TABLE timer (
	at   INTEGER NOT NULL,
	kind TEXT NOT NULL CHECK (kind = 'window_end' OR kind = 'calendar_warning' OR kind = 'weekly' OR kind = 'endpoint_health'), -- key: unit; year; programme; endpoint
	key  INTEGER NOT NULL,
	PRIMARY KEY (at, kind, key)
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX timer_of ON timer (kind, key);

-- Silences: what matches is not reminded of until it expires (R9). NULL matches everything.
CREATE TABLE silence (
	silence_key INTEGER PRIMARY KEY,
	programme   TEXT,
	track       TEXT,
	task        TEXT,
	unit_key    INTEGER REFERENCES unit,
	recommender TEXT,
	recipient   TEXT,
	kind        TEXT,
	author      TEXT NOT NULL CHECK (author <> ''),
	reason      TEXT NOT NULL CHECK (reason <> ''),
	created_at  INTEGER NOT NULL,
	until_at    INTEGER NOT NULL,           -- as it was asked for
	expires_at  INTEGER NOT NULL,           -- sooner if a person ended it
	ended_by    TEXT,
	CHECK (expires_at <= until_at),
	CHECK (coalesce(programme, track, task, recommender, recipient, kind) IS NOT NULL OR unit_key IS NOT NULL)
) STRICT;
CREATE INDEX silence_expires ON silence (expires_at);

-- Who is reminded knows of it (acknowledged), or asked to be reminded later (snoozed): of this revision, until an instant
-- (R3). What the unit said is not the reviewer's word: filing begins another phase.
CREATE TABLE quiet (
	obligation_key INTEGER PRIMARY KEY REFERENCES obligation,
	revision       INTEGER NOT NULL,
	of_review      INTEGER NOT NULL CHECK (of_review BETWEEN 0 AND 1),
	kind           TEXT NOT NULL CHECK (kind = 'acknowledged' OR kind = 'snoozed'),
	actor          TEXT NOT NULL,
	note           TEXT NOT NULL,
	made_at        INTEGER NOT NULL,
	until_at       INTEGER NOT NULL
) STRICT;

-- How each step that came due ended. The key is the occasion: planned exactly once (contract 3, 6).
CREATE TABLE occasion (
	obligation_key INTEGER NOT NULL REFERENCES obligation,
	revision       INTEGER NOT NULL,
	step           TEXT NOT NULL,
	nominal_at     INTEGER NOT NULL,
	outcome        TEXT NOT NULL CHECK (outcome = 'sent' OR outcome = 'coalesced' OR outcome = 'suppressed' OR outcome = 'held' OR outcome = 'dead' OR outcome = 'cancelled'),
	reason         TEXT,
	decided_at     INTEGER NOT NULL,
	closed_at      INTEGER,                 -- of an escalation: when who was told of it was told that it is settled
	silence_key    INTEGER REFERENCES silence, -- which one kept it back
	CHECK ((silence_key IS NOT NULL) = (coalesce(reason, '') = 'silence')),
	PRIMARY KEY (obligation_key, revision, step)
) STRICT, WITHOUT ROWID;

CREATE TABLE submission (
	submission_key INTEGER PRIMARY KEY,
	obligation_key INTEGER NOT NULL REFERENCES obligation,
	version        INTEGER NOT NULL CHECK (version >= 1),
	filed_at       INTEGER NOT NULL,
	late           INTEGER NOT NULL CHECK (late BETWEEN 0 AND 1),
	author         TEXT NOT NULL,
	receipt        TEXT NOT NULL,           -- 回执号 in the official system
	summary        TEXT NOT NULL,
	content        TEXT NOT NULL,
	UNIQUE (obligation_key, version)
) STRICT;
-- What was filed in a week, for its report; rows come by this instant, so the index grows at its end.
CREATE INDEX submission_filed ON submission (filed_at);

-- Verdicts on submissions: accepted or returned, by whom and why.
CREATE TABLE review (
	submission_key INTEGER PRIMARY KEY REFERENCES submission,
	decision       TEXT NOT NULL CHECK (decision = 'accepted' OR decision = 'returned'),
	comment        TEXT NOT NULL,
	actor          TEXT NOT NULL,
	decided_at     INTEGER NOT NULL,
	due_on         TEXT,                    -- the reviewer's last day, if the rule gives one
	correct_by_on  TEXT                     -- until when a returned one is to be filed again
) STRICT;
CREATE INDEX review_decided ON review (decided_at);

-- What a person decided about an obligation against its plan, each with reason and approver: waive and cancel end it,
-- hold stops its reminders until it expires or is released, extend gives it another due date.
CREATE TABLE ruling (
	ruling_key     INTEGER PRIMARY KEY,
	obligation_key INTEGER NOT NULL REFERENCES obligation,
	kind           TEXT NOT NULL CHECK (kind = 'waive' OR kind = 'hold' OR kind = 'release' OR kind = 'extend' OR kind = 'cancel'),
	reason         TEXT NOT NULL CHECK (reason <> ''),
	approver       TEXT NOT NULL CHECK (approver <> ''),
	old_due_on     TEXT,
	new_due_on     TEXT,
	expires_on     TEXT,                    -- the last day of a hold
	made_at        INTEGER NOT NULL,
	CHECK ((kind = 'extend') = (new_due_on IS NOT NULL)),
	CHECK ((kind = 'hold') = (expires_on IS NOT NULL))
) STRICT;
CREATE INDEX ruling_obligation ON ruling (obligation_key, ruling_key);

-- Files handed in. The bytes are in STATE_DIR/materials/ab/cdef…, named by their SHA-256 and shared by all rows that
-- name it; they are on disk before the row is, and go after the last row that needs them was removed. A removed row stays.
CREATE TABLE material (
	material_key   INTEGER PRIMARY KEY,
	obligation_key INTEGER NOT NULL REFERENCES obligation,
	item           TEXT NOT NULL,            -- of the checklist
	name           TEXT NOT NULL CHECK (name <> ''),
	sha256         TEXT NOT NULL CHECK (length(sha256) = 64),
	size_bytes     INTEGER NOT NULL CHECK (size_bytes > 0),
	author         TEXT NOT NULL,
	actor          TEXT NOT NULL,
	added_at       INTEGER NOT NULL,
	removed_at     INTEGER,
	removed_by     TEXT,
	removed_reason TEXT CHECK (removed_reason <> ''),
	CHECK ((removed_at IS NULL) = (removed_by IS NULL)),
	CHECK ((removed_at IS NULL) = (removed_reason IS NULL))
) STRICT;
-- The same bytes under the same item once, as long as they are there.
CREATE UNIQUE INDEX material_live ON material (obligation_key, item, sha256) WHERE removed_at IS NULL;
CREATE INDEX material_obligation ON material (obligation_key, material_key);
-- Who needs a file.
CREATE INDEX material_file ON material (sha256) WHERE removed_at IS NULL;

-- What waits for a person to decide: a window that ended without an acceptance request eliminates nobody.
CREATE TABLE decision_task (
	task_no       INTEGER PRIMARY KEY,
	unit_key      INTEGER NOT NULL REFERENCES unit,
	cause         TEXT NOT NULL CHECK (cause = 'window_end'),
	window_end_on TEXT NOT NULL,            -- the end that it is about
	opened_at     INTEGER NOT NULL,
	closed_at     INTEGER,
	resolution    TEXT,                     -- the move that closed it: 'resume', 'terminate', 'request_acceptance', …
	closed_by     TEXT,
	CHECK ((closed_at IS NULL) = (resolution IS NULL)),
	CHECK ((closed_at IS NULL) = (closed_by IS NULL))
) STRICT;
CREATE UNIQUE INDEX decision_open ON decision_task (unit_key) WHERE closed_at IS NULL;

-- Changes of a unit, or (unit_key NULL) of a whole programme: what was, what is since then, why and by whose word.
CREATE TABLE change (
	change_key    INTEGER PRIMARY KEY,
	programme_key INTEGER NOT NULL REFERENCES programme,
	unit_key      INTEGER REFERENCES unit,
	kind          TEXT NOT NULL CHECK (kind = 'publication' OR kind = 'addition' OR kind = 'shift' OR kind = 'lead' OR kind = 'partner' OR kind = 'contact' OR kind = 'content' OR kind = 'window' OR kind = 'extension' OR kind = 'state'),
	old           TEXT NOT NULL,            -- JSON objects with the same members
	new           TEXT NOT NULL,
	reason        TEXT NOT NULL,            -- '': none was asked for
	approver      TEXT NOT NULL,
	doc_no        TEXT NOT NULL,            -- of the document that it stands on
	effective_on  TEXT NOT NULL,
	actor         TEXT NOT NULL,
	made_at       INTEGER NOT NULL
) STRICT;
CREATE INDEX change_programme ON change (programme_key, change_key);
CREATE INDEX change_unit ON change (unit_key, change_key) WHERE unit_key IS NOT NULL;

-- A year whose calendar is missing while dates wait for it: one row an episode, gone when the calendar comes.
CREATE TABLE calendar_gap (
	year      INTEGER PRIMARY KEY,
	first_on  TEXT NOT NULL,                -- the first day that needs it
	warned_at INTEGER                       -- NULL: not yet
) STRICT;

-- The feed: what happened, in order. The newest is never deleted, so a number is never given twice. Whom it is about is
-- no reference: whoever appends has just read those rows, they are never deleted, and every change in the system appends.
CREATE TABLE event (
	seq            INTEGER PRIMARY KEY,
	at             INTEGER NOT NULL,
	type           TEXT NOT NULL,
	programme_key  INTEGER,
	unit_key       INTEGER,
	obligation_key INTEGER,
	data           TEXT NOT NULL
) STRICT;
-- Why an obligation was cancelled stands in its event; there are few of these.
CREATE INDEX event_cancelled ON event (obligation_key) WHERE type = 'obligation.cancelled';

-- Where reminders go. owner: 'unit:un_7', 'recommender:NAME', 'office'.
CREATE TABLE endpoint (
	endpoint_key INTEGER PRIMARY KEY,
	uid          BLOB NOT NULL CHECK (length(uid) = 16),
	owner        TEXT NOT NULL,
	unit_key     INTEGER REFERENCES unit,
	url          TEXT NOT NULL,
	format       TEXT NOT NULL CHECK (format = 'standard' OR format = 'wecom' OR format = 'dingtalk' OR format = 'feishu' OR format = 'mail' OR format = 'cloudevents'),
	secret       BLOB NOT NULL CHECK (length(secret) <= 80), -- a robot's as the word that its group was given
	state        TEXT NOT NULL CHECK (state = 'enabled' OR state = 'disabled' OR state = 'paused' OR state = 'deleted'), -- paused: soft-disabled, see endpoint_health
	state_reason TEXT,
	created_at   INTEGER NOT NULL,
	revision     INTEGER NOT NULL DEFAULT 1,
	options      TEXT NOT NULL DEFAULT '{}', -- JSON of domain/endpoint_options.c: what differs from the daemon's settings
	secret_kind  TEXT NOT NULL DEFAULT 'hmac' CHECK (secret_kind = 'hmac' OR secret_kind = 'ed25519' OR secret_kind = 'word' OR secret_kind = 'none'),
	older_until  INTEGER NOT NULL DEFAULT 0, -- until when older secrets sign along; 0: there are none
	fifo         INTEGER NOT NULL DEFAULT 0 CHECK (fifo = 0 OR fifo = 1), -- of its options
	filtered     INTEGER NOT NULL DEFAULT 0 CHECK (filtered = 0 OR filtered = 1), -- whether they say what it wants to be told
	per_minute   INTEGER NOT NULL DEFAULT 0 CHECK (per_minute >= 0), -- attempts that begin in a minute, of its options or its robot; 0: any number
	pace_ms      INTEGER NOT NULL DEFAULT 0, -- the state of that, see include/jiebang/pace.h
	CHECK ((secret_kind = 'none') = (length(secret) = 0)),
	CHECK (secret_kind = 'word' OR secret_kind = 'none' OR length(secret) BETWEEN 24 AND 64)
) STRICT;
-- A deleted one stays, for the history of its messages; its address may be used again.
CREATE UNIQUE INDEX endpoint_url ON endpoint (owner, url) WHERE state <> 'deleted';
CREATE INDEX endpoint_fifo ON endpoint (endpoint_key) WHERE fifo = 1;
CREATE INDEX endpoint_mailbox ON endpoint (endpoint_key) WHERE format = 'mail';
CREATE INDEX endpoint_paced ON endpoint (endpoint_key) WHERE per_minute > 0;
CREATE INDEX endpoint_owner ON endpoint (owner);

-- An episode of failures (include/jiebang/health.h): from the first one to the next success, which removes the row. Only
-- endpoints that fail have one. What is to be done next about it stands in `timer`, kind 'endpoint_health'.
CREATE TABLE endpoint_health (
	endpoint_key INTEGER PRIMARY KEY REFERENCES endpoint,
	state        TEXT NOT NULL CHECK (state = 'doubted' OR state = 'failing' OR state = 'paused'),
	since_at     INTEGER NOT NULL,
	last_at      INTEGER NOT NULL,
	failures     INTEGER NOT NULL CHECK (failures > 0), -- in a row
	told         INTEGER NOT NULL,           -- how often the owner was told by another channel
	probes       INTEGER NOT NULL,
	probe_at     INTEGER NOT NULL,           -- 0 unless paused
	CHECK ((state = 'paused') = (probe_at > 0)),
	CHECK (last_at >= since_at)
) STRICT;

-- How attempts at it went, by day (days since 1970-01-01 in UTC+8), for a week. Gathered in memory and added twice a
-- second. latency: counts of include/jiebang/latency.h, four bytes each, lowest first.
CREATE TABLE endpoint_stat (
	endpoint_key INTEGER NOT NULL REFERENCES endpoint,
	day          INTEGER NOT NULL,
	delivered    INTEGER NOT NULL CHECK (delivered >= 0),
	failed       INTEGER NOT NULL CHECK (failed >= 0),
	latency      BLOB NOT NULL,
	PRIMARY KEY (endpoint_key, day)
) STRICT, WITHOUT ROWID;

-- Secrets that were replaced and sign along until receivers have the newer one. n counts the rotations of the endpoint.
CREATE TABLE endpoint_secret (
	endpoint_key INTEGER NOT NULL REFERENCES endpoint,
	n            INTEGER NOT NULL CHECK (n >= 1),
	secret       BLOB NOT NULL CHECK (length(secret) BETWEEN 24 AND 64),
	secret_kind  TEXT NOT NULL CHECK (secret_kind = 'hmac' OR secret_kind = 'ed25519'),
	until_at     INTEGER NOT NULL,
	PRIMARY KEY (endpoint_key, n)
) STRICT, WITHOUT ROWID;

-- One digest (汇总): what one owner is told in one slot. Its messages, one an endpoint, speak of its items.
CREATE TABLE digest (
	digest_key INTEGER PRIMARY KEY,
	owner      TEXT NOT NULL,
	slot_at    INTEGER NOT NULL,            -- the latest nominal instant of what it gathers
	part       INTEGER NOT NULL CHECK (part >= 1), -- 1; more if something came late to its slot
	made_at    INTEGER NOT NULL,
	UNIQUE (owner, slot_at, part)
) STRICT;

-- What was decided for an owner who is told in digests. It waits without a digest until nothing else is due at its
-- instant; alone in its slot it becomes a plain message and its row goes.
CREATE TABLE digest_item (
	item_key       INTEGER PRIMARY KEY,
	digest_key     INTEGER REFERENCES digest,
	owner          TEXT NOT NULL,
	type           TEXT NOT NULL,
	programme_key  INTEGER NOT NULL REFERENCES programme,
	unit_key       INTEGER REFERENCES unit,
	obligation_key INTEGER REFERENCES obligation,
	revision       INTEGER NOT NULL,
	step           TEXT,                    -- with obligation and revision: its occasion; NULL: a notice
	steps          TEXT,
	notice         TEXT,                    -- key of a notice: the last part of its id
	data           TEXT,                    -- of a notice
	nominal_at     INTEGER NOT NULL,
	deadline_at    INTEGER NOT NULL,
	made_at        INTEGER NOT NULL,
	dropped        TEXT,                    -- why it is not told any more
	CHECK ((step IS NULL) <> (notice IS NULL)),
	CHECK (step IS NULL OR obligation_key IS NOT NULL)
) STRICT;
CREATE INDEX digest_item_waiting ON digest_item (owner, item_key) WHERE digest_key IS NULL AND dropped IS NULL;
CREATE INDEX digest_item_digest ON digest_item (digest_key, deadline_at, item_key) WHERE digest_key IS NOT NULL;
CREATE INDEX digest_item_obligation ON digest_item (obligation_key) WHERE obligation_key IS NOT NULL;
CREATE INDEX digest_item_unit ON digest_item (unit_key) WHERE unit_key IS NOT NULL;

-- Owners with items that wait. Flushed when nothing else is due; `at` is later only for one that broke.
CREATE TABLE digest_wait (
	owner TEXT NOT NULL,
	at    INTEGER NOT NULL,
	PRIMARY KEY (owner)
) STRICT, WITHOUT ROWID;
CREATE INDEX digest_wait_at ON digest_wait (at, owner);

-- One message to one endpoint about one occasion. Immutable. The id is the webhook-id.
CREATE TABLE message (
	message_key    INTEGER PRIMARY KEY,
	id             TEXT NOT NULL UNIQUE,
	endpoint_key   INTEGER NOT NULL REFERENCES endpoint,
	type           TEXT NOT NULL,
	unit_key       INTEGER REFERENCES unit,
	obligation_key INTEGER REFERENCES obligation,
	revision       INTEGER,
	step           TEXT,                    -- the step it is sent for; NULL: a notice of what happened
	steps          TEXT,                    -- JSON array of all steps it stands for, oldest first
	nominal_at     INTEGER NOT NULL,
	deadline_at    INTEGER NOT NULL,        -- due_at of the obligation: oldest deadline first
	created_at     INTEGER NOT NULL,
	digest_key     INTEGER REFERENCES digest, -- it speaks of the items of a digest
	programme_key  INTEGER REFERENCES programme, -- it speaks of a programme as a whole
	sequence       INTEGER CHECK (sequence >= 1), -- counts the messages about its unit, to whomever; NULL: about none
	part           INTEGER CHECK (part >= 2), -- of what was too long for one message to a robot: this is its second, third … part
	CHECK (digest_key IS NULL OR (obligation_key IS NULL AND step IS NULL)),
	CHECK (programme_key IS NULL OR (unit_key IS NULL AND digest_key IS NULL))
) STRICT;
CREATE INDEX message_obligation ON message (obligation_key, message_key);
CREATE INDEX message_unit ON message (unit_key, message_key);
CREATE INDEX message_digest ON message (digest_key) WHERE digest_key IS NOT NULL;

-- What is sent, rendered and frozen by the first claim, which names it in the delivery. Apart from the delivery, whose
-- row changes with every state: small rows are many to a page, and a commit writes pages. With a key of its own, not the
-- message's: endpoints take turns, so messages are not claimed in their order, and bodies would be squeezed between others.
CREATE TABLE message_body (
	body_key INTEGER PRIMARY KEY,
	body     TEXT NOT NULL
) STRICT;

-- Items that a digest's message to one endpoint does not speak of: not wanted there, or dropped before it was first attempted.
CREATE TABLE digest_untold (
	message_key INTEGER NOT NULL REFERENCES message,
	item_key    INTEGER NOT NULL REFERENCES digest_item,
	filtered    INTEGER NOT NULL DEFAULT 0 CHECK (filtered = 0 OR filtered = 1), -- not wanted there
	PRIMARY KEY (message_key, item_key)
) STRICT, WITHOUT ROWID;

-- Its delivery: the state machine of DESIGN "Delivery states".
CREATE TABLE delivery (
	message_key  INTEGER PRIMARY KEY REFERENCES message,
	endpoint_key INTEGER NOT NULL REFERENCES endpoint,
	state        TEXT NOT NULL CHECK (state = 'due' OR state = 'sending' OR state = 'delivered' OR state = 'held' OR state = 'dead' OR state = 'cancelled' OR state = 'superseded'),
	reason       TEXT,                      -- why held, dead, cancelled
	ready_at     INTEGER NOT NULL,
	attempts     INTEGER NOT NULL DEFAULT 0,
	round        INTEGER NOT NULL DEFAULT 0, -- attempts since it was last made due by a person
	unknowns     INTEGER NOT NULL DEFAULT 0, -- in a row
	body_key     INTEGER,                   -- of message_body. No REFERENCES: an UPDATE of such a column keeps a journal of its own
	boot         INTEGER,                   -- of the attempt under way: committed before its first byte leaves
	started_at   INTEGER,
	last_status  INTEGER,
	last_reason  TEXT,
	delivered_at INTEGER,
	CHECK ((state = 'delivered') = (delivered_at IS NOT NULL)),
	CHECK ((state = 'sending') = (started_at IS NOT NULL)),
	CHECK ((started_at IS NULL) = (boot IS NULL)),
	CHECK ((attempts = 0) OR (body_key IS NOT NULL))
) STRICT;
-- Those that are not at rest: few, so listing them and recovering after a crash cost nothing.
CREATE INDEX delivery_unsettled ON delivery (state, endpoint_key, message_key) WHERE state = 'sending' OR state = 'held' OR state = 'dead';

-- The deliveries in state 'due', in the order they are claimed: by endpoint, then time, then oldest deadline.
-- ready_at is 0 for a first attempt that is due at once.
CREATE TABLE outbox (
	endpoint_key INTEGER NOT NULL,
	ready_at     INTEGER NOT NULL,
	deadline_at  INTEGER NOT NULL,
	message_key  INTEGER NOT NULL REFERENCES delivery,
	PRIMARY KEY (endpoint_key, ready_at, deadline_at, message_key)
) STRICT, WITHOUT ROWID;

-- How each attempt ended, written once, after the reply. One that is under way is its delivery in state 'sending', with
-- boot and started_at; if the daemon is killed meanwhile, the next start writes it here as 'unknown'.
CREATE TABLE attempt (
	message_key INTEGER NOT NULL REFERENCES delivery,
	n           INTEGER NOT NULL,
	boot        INTEGER NOT NULL,
	started_at  INTEGER NOT NULL,
	elapsed_ms  INTEGER,
	outcome     TEXT NOT NULL CHECK (outcome = 'delivered' OR outcome = 'failed' OR outcome = 'unknown'),
	status      INTEGER,
	reason      TEXT,
	excerpt     TEXT,
	PRIMARY KEY (message_key, n)
) STRICT, WITHOUT ROWID;

-- Where the time of a test went, in ms; NULL: it did not come to that, or needed none (no TLS, an address).
CREATE TABLE attempt_times (
	message_key   INTEGER NOT NULL,
	n             INTEGER NOT NULL,
	lookup_ms     INTEGER,
	connect_ms    INTEGER,
	tls_ms        INTEGER,
	first_byte_ms INTEGER,                  -- from the beginning
	PRIMARY KEY (message_key, n),
	FOREIGN KEY (message_key, n) REFERENCES attempt
) STRICT, WITHOUT ROWID;

-- Counts that a status line needs, kept by the one function that moves each state, in the same transaction.
CREATE TABLE tally (
	scope INTEGER NOT NULL, -- programme_key, or 0 for deliveries
	what  TEXT NOT NULL,    -- 'units', 'unreachable', 'obligation:open', 'owed:1741017600' (its due_at), 'delivery:dead', …
	count INTEGER NOT NULL CHECK (count >= 0),
	PRIMARY KEY (scope, what)
) STRICT, WITHOUT ROWID;

-- Answers of writes that carried an Idempotency-Key, kept for a day.
CREATE TABLE idempotency (
	actor      TEXT NOT NULL,
	key        TEXT NOT NULL,
	request    BLOB NOT NULL CHECK (length(request) = 32), -- SHA-256 of method, target and body
	status     INTEGER NOT NULL,
	body       TEXT NOT NULL,
	created_at INTEGER NOT NULL,
	PRIMARY KEY (actor, key)
) STRICT, WITHOUT ROWID;
CREATE INDEX idempotency_age ON idempotency (created_at);

-- Every change and every send, chained: hash = SHA-256(previous hash, seq, at, actor, verb, object, detail).
CREATE TABLE audit (
	seq    INTEGER PRIMARY KEY,
	at     INTEGER NOT NULL,
	actor  TEXT NOT NULL,
	verb   TEXT NOT NULL,
	object TEXT NOT NULL,
	detail TEXT NOT NULL,
	hash   BLOB NOT NULL CHECK (length(hash) = 32)
) STRICT;

CREATE TABLE token (
	token_key    INTEGER PRIMARY KEY,
	name         TEXT NOT NULL,
	role         TEXT NOT NULL CHECK (role = 'admin'),
	sha256       BLOB NOT NULL UNIQUE CHECK (length(sha256) = 32),
	created_at   INTEGER NOT NULL,
	expires_at   INTEGER,
	revoked_at   INTEGER
) STRICT;
