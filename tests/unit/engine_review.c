/*
 * Where two things meet: several attempts of one endpoint that ends, an attempt in the air while its date moves, a
 * clock that jumps while a transaction is taken back. What a review found, each with the promise it broke.
 */
#include "engine_kit.h"

#include <signal.h>
#include <sys/resource.h>

/* Takes all that is ready; the caller clears it. */
static struct claim claim_all(void)
{
	struct claim claim = { .max = 64, .per_endpoint = 64 };
	succeed(&(struct ask){ &verb_claim, .input = &claim });
	return claim;
}

/* Everything that is ready goes out. */
static void send_all(size_t expected)
{
	struct claim claim = claim_all();
	assert_int_equal(claim.n, expected);
	claim_clear(&claim);
}

/* Every attempt in the air ends so. */
static void end_all(int status)
{
	struct outcome items[16];
	struct outcomes outcomes = { items, 0 };
	struct query q = look("SELECT message_key, attempts FROM delivery WHERE state = 'sending'");
	while (query_row(&q)) {
		assert_true(outcomes.n < COUNT_OF(items));
		items[outcomes.n++] =
			(struct outcome){ .message_key = query_col_int(&q, 0),
					  .attempt = (unsigned)query_col_int(&q, 1),
					  .end = status ? ATTEMPT_ANSWERED : ATTEMPT_REFUSED,
					  .status = status,
					  .retry_after_s = -1 };
	}
	assert_int_equal(query_end(&q, NULL), FAULT_NONE);
	succeed(&(struct ask){ &verb_outcomes, .input = &outcomes });
}

/* ---- an endpoint that is gone ---- */

static void two_attempts_find_the_endpoint_gone(void **state)
{
	(void)state;
	stage_published();
	int64_t key = endpoint_for("unit:un_1", "https://a.example/hook");
	for (int i = 0; i < 2; i++)
		succeed(&(struct ask){ &verb_endpoint_test, .key = key });
	send_all(2);
	end_all(410);
	assert_number("SELECT count(*) FROM delivery WHERE state = 'dead' AND reason = 'test'", 2);
	assert_number("SELECT count(*) FROM event WHERE type = 'endpoint.disabled'", 1);
	assert_number("SELECT count FROM tally WHERE what = 'endpoints:disabled'", 1);
}

static void an_endpoint_is_disabled_by_hand_and_then_gone(void **state)
{
	(void)state;
	stage_published();
	int64_t key = endpoint_for("unit:un_1", "https://a.example/hook");
	succeed(&(struct ask){ &verb_endpoint_test, .key = key });
	send_all(1);
	succeed(&(struct ask){ &verb_endpoint_disable, .key = key });
	end_all(410);
	assert_text("SELECT state_reason FROM endpoint", "by hand");
	assert_number("SELECT count FROM tally WHERE what = 'endpoints:disabled'", 1);
}

/* ---- a date that moves while its reminder is in the air ---- */

/* That the date has moved is told as well; here it is about the reminders. */
static void forget_notices(void)
{
#define OF_NOTICES "WHERE message_key IN (SELECT message_key FROM message WHERE step IS NULL)"
	assert_number("SELECT count(*) FROM message WHERE type = 'obligation.rescheduled'", 1);
	execute("UPDATE tally SET count = count - 1 WHERE what = 'delivery:' || (SELECT d.state "
		"FROM delivery AS d JOIN message AS m USING (message_key) WHERE m.step IS NULL)");
	execute("DELETE FROM outbox " OF_NOTICES);
	execute("DELETE FROM message_body WHERE body_key IN (SELECT body_key FROM "
		"delivery " OF_NOTICES ")");
	execute("DELETE FROM delivery " OF_NOTICES);
	execute("DELETE FROM message " OF_NOTICES);
}

/* The third of March 2025, when the first report is due, is a holiday: it is due on the fourth. */
static const char a_day_later[] = "date,kind,name\n2025-03-03,holiday,示例\n"
				  "2025-10-01,holiday,国庆节\n";

/* Seven days before the first report is due; its reminder is in the air, and then the date moves. */
static void stage_moved_in_flight(void)
{
	stage_published();
	(void)endpoint_for("unit:un_1", "https://a.example/hook");
	plan_to("2025-02-24T09:00:00+08:00");
	send_all(1);
	answer_with(&(struct ask){ &verb_calendar_import, .text = a_day_later }, "moved", "1");
	forget_notices();
}

static void what_fails_with_an_old_date_is_not_repeated(void **state)
{
	(void)state;
	static const int ends[] = { 500, 410, 0 };
	for (size_t i = 0; i < COUNT_OF(ends); i++) {
		if (i > 0)
			assert_int_equal(setup(state), 0);
		stage_moved_in_flight();
		end_all(ends[i]);
		assert_text("SELECT state || ' ' || reason FROM delivery",
			    "superseded rescheduled");
		assert_text("SELECT outcome FROM occasion WHERE revision = 1", "cancelled");
		assert_number("SELECT count(*) FROM outbox", 0);
		if (i + 1 < COUNT_OF(ends))
			assert_int_equal(teardown(state), 0);
	}
}

static void what_arrived_with_an_old_date_has_arrived(void **state)
{
	(void)state;
	stage_moved_in_flight();
	end_all(200);
	assert_text("SELECT state FROM delivery", "delivered");
}

/* Dead when the date moves: making all of them due again must not bring the old date back. */
static void an_old_date_is_not_replayed_in_bulk(void **state)
{
	(void)state;
	stage_moved_in_flight();
	execute("UPDATE obligation SET revision = 1 WHERE obligation_key = 1");
	end_all(0); /* held: egress */
	execute("UPDATE obligation SET revision = 2 WHERE obligation_key = 1");
	answer_with(&(struct ask){ &verb_delivery_retry_all, .body = "{\"state\":\"held\"}" },
		    "retried", "0");
	assert_text("SELECT state FROM delivery", "superseded");
}

/* The second of March is a make-up working day: due a day earlier. */
static const char a_day_earlier[] = "date,kind,name\n2025-03-02,workday,示例\n"
				    "2025-10-01,holiday,国庆节\n";

/* The daemon was away; the calendar is read before anything is planned, and takes nothing along. */
static void what_was_missed_is_caught_up_with_under_the_new_date(void **state)
{
	(void)state;
	stage_published();
	(void)endpoint_for("unit:un_1", "https://a.example/hook");
	plan_to("2025-02-20T09:00:00+08:00");
	set_clock("2025-02-25T10:00:00+08:00");
	succeed(&(struct ask){ &verb_calendar_import, .text = a_day_later });
	forget_notices();
	plan_to("2025-02-25T10:00:00+08:00");
	assert_text("SELECT group_concat(revision || step || outcome) FROM occasion",
		    "2before-7sent");
	assert_number("SELECT count(*) FROM outbox", 1);
}

static void what_came_nearer_than_now_is_said_now(void **state)
{
	(void)state;
	stage_published();
	(void)endpoint_for("unit:un_1", "https://a.example/hook");
	plan_to("2025-02-24T08:00:00+08:00");
	assert_number("SELECT count(*) FROM message", 0);
	succeed(&(struct ask){ &verb_calendar_import, .text = a_day_earlier });
	forget_notices();
	plan_to("2025-02-24T08:00:00+08:00");
	assert_text("SELECT group_concat(revision || step) FROM message", "2before-7");
}

static void what_was_said_is_not_said_again_at_once(void **state)
{
	(void)state;
	stage_published();
	(void)endpoint_for("unit:un_1", "https://a.example/hook");
	plan_to("2025-02-24T10:00:00+08:00");
	send_all(1);
	end_all(200);
	succeed(&(struct ask){ &verb_calendar_import, .text = a_day_earlier });
	forget_notices();
	plan_to("2025-02-24T10:00:00+08:00");
	assert_text("SELECT group_concat(revision || step) FROM message", "1before-7");
	plan_to("2025-03-01T09:00:00+08:00");
	assert_text("SELECT group_concat(revision || step) FROM message", "1before-7,2before-1");
}

/* Held or waiting for a retry when the date moves: the old message ends, and the new one takes its place. */
static void what_had_not_arrived_is_said_under_the_new_date(void **state)
{
	(void)state;
	stage_published();
	int64_t key = endpoint_for("unit:un_1", "https://a.example/hook");
	plan_to("2025-02-24T09:00:00+08:00");
	succeed(&(struct ask){ &verb_endpoint_disable, .key = key });
	plan_to("2025-02-26T09:00:00+08:00");
	succeed(&(struct ask){ &verb_calendar_import, .text = a_day_later });
	forget_notices();
	plan_to("2025-02-26T09:00:00+08:00");
	assert_text("SELECT group_concat(m.revision || m.step || d.state) FROM message AS m JOIN "
		    "delivery AS d USING (message_key)",
		    "1before-7superseded,2before-7held");
}

/* An opening that moved to before now happens now. */
static void a_window_whose_opening_moved_is_opened(void **state)
{
	(void)state;
	stage_published();
	set_clock("2024-09-03T00:00:00+08:00");
	int64_t opens_at = number("SELECT next_step_at FROM obligation WHERE obligation_key = 1");
	succeed(&(struct ask){ &verb_clock_set, .at = opens_at - 3600 });
	(void)plan_once();
	assert_text("SELECT state FROM obligation WHERE obligation_key = 1", "scheduled");
	succeed(&(struct ask){ &verb_calendar_import, .text = a_day_earlier });
	(void)plan_once();
	assert_number("SELECT count(*) FROM obligation WHERE state = 'scheduled' AND opens_on <= "
		      "'2025-02-15'",
		      0);
}

/* ---- a commit that fails ---- */

/* On a disk, in a folder of its own. */
static void stage_on_disk(char *folder)
{
	engine_free(engine);
	looks_forget();
	assert_non_null(mkdtemp(folder));
	engine_on(&(struct engine_options){ .state_dir = folder,
					    .clock = &stage_clock,
					    .retry = retry_schedule_default,
					    .seed = 1 });
	succeed(&(struct ask){ &verb_programmes_load, .input = set_by_hand() });
}

static void files_may_grow(bool yes)
{
	struct rlimit limit;
	(void)signal(SIGXFSZ, SIG_IGN);
	assert_int_equal(getrlimit(RLIMIT_FSIZE, &limit), 0);
	limit.rlim_cur = yes ? limit.rlim_max : 4096;
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
}

static void forget_disk(const char *folder)
{
	static const char *const names[] = { "jiebang.db", "jiebang.db-wal", "jiebang.db-shm",
					     "lock" };
	char path[256];
	for (size_t i = 0; i < COUNT_OF(names); i++) {
		(void)snprintf(path, sizeof(path), "%s/%s", folder, names[i]);
		(void)unlink(path);
	}
	assert_int_equal(rmdir(folder), 0);
}

/* Rows and memory must not part: a programme that was not written is not there. */
static void programmes_that_are_not_on_disk_are_not_taken(void **state)
{
	char folder[] = "/tmp/jiebang-review-XXXXXX";
	stage_on_disk(folder);
	struct programme_set *set = set_by_hand();
	free(set->items[0]->id);
	set->items[0]->id = xstrdup("future-new");
	files_may_grow(false);
	struct verb *verb = run(&(struct ask){ &verb_programmes_load, .input = set });
	files_may_grow(true);
	assert_int_not_equal(verb->fault, FAULT_NONE);
	verb_free(verb);
	import_rows(ROW_1);
	verb = run(&(struct ask){ &verb_unit_import, .name = "future-new", .csv = HEADER ROW_1 });
	assert_int_equal(verb->fault, FAULT_NOT_FOUND);
	verb_free(verb);
	engine_free(engine);
	forget_disk(folder);
	assert_int_equal(setup(state), 0);
}

/* ---- the end ---- */

static int n_done;

static void count_done(struct verb *verb)
{
	n_done++;
	if (verb->arg)
		engine_submit(verb->arg, verb_new(&verb_ping, count_done, NULL));
	verb_free(verb);
}

/* What a `done` submits while the engine ends is done as well. */
static void the_end_waits_for_what_is_still_submitted(void **state)
{
	static const bool threaded[] = { false, true };
	for (size_t i = 0; i < COUNT_OF(threaded); i++) {
		struct problem problem;
		struct store *own;
		struct engine *other;
		n_done = 0;
		assert_int_equal(store_open_memory(&own, &problem), FAULT_NONE);
		assert_int_equal(engine_new(&(struct engine_options){ .store = own,
								      .clock = &stage_clock,
								      .threaded = threaded[i] },
					    &other, &problem),
				 FAULT_NONE);
		engine_submit(other, verb_new(&verb_ping, count_done, other));
		engine_free(other);
		assert_int_equal(n_done, 2);
	}
	(void)state;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(two_attempts_find_the_endpoint_gone),
		TEST(an_endpoint_is_disabled_by_hand_and_then_gone),
		TEST(what_fails_with_an_old_date_is_not_repeated),
		TEST(what_arrived_with_an_old_date_has_arrived),
		TEST(an_old_date_is_not_replayed_in_bulk),
		TEST(what_was_missed_is_caught_up_with_under_the_new_date),
		TEST(what_came_nearer_than_now_is_said_now),
		TEST(what_was_said_is_not_said_again_at_once),
		TEST(what_had_not_arrived_is_said_under_the_new_date),
		TEST(a_window_whose_opening_moved_is_opened),
		TEST(programmes_that_are_not_on_disk_are_not_taken),
		TEST(the_end_waits_for_what_is_still_submitted),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
