/*
 * What the command table points at: handlers and tables of columns, by noun.
 */
#ifndef CLIENT_COMMANDS_H
#define CLIENT_COMMANDS_H

#include "command.h"

/* cmd_any.c: all that a row can say by itself. */
int cmd_list(struct client *client, const struct invocation *invocation);
int cmd_list_whole(struct client *client, const struct invocation *invocation);
/* The same with what an empty list says. */
int list_or_say(struct client *client, const struct invocation *invocation,
		const struct words *nothing);
/* The same of another target than the row's own. */
int list_target(struct client *client, const struct invocation *invocation, const char *target,
		const struct words *nothing);
int cmd_show(struct client *client, const struct invocation *invocation);
int cmd_write(struct client *client, const struct invocation *invocation);
/* Shows one document by the row's table. */
void show_document(const struct client *client, const struct table *table,
		   const struct jr_doc *doc);
/* GETs what belongs to an obligation: `what` is "", "/form", … 0 or an exit code. */
int ask_of_obligation(struct client *client, const char *obligation, const char *what,
		      struct jr_doc **doc);
/* After a write that made a secret: keep it, or that it was told before. The exit code: -q wants it and nothing else. */
int tell_secret(const struct client *client, const struct jr_value *made, const char *member);
/* What stands behind the last slash; borrowed. */
const char *base_name(const char *path);
/* Opens FILE ("-" is stdin) for reading. Returns -1 when it can't, told. */
int open_input(const char *path);

int cmd_status(struct client *client, const struct invocation *invocation);
int cmd_unit_show(struct client *client, const struct invocation *invocation);
int cmd_unit_change(struct client *client, const struct invocation *invocation);
int cmd_unit_notices(struct client *client, const struct invocation *invocation);
int cmd_unit_import(struct client *client, const struct invocation *invocation);
int cmd_material_add(struct client *client, const struct invocation *invocation);
int cmd_material_get(struct client *client, const struct invocation *invocation);
int cmd_material_verify(struct client *client, const struct invocation *invocation);
int cmd_report_form(struct client *client, const struct invocation *invocation);
int cmd_report_diff(struct client *client, const struct invocation *invocation);
int cmd_report_weekly(struct client *client, const struct invocation *invocation);
int cmd_report_submit(struct client *client, const struct invocation *invocation);
int cmd_schedule_next(struct client *client, const struct invocation *invocation);
int cmd_schedule_explain(struct client *client, const struct invocation *invocation);
int cmd_schedule_export(struct client *client, const struct invocation *invocation);
int cmd_endpoint_test(struct client *client, const struct invocation *invocation);
int cmd_endpoint_list(struct client *client, const struct invocation *invocation);
int cmd_endpoint_add(struct client *client, const struct invocation *invocation);
int cmd_endpoint_rotate(struct client *client, const struct invocation *invocation);
int cmd_endpoint_set(struct client *client, const struct invocation *invocation);
int cmd_delivery_retry(struct client *client, const struct invocation *invocation);
int cmd_clock_advance(struct client *client, const struct invocation *invocation);
int cmd_event_tail(struct client *client, const struct invocation *invocation);
int cmd_milestone_set(struct client *client, const struct invocation *invocation);
int cmd_milestone_update(struct client *client, const struct invocation *invocation);
int cmd_calendar_check(struct client *client, const struct invocation *invocation);
int cmd_calendar_import(struct client *client, const struct invocation *invocation);
int cmd_event_types(struct client *client, const struct invocation *invocation);
int cmd_template_preview(struct client *client, const struct invocation *invocation);
int cmd_audit_verify(struct client *client, const struct invocation *invocation);
int cmd_token_add(struct client *client, const struct invocation *invocation);
int cmd_help(struct client *client, const struct invocation *invocation);
int cmd_version(struct client *client, const struct invocation *invocation);
int cmd_completion(struct client *client, const struct invocation *invocation);
int cmd_complete(struct client *client, const struct invocation *invocation);

/* A JSON object from a file, or from stdin for "-"; 0 or a usage error, told. */
int read_json_file(const char *path, struct jr_doc **doc);

extern const struct table table_status;
extern const struct table table_programme;
extern const struct table table_publication;
extern const struct table table_task;
extern const struct table table_shift;
extern const struct table table_change;
extern const struct table table_decision;
extern const struct table table_unit;
extern const struct table table_import;
extern const struct table table_notice;
extern const struct table table_risk;
extern const struct table table_obligation;
extern const struct table table_milestones;
extern const struct table table_submission;
extern const struct table table_material;
extern const struct table table_checklist;
extern const struct table table_files;
extern const struct table table_form;
extern const struct table table_diff;
extern const struct table table_weekly;
extern const struct table table_schedule;
extern const struct table table_explain;
extern const struct table table_endpoint;
extern const struct table table_endpoint_test;
extern const struct table table_endpoint_added;
extern const struct table table_endpoint_rotated;
extern const struct table table_endpoint_deleted;
extern const struct table table_message;
extern const struct table table_digest_item;
extern const struct table table_silence;
extern const struct table table_delivery;
extern const struct table table_retried;
extern const struct table table_clock;
extern const struct table table_event;
extern const struct table table_calendar;
extern const struct table table_calendar_import;
extern const struct table table_calendar_check;
extern const struct table table_event_type;
extern const struct table table_template;
extern const struct table table_template_preview;
extern const struct table table_audit;
extern const struct table table_audit_verdict;
extern const struct table table_token;
extern const struct table table_token_added;

#endif
