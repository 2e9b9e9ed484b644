/*
 * The daemon without its sockets, for stories of two years told many times: the real routes, verbs, planner, outbox and
 * delivery states on a simulated clock, one process, one thread, and a sender that takes notes instead of sending.
 *
 * It is told what to do on stdin and says what happened on stdout, so that the whole conversation is the story's
 * journal, and the same seed makes the same one byte for byte. A command is a line:
 *
 *	W INSTANT                          walk there, through every instant at which something is due
 *	J INSTANT                          jump there, as if it had been off meanwhile
 *	R METHOD TARGET BYTES\n…           a request with a body
 *	A PATH STATUS RETRY_AFTER          how the receiver at PATH answers from now on; STATUS 0: it breaks off
 *	C N                                die at the Nth send from now on, when the attempt is on record and its end is not
 *
 * and its answer the sends it led to, "S PATH ID ATTEMPT STATUS AT BYTES\n…", and "= STATUS BYTES\n…" at the end.
 */
#include "conf.h"
#include "courier/pump.h"
#include "http/problem.h"
#include "http/route.h"
#include "jiebang/civil.h"
#include "jiebang/log.h"
#include "jiebang/text.h"
#include "jiebang/wire.h"
#include "sources.h"
#include "store/instance.h"
#include "store/store.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define RECEIVERS_MAX 4096
#define DEAD          9

struct receiver {
	char *path;
	int status; /* 0: breaks off */
	int64_t retry_after_s;
};

struct stage {
	struct conf *conf;
	struct engine *engine;
	struct store *reader;
	struct pump *pump;
	struct clock clock;
	struct programme_set *programmes;
	struct calendar *calendar; /* NULL: to be read anew */
	struct courier_job *out;   /* handed over, to be answered */
	struct courier_job **tail;
	unsigned n_out;
	int64_t dies_in; /* sends; 0: does not */
	struct receiver receivers[RECEIVERS_MAX];
	size_t n_receivers;
};

_Noreturn static void broken(const char *what, const struct problem *problem)
{
	fatal(70, "simworld: %s: %s", what, problem ? problem->detail : "");
}

/* ---- the recorder ---- */

static const char *path_of(const char *url)
{
	const char *host = strstr(url, "://");
	const char *path = host ? strchr(host + 3, '/') : NULL;
	return path ? path : "/";
}

static const struct receiver *receiver_at(const struct stage *stage, const char *path)
{
	static const struct receiver good = { NULL, 200, -1 };
	for (size_t i = 0; i < stage->n_receivers; i++)
		if (strcmp(stage->receivers[i].path, path) == 0)
			return &stage->receivers[i];
	return &good;
}

static void record(void *arg, struct courier_job *job)
{
	struct stage *stage = arg;
	const char *path = path_of(job->url);
	(void)printf("S %s %s %u %d %" PRId64 " %zu\n%.*s\n", path, job->webhook_id, job->attempt,
		     receiver_at(stage, path)->status, clock_now_at(&stage->clock), job->body_len,
		     (int)job->body_len, job->body);
	if (stage->dies_in > 0 && --stage->dies_in == 0) {
		(void)fflush(stdout);
		_exit(DEAD);
	}
	job->next = NULL;
	*stage->tail = job;
	stage->tail = &job->next;
	stage->n_out++;
}

static unsigned load(void *arg)
{
	return ((struct stage *)arg)->n_out;
}

static void answer_all(struct stage *stage)
{
	while (stage->out) {
		struct courier_job *job = stage->out;
		const struct receiver *receiver = receiver_at(stage, path_of(job->url));
		struct courier_result result = { .end = receiver->status ? ATTEMPT_ANSWERED
									 : ATTEMPT_BROKEN,
						 .status = receiver->status,
						 .retry_after_s = receiver->retry_after_s };
		stage->out = job->next;
		if (!stage->out)
			stage->tail = &stage->out;
		stage->n_out--;
		pump_finished(stage->pump, job, &result);
	}
	pump_flush(stage->pump);
}

static void nothing(void *arg)
{
	(void)arg;
}

static void again_later(void *arg, enum fault fault, const struct problem *problem)
{
	(void)arg;
	(void)fault;
	broken("the pump stands still", problem);
}

/* ---- time ---- */

static void settle(struct stage *stage)
{
	pump_turn(stage->pump);
	do {
		engine_collect(stage->engine);
		answer_all(stage);
	} while (!pump_idle(stage->pump) || engine_load(stage->engine) > 0);
}

static void set_clock(struct stage *stage, int64_t at)
{
	struct verb *verb = verb_new(&verb_clock_set, NULL, NULL);
	verb->at = at;
	if (engine_call(stage->engine, verb) != FAULT_NONE)
		broken("clock", &verb->problem);
	verb_free(verb);
	clock_simulated_set(&stage->clock, at);
}

/* As loop_advance_step does. */
static void walk(struct stage *stage, int64_t to_at)
{
	settle(stage);
	for (int64_t now_at = clock_now_at(&stage->clock); now_at < to_at;
	     now_at = clock_now_at(&stage->clock)) {
		int64_t next_at = pump_on_hold(stage->pump) ? INT64_MAX : pump_wake_at(stage->pump);
		if (next_at <= now_at)
			next_at = now_at + 1;
		set_clock(stage, next_at < to_at ? next_at : to_at);
		settle(stage);
	}
}

static void say_clock(const struct stage *stage)
{
	char now[CIVIL_INSTANT_BYTES];
	civil_instant_write(clock_now_at(&stage->clock), now);
	(void)printf("= 200 %zu\n%s\n", strlen(now), now);
}

/* ---- requests ---- */

static void reply(int status, const struct buf *body)
{
	(void)printf("= %d %zu\n%s\n", status, body->len, buf_str(body));
}

static void reply_problem(const struct problem *problem, const struct buf *more)
{
	struct buf body = BUF_EMPTY;
	int status = fault_http_status(problem->fault);
	problem_write(&body, status, problem, more);
	reply(status, &body);
	buf_clear(&body);
}

static enum fault take_body(const struct route *route, struct verb *verb, const char *body,
			    size_t len, struct problem *problem)
{
	if (len == 0)
		return FAULT_NONE;
	if (route->body == BODY_CSV) {
		verb->text = xstrndup(body, len);
		verb->text_len = len;
	} else if (route->body == BODY_CSV_SPOOL) {
		verb->fd = memfd_create("spool", MFD_CLOEXEC);
		if (verb->fd < 0 || write(verb->fd, body, len) != (ssize_t)len ||
		    lseek(verb->fd, 0, SEEK_SET) != 0)
			return problem_set(problem, FAULT_IO, "spool");
	} else {
		return jr_read(body, len, &verb->body, problem);
	}
	return FAULT_NONE;
}

static void run_verb(struct stage *stage, const struct route *route, const struct target *target,
		     const char *body, size_t len)
{
	struct problem problem = { .fault = FAULT_NONE };
	struct verb *verb = verb_new(route->verb, NULL, NULL);
	verb->key = target->args.key;
	verb->dry_run = target->dry_run;
	(void)text_copy(verb->actor, sizeof(verb->actor), "uid:0");
	(void)text_copy(verb->name, sizeof(verb->name), target->args.name ? target->args.name : "");
	(void)text_copy(verb->reason, sizeof(verb->reason), target->reason ? target->reason : "");
	enum fault fault = take_body(route, verb, body, len, &problem);
	if (fault == FAULT_NONE) {
		fault = engine_call(stage->engine, verb);
		problem = verb->problem;
	}
	calendar_free(stage->calendar);
	stage->calendar = NULL;
	settle(stage); /* what it made due leaves before its answer: the journal has one order */
	if (fault == FAULT_NONE)
		reply(verb->status ? verb->status : 200, &verb->reply);
	else
		reply_problem(&problem, &verb->reply);
	verb_free(verb);
}

/* Of the routes that answer in their own time, the feed is a read when nobody waits for news. */
static read_fn *read_of(const struct route *route)
{
	return route->special && strcmp(route->pattern, "/v1/events") == 0 ? read_events
									   : route->read;
}

static void run_read(struct stage *stage, const struct route *route, struct target *target)
{
	struct buf body = BUF_EMPTY;
	struct problem problem = { .fault = FAULT_NONE };
	struct read_args *args = &target->args;
	enum fault fault = FAULT_NONE;
	args->now_at = clock_now_at(&stage->clock);
	if (!stage->calendar)
		fault = calendar_load(stage->reader, &stage->calendar, &problem);
	args->calendar = stage->calendar;
	args->programmes = (const struct programme *const *)stage->programmes->items;
	args->n_programmes = stage->programmes->n;
	if (fault == FAULT_NONE)
		fault = read_resolve(stage->reader, args, &problem);
	if (fault == FAULT_NONE)
		fault = read_run(stage->reader, read_of(route), args, &body, &problem);
	if (fault == FAULT_NONE)
		reply(200, &body);
	else
		reply_problem(&problem, NULL);
	buf_clear(&body);
}

static void request(struct stage *stage, const char *method, char *url, const char *body,
		    size_t len)
{
	static struct target target;
	struct problem problem = { .fault = FAULT_NONE };
	unsigned allow;
	char *query = strchr(url, '?');
	if (query)
		*query++ = '\0';
	enum fault fault = target_path(&target, url, &problem);
	const struct route *route =
		route_match(routes, n_routes, method_parse(method), &target, &allow);
	if (fault == FAULT_NONE && (!route || (!read_of(route) && !route->verb)))
		fault = problem_set(&problem, FAULT_NOT_FOUND, "no such route here");
	if (fault == FAULT_NONE)
		fault = target_id(&target, route, &problem);
	if (fault == FAULT_NONE)
		fault = target_query(&target, route, query ? query : "", &problem);
	if (fault != FAULT_NONE)
		reply_problem(&problem, NULL);
	else if (read_of(route))
		run_read(stage, route, &target);
	else
		run_verb(stage, route, &target, body, len);
}

/* ---- commands ---- */

static int64_t number(const char *word)
{
	int64_t value = 0;
	if (!word || !text_parse_i64(word, INT64_MIN, INT64_MAX, &value))
		broken("not a number in a command", NULL);
	return value;
}

static void do_walk(struct stage *stage, char **words)
{
	walk(stage, number(words[1]));
	say_clock(stage);
}

static void do_jump(struct stage *stage, char **words)
{
	set_clock(stage, number(words[1]));
	settle(stage);
	say_clock(stage);
}

static void do_request(struct stage *stage, char **words)
{
	size_t len = (size_t)number(words[3]);
	char *body = xcalloc(len + 1, 1);
	if (fread(body, 1, len, stdin) != len)
		broken("a body that ends early", NULL);
	request(stage, words[1], words[2], body, len);
	free(body);
}

static void do_answer(struct stage *stage, char **words)
{
	size_t i = 0;
	while (i < stage->n_receivers && strcmp(stage->receivers[i].path, words[1]) != 0)
		i++;
	INVARIANT(i < RECEIVERS_MAX);
	if (i == stage->n_receivers)
		stage->receivers[stage->n_receivers++].path = xstrdup(words[1]);
	stage->receivers[i].status = (int)number(words[2]);
	stage->receivers[i].retry_after_s = number(words[3]);
	(void)printf("= 200 0\n\n");
}

static void do_die(struct stage *stage, char **words)
{
	stage->dies_in = number(words[1]);
	(void)printf("= 200 0\n\n");
}

static const struct {
	char name;
	int words;
	void (*run)(struct stage *stage, char **words);
} commands[] = { { 'W', 2, do_walk },
		 { 'J', 2, do_jump },
		 { 'R', 4, do_request },
		 { 'A', 4, do_answer },
		 { 'C', 2, do_die } };

static void obey(struct stage *stage, char *line)
{
	char *words[5] = { NULL };
	int n = 0;
	line[strcspn(line, "\n")] = '\0';
	for (char *word = line; word && n < 5; n++) {
		words[n] = word;
		word = strchr(word, ' ');
		if (word)
			*word++ = '\0';
	}
	for (size_t i = 0; i < sizeof(commands) / sizeof(commands[0]); i++)
		if (commands[i].name == words[0][0] && commands[i].words == n) {
			commands[i].run(stage, words);
			(void)fflush(stdout);
			return;
		}
	broken("no such command", NULL);
}

/* ---- beginning and end ---- */

static void begin(struct stage *stage, const char *config, uint64_t seed)
{
	struct problem problem;
	if (conf_load(config, &stage->conf, &problem) != FAULT_NONE)
		broken(config, &problem);
	clock_init_simulated(&stage->clock, stage->conf->simulated_at);
	struct engine_options options = { .state_dir = stage->conf->state_dir,
					  .clock = &stage->clock,
					  .retry = stage->conf->retry,
					  .health = stage->conf->health,
					  .seed = seed };
	if (engine_new(&options, &stage->engine, &problem) != FAULT_NONE ||
	    sources_load(stage->conf, stage->engine, &problem) != FAULT_NONE ||
	    sources_programmes(stage->conf, &stage->programmes, &problem) != FAULT_NONE ||
	    store_open_reader(stage->conf->state_dir, &stage->reader, &problem) != FAULT_NONE)
		broken("start", &problem);
	struct pump_sender sender = { record, load, stage };
	struct pump_options pump = { .claim_max = 512,
				     .claim_per_endpoint = 512,
				     .gather = nothing,
				     .again_later = again_later,
				     .changed = nothing,
				     .arg = stage };
	stage->tail = &stage->out;
	stage->pump = pump_new(stage->engine, &sender, &pump);
}

static void end(struct stage *stage)
{
	store_close(stage->reader);
	engine_free(stage->engine);
	pump_free(stage->pump);
	programme_set_free(stage->programmes);
	calendar_free(stage->calendar);
	conf_free(stage->conf);
	for (size_t i = 0; i < stage->n_receivers; i++)
		free(stage->receivers[i].path);
}

int main(int argc, char **argv)
{
	static struct stage stage;
	char *line = NULL;
	size_t cap = 0;
	int64_t seed;
	if (argc != 3 || !text_parse_i64(argv[2], 1, INT64_MAX, &seed))
		fatal(64, "usage: simworld CONFIG SEED");
	log_set_level(LOG_LEVEL_ERROR);
	begin(&stage, argv[1], (uint64_t)seed);
	say_clock(&stage);
	(void)fflush(stdout);
	while (getline(&line, &cap, stdin) > 0)
		obey(&stage, line);
	free(line);
	end(&stage);
	return 0;
}
