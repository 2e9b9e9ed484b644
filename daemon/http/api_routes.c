/*
 * The routes, as jiebang/wire.h promises them. Literal paths stand before those with an :id of the same shape.
 */
#include "http/api_inside.h"

#include "engine/render_weekly.h"
#include "jiebang/wire.h"

#define P PARAM

static const char *const unit_states[] = {
	"applied",          "recommended", "shortlisted", "delivering", "acceptance_requested",
	"under_evaluation", "passed",      "not_passed",  "winner",     "pending_decision",
	"withdrawn",        "terminated",  "revoked",     NULL
};
static const char *const unit_sorts[] = { "id", "risk", NULL };
static const char *const obligation_states[] = { "scheduled", "open",   "submitted", "returned",
						 "accepted",  "waived", "cancelled", NULL };
static const char *const decision_states[] = { "open", "closed", NULL };
static const char *const delivery_states[] = { "due",  "sending",   "delivered",  "held",
					       "dead", "cancelled", "superseded", NULL };

/* clang-format off */
const struct route routes[] = {
	{ METHOD_GET, "/healthz", ROLE_ANYONE, .special = api_healthz, .help = "whether the process lives" },
	{ METHOD_GET, "/readyz", ROLE_ANYONE, .special = api_readyz, .help = "whether it can do its work" },
	{ METHOD_GET, "/metrics", ROLE_ADMIN, .special = api_metrics, .help = "Prometheus metrics" },

	{ METHOD_GET, "/v1/status", ROLE_ADMIN, .read = read_status, .help = "everything at a glance" },

	{ METHOD_GET, "/v1/programmes", ROLE_ADMIN, .read = read_programmes, .params = PARAM_LIST, .help = "programmes with their counts" },
	{ METHOD_GET, "/v1/programmes/:id", ROLE_ADMIN, .read = read_programme, .etag = true, .help = "one programme and its rules" },
	{ METHOD_GET, "/v1/programmes/:id/tasks", ROLE_ADMIN, .read = read_tasks, .params = PARAM_LIST, .help = "the tasks of one programme" },
	{ METHOD_POST, "/v1/programmes/:id/units", ROLE_ADMIN, .verb = &verb_unit_import, .params = P(PARAM_DRY_RUN) | P(PARAM_REASON),
	  .body = BODY_CSV_SPOOL, .subject = read_programme, .help = "import a shortlist, all or nothing" },
	{ METHOD_POST, "/v1/programmes/:id/publication", ROLE_ADMIN, .verb = &verb_publish, .params = P(PARAM_DRY_RUN) | P(PARAM_REASON),
	  .body = BODY_JSON_REQUIRED, .subject = read_programme, .help = "set the publication date and plan every obligation" },
	{ METHOD_POST, "/v1/programmes/:id/shift", ROLE_ADMIN, .verb = &verb_programme_shift, .params = P(PARAM_DRY_RUN),
	  .body = BODY_JSON_REQUIRED, .subject = read_programme, .help = "shift all windows and everything owed, as one recorded operation" },
	{ METHOD_GET, "/v1/tasks", ROLE_ADMIN, .read = read_tasks, .params = PARAM_LIST | P(READ_PROGRAMME), .help = "tasks" },

	{ METHOD_GET, "/v1/units", ROLE_ADMIN, .read = read_units, .states = unit_states, .sorts = unit_sorts,
	  .params = PARAM_LIST | P(READ_PROGRAMME) | P(READ_TASK) | P(READ_STATE) | P(READ_RECOMMENDER) | P(READ_Q) | P(READ_UNREACHABLE) | P(READ_SORT),
	  .help = "units" },
	{ METHOD_GET, "/v1/units/:id", ROLE_ADMIN, .read = read_unit, .id = WIRE_ID_UNIT, .etag = true, .help = "one unit with obligations and endpoints" },
	{ METHOD_GET, "/v1/units/:id/risk", ROLE_ADMIN, .read = read_risk, .id = WIRE_ID_UNIT, .etag = true, .help = "its risk score, every term shown" },
	{ METHOD_GET, "/v1/units/:id/changes", ROLE_ADMIN, .read = read_unit_changes, .id = WIRE_ID_UNIT, .params = PARAM_LIST,
	  .help = "what was changed about it, oldest first" },
	{ METHOD_POST, "/v1/units/:id/changes", ROLE_ADMIN, .verb = &verb_unit_change, .id = WIRE_ID_UNIT, .params = P(PARAM_DRY_RUN),
	  .body = BODY_JSON_REQUIRED, .subject = read_unit, .help = "change lead, partner, contact, content, or the end of the window" },
	{ METHOD_POST, "/v1/units/:id/moves", ROLE_ADMIN, .verb = &verb_unit_move, .id = WIRE_ID_UNIT, .params = P(PARAM_DRY_RUN),
	  .body = BODY_JSON_REQUIRED, .subject = read_unit, .help = "move it: withdraw, terminate, revoke and the rest of its life" },
	{ METHOD_POST, "/v1/units/:id/decision", ROLE_ADMIN, .verb = &verb_decision_resolve, .id = WIRE_ID_UNIT, .params = P(PARAM_DRY_RUN),
	  .body = BODY_JSON_REQUIRED, .subject = read_unit, .help = "decide about a window that ended" },
	{ METHOD_GET, "/v1/changes", ROLE_ADMIN, .read = read_changes, .params = PARAM_LIST | P(READ_PROGRAMME) | P(READ_UNIT),
	  .help = "the register of changes" },
	{ METHOD_GET, "/v1/decisions", ROLE_ADMIN, .read = read_decisions, .states = decision_states,
	  .params = PARAM_LIST | P(READ_PROGRAMME) | P(READ_UNIT) | P(READ_STATE), .help = "decisions that wait, or were made" },

	{ METHOD_GET, "/v1/units/:id/milestones", ROLE_ADMIN, .read = read_milestones, .id = WIRE_ID_UNIT, .etag = true, .help = "its own plan, and how far it is" },
	{ METHOD_POST, "/v1/units/:id/milestones", ROLE_ADMIN, .verb = &verb_milestones_set, .id = WIRE_ID_UNIT, .params = P(PARAM_DRY_RUN),
	  .body = BODY_JSON_REQUIRED, .subject = read_milestones, .help = "set all of them" },
	{ METHOD_POST, "/v1/units/:id/milestones/progress", ROLE_ADMIN, .verb = &verb_milestone_update, .id = WIRE_ID_UNIT, .params = P(PARAM_DRY_RUN),
	  .body = BODY_JSON_REQUIRED, .subject = read_milestones, .help = "move one, or say how far it is" },
	{ METHOD_POST, "/v1/units/:id/obligations", ROLE_ADMIN, .verb = &verb_obligation_add, .id = WIRE_ID_UNIT, .params = P(PARAM_DRY_RUN),
	  .body = BODY_JSON_REQUIRED, .subject = read_unit, .help = "ask the unit for something by a day" },
	{ METHOD_GET, "/v1/units/:id/notices", ROLE_ADMIN, .read = read_notices, .id = WIRE_ID_UNIT, .params = PARAM_LIST,
	  .help = "who was told what about it, and with which result" },

	{ METHOD_GET, "/v1/obligations", ROLE_ADMIN, .read = read_obligations, .states = obligation_states,
	  .params = PARAM_LIST | P(READ_UNIT) | P(READ_PROGRAMME) | P(READ_STATE) | P(READ_OVERDUE) | P(READ_DUE_BEFORE), .help = "obligations" },
	{ METHOD_GET, "/v1/obligations/:id", ROLE_ADMIN, .read = read_obligation, .id = WIRE_ID_OBLIGATION, .etag = true, .computes = true,
	  .help = "one obligation with its submissions and steps" },
	{ METHOD_GET, "/v1/obligations/:id/form", ROLE_ADMIN, .read = read_form, .id = WIRE_ID_OBLIGATION, .etag = true,
	  .help = "what a filing must hold" },
	{ METHOD_POST, "/v1/obligations/:id/submissions", ROLE_ADMIN, .verb = &verb_submit, .id = WIRE_ID_OBLIGATION, .params = P(PARAM_DRY_RUN),
	  .body = BODY_JSON_REQUIRED, .subject = read_obligation, .help = "file a report or request" },
	{ METHOD_POST, "/v1/obligations/:id/acceptance", ROLE_ADMIN, .verb = &verb_accept, .id = WIRE_ID_OBLIGATION, .params = P(PARAM_DRY_RUN),
	  .body = BODY_JSON, .subject = read_obligation, .help = "accept what was filed" },
	{ METHOD_POST, "/v1/obligations/:id/return", ROLE_ADMIN, .verb = &verb_return, .id = WIRE_ID_OBLIGATION, .params = P(PARAM_DRY_RUN),
	  .body = BODY_JSON_REQUIRED, .subject = read_obligation, .help = "return it for correction" },
	{ METHOD_POST, "/v1/obligations/:id/cancellation", ROLE_ADMIN, .verb = &verb_cancel, .id = WIRE_ID_OBLIGATION, .params = P(PARAM_DRY_RUN),
	  .body = BODY_JSON_REQUIRED, .subject = read_obligation, .help = "it is not owed any more" },
	{ METHOD_POST, "/v1/obligations/:id/waiver", ROLE_ADMIN, .verb = &verb_waive, .id = WIRE_ID_OBLIGATION, .params = P(PARAM_DRY_RUN),
	  .body = BODY_JSON_REQUIRED, .subject = read_obligation, .help = "let the unit off" },
	{ METHOD_POST, "/v1/obligations/:id/hold", ROLE_ADMIN, .verb = &verb_hold, .id = WIRE_ID_OBLIGATION, .params = P(PARAM_DRY_RUN),
	  .body = BODY_JSON_REQUIRED, .subject = read_obligation, .help = "stop its reminders until a day" },
	{ METHOD_POST, "/v1/obligations/:id/release", ROLE_ADMIN, .verb = &verb_release, .id = WIRE_ID_OBLIGATION, .params = P(PARAM_DRY_RUN),
	  .body = BODY_JSON_REQUIRED, .subject = read_obligation, .help = "end a hold" },
	{ METHOD_POST, "/v1/obligations/:id/extension", ROLE_ADMIN, .verb = &verb_extend, .id = WIRE_ID_OBLIGATION, .params = P(PARAM_DRY_RUN),
	  .body = BODY_JSON_REQUIRED, .subject = read_obligation, .help = "give it a later due date" },
	{ METHOD_GET, "/v1/submissions", ROLE_ADMIN, .read = read_submissions, .params = PARAM_LIST | P(READ_OBLIGATION) | P(READ_UNIT), .help = "submissions" },
	{ METHOD_GET, "/v1/submissions/:id", ROLE_ADMIN, .read = read_submission, .id = WIRE_ID_SUBMISSION, .etag = true, .help = "one submission" },

	{ METHOD_GET, "/v1/obligations/:id/checklist", ROLE_ADMIN, .read = read_checklist, .id = WIRE_ID_OBLIGATION, .etag = true,
	  .help = "the files that must lie beside it, and which miss" },
	{ METHOD_POST, "/v1/obligations/:id/materials", ROLE_ADMIN, .special = api_upload_begin, .id = WIRE_ID_OBLIGATION, .body = BODY_JSON_REQUIRED,
	  .help = "begin the upload of a file, or go on with it" },
	{ METHOD_GET, "/v1/uploads/:id", ROLE_ADMIN, .special = api_upload_show, .help = "how far an upload is" },
	{ METHOD_PATCH, "/v1/uploads/:id", ROLE_ADMIN, .special = api_upload_append, .plan = api_upload_plan, .help = "append at Upload-Offset" },
	{ METHOD_DELETE, "/v1/uploads/:id", ROLE_ADMIN, .special = api_upload_drop, .help = "give an upload up" },
	{ METHOD_GET, "/v1/materials", ROLE_ADMIN, .read = read_materials, .params = PARAM_LIST | P(READ_OBLIGATION) | P(READ_UNIT),
	  .help = "files handed in" },
	{ METHOD_GET, "/v1/materials/verify", ROLE_ADMIN, .special = api_material_verify, .help = "whether every file is still what it was" },
	{ METHOD_GET, "/v1/materials/:id", ROLE_ADMIN, .read = read_material, .id = WIRE_ID_MATERIAL, .etag = true, .help = "one file's row" },
	{ METHOD_GET, "/v1/materials/:id/content", ROLE_ADMIN, .special = api_material_content, .id = WIRE_ID_MATERIAL, .help = "the file itself" },
	{ METHOD_POST, "/v1/materials/:id/removal", ROLE_ADMIN, .verb = &verb_material_remove, .id = WIRE_ID_MATERIAL, .body = BODY_JSON_REQUIRED,
	  .subject = read_material, .check = check_material_removal, .help = "take it back, with the reason" },

	{ METHOD_POST, "/v1/obligations/:id/acknowledgement", ROLE_ADMIN, .verb = &verb_acknowledge, .id = WIRE_ID_OBLIGATION, .params = P(PARAM_DRY_RUN),
	  .body = BODY_JSON, .subject = read_obligation, .help = "the unit knows of it: its reminders rest" },
	{ METHOD_POST, "/v1/obligations/:id/snooze", ROLE_ADMIN, .verb = &verb_snooze, .id = WIRE_ID_OBLIGATION, .params = P(PARAM_DRY_RUN),
	  .body = BODY_JSON_REQUIRED, .subject = read_obligation, .help = "remind the unit later" },
	{ METHOD_GET, "/v1/silences", ROLE_ADMIN, .read = read_silences, .params = PARAM_LIST, .help = "silences, newest first" },
	{ METHOD_POST, "/v1/silences", ROLE_ADMIN, .verb = &verb_silence_add, .params = P(PARAM_DRY_RUN), .body = BODY_JSON_REQUIRED,
	  .help = "remind nobody of what matches, for a time" },
	{ METHOD_GET, "/v1/silences/:id", ROLE_ADMIN, .read = read_silence, .id = WIRE_ID_SILENCE, .etag = true, .help = "one silence" },
	{ METHOD_POST, "/v1/silences/:id/expire", ROLE_ADMIN, .verb = &verb_silence_expire, .id = WIRE_ID_SILENCE, .body = BODY_JSON, .subject = read_silence,
	  .help = "end it now" },

	{ METHOD_GET, "/v1/endpoints", ROLE_ADMIN, .read = read_endpoints, .params = PARAM_LIST | P(READ_OWNER) | P(READ_STATS), .help = "endpoints" },
	{ METHOD_POST, "/v1/endpoints", ROLE_ADMIN, .verb = &verb_endpoint_add, .params = P(PARAM_DRY_RUN), .body = BODY_JSON_REQUIRED, .check = check_endpoint,
	  .help = "add an endpoint" },
	{ METHOD_GET, "/v1/endpoints/:id", ROLE_ADMIN, .read = read_endpoint, .id = WIRE_ID_ENDPOINT, .etag = true, .help = "one endpoint" },
	{ METHOD_GET, "/v1/endpoints/:id/stats", ROLE_ADMIN, .read = read_endpoint_stats, .id = WIRE_ID_ENDPOINT,
	  .help = "one endpoint and how it fares" },
	{ METHOD_PATCH, "/v1/endpoints/:id", ROLE_ADMIN, .verb = &verb_endpoint_set, .id = WIRE_ID_ENDPOINT, .params = P(PARAM_DRY_RUN), .body = BODY_JSON_REQUIRED,
	  .subject = read_endpoint, .check = check_endpoint, .help = "another address, other options" },
	{ METHOD_DELETE, "/v1/endpoints/:id", ROLE_ADMIN, .verb = &verb_endpoint_delete, .id = WIRE_ID_ENDPOINT, .params = P(PARAM_DRY_RUN), .subject = read_endpoint,
	  .help = "delete it, and cancel what waits for it" },
	{ METHOD_POST, "/v1/endpoints/:id/rotate", ROLE_ADMIN, .verb = &verb_endpoint_rotate, .id = WIRE_ID_ENDPOINT, .body = BODY_JSON, .subject = read_endpoint,
	  .help = "another secret; the one before signs along for a while" },
	{ METHOD_POST, "/v1/endpoints/:id/test", ROLE_ADMIN, .verb = &verb_endpoint_test, .id = WIRE_ID_ENDPOINT, .body = BODY_JSON, .subject = read_endpoint,
	  .help = "send a test message" },
	{ METHOD_POST, "/v1/endpoints/:id/enable", ROLE_ADMIN, .verb = &verb_endpoint_enable, .id = WIRE_ID_ENDPOINT, .body = BODY_JSON, .subject = read_endpoint,
	  .help = "enable it, and make what it holds due" },
	{ METHOD_POST, "/v1/endpoints/:id/disable", ROLE_ADMIN, .verb = &verb_endpoint_disable, .id = WIRE_ID_ENDPOINT, .body = BODY_JSON, .subject = read_endpoint,
	  .help = "disable it, and hold its messages" },

	{ METHOD_GET, "/v1/messages", ROLE_ADMIN, .read = read_messages, .states = delivery_states,
	  .params = PARAM_LIST | P(READ_UNIT) | P(READ_OBLIGATION) | P(READ_ENDPOINT) | P(READ_STATE), .help = "messages, newest first" },
	{ METHOD_GET, "/v1/messages/:id", ROLE_ADMIN, .read = read_message, .etag = true, .help = "one message" },
	{ METHOD_GET, "/v1/messages/:id/items", ROLE_ADMIN, .read = read_message_items, .params = PARAM_LIST, .help = "what a digest speaks of" },
	{ METHOD_GET, "/v1/deliveries", ROLE_ADMIN, .read = read_deliveries, .states = delivery_states,
	  .params = PARAM_LIST | P(READ_STATE) | P(READ_ENDPOINT) | P(READ_UNIT), .help = "deliveries, newest first" },
	{ METHOD_POST, "/v1/deliveries/retry", ROLE_ADMIN, .verb = &verb_delivery_retry_all, .params = P(PARAM_DRY_RUN), .body = BODY_JSON_REQUIRED,
	  .help = "make all held or dead ones due" },
	{ METHOD_GET, "/v1/deliveries/:id", ROLE_ADMIN, .read = read_delivery, .etag = true, .help = "one delivery with its attempts" },
	{ METHOD_POST, "/v1/deliveries/:id/retry", ROLE_ADMIN, .verb = &verb_delivery_retry, .body = BODY_JSON, .subject = read_delivery,
	  .help = "make a held or dead one due" },

	{ METHOD_GET, "/v1/reports/weekly", ROLE_ADMIN, .read = read_weekly, .params = P(READ_PROGRAMME) | P(READ_RECOMMENDER) | P(READ_AT),
	  .required = P(READ_PROGRAMME), .help = "the weekly report, as it would be sent now" },

	{ METHOD_GET, "/v1/events", ROLE_ADMIN, .special = api_events, .params = PARAM_LIST | P(READ_TYPE) | P(READ_UNIT) | P(READ_PROGRAMME) | P(READ_WAIT_S) | P(READ_LAST),
	  .help = "the feed" },
	{ METHOD_GET, "/v1/events/stream", ROLE_ADMIN, .special = api_events_stream,
	  .params = P(PARAM_CURSOR) | P(READ_TYPE) | P(READ_UNIT) | P(READ_PROGRAMME) | P(READ_LAST), .help = "the feed as server-sent events" },

	{ METHOD_GET, "/v1/schedule", ROLE_ADMIN, .read = read_schedule, .computes = true,
	  .params = PARAM_LIST | P(READ_DAYS) | P(READ_PROGRAMME) | P(READ_UNIT), .help = "what will be said if nothing changes" },
	{ METHOD_GET, "/v1/schedule/explain", ROLE_ADMIN, .read = read_explain, .computes = true, .params = P(READ_UNIT), .required = P(READ_UNIT),
	  .help = "why the dates of a unit are what they are" },
	{ METHOD_GET, "/v1/schedule/export", ROLE_ADMIN, .special = api_export,
	  .params = P(READ_PROGRAMME) | P(READ_UNIT), .help = "all dates as CSV" },

	{ METHOD_GET, "/v1/calendars", ROLE_ADMIN, .read = read_calendars, .help = "years with a calendar" },
	{ METHOD_GET, "/v1/calendars/check", ROLE_ADMIN, .read = read_calendar_check, .help = "years that dates wait for, and those that are there" },
	{ METHOD_POST, "/v1/calendars", ROLE_ADMIN, .verb = &verb_calendar_import, .params = P(PARAM_DRY_RUN), .body = BODY_CSV,
	  .help = "import days off and make-up working days" },

	{ METHOD_GET, "/v1/event-types", ROLE_ADMIN, .special = api_event_types, .help = "the types of messages" },
	{ METHOD_GET, "/v1/event-types/:id", ROLE_ADMIN, .special = api_event_type, .help = "the schema of one, and an example" },

	{ METHOD_GET, "/v1/templates", ROLE_ADMIN, .special = api_templates, .params = P(PARAM_LIMIT), .help = "the texts of messages" },
	{ METHOD_GET, "/v1/templates/:id/preview", ROLE_ADMIN, .special = api_template_preview, .params = P(READ_UNIT) | P(READ_OBLIGATION),
	  .help = "what one of them says" },

	{ METHOD_GET, "/v1/clock", ROLE_ADMIN, .read = read_clock, .help = "the clock of the deadlines" },
	{ METHOD_POST, "/v1/clock/advance", ROLE_ADMIN, .special = api_clock_advance, .body = BODY_JSON_REQUIRED, .help = "move a simulated clock" },
	{ METHOD_POST, "/v1/clock/accept", ROLE_ADMIN, .verb = &verb_clock_accept, .body = BODY_JSON, .help = "end a clock hold" },

	{ METHOD_GET, "/v1/audit", ROLE_ADMIN, .read = read_audit, .params = PARAM_LIST, .help = "the audit chain" },
	{ METHOD_GET, "/v1/audit/verify", ROLE_ADMIN, .special = api_audit_verify, .help = "whether the chain is whole" },

	{ METHOD_GET, "/v1/tokens", ROLE_ADMIN, .read = read_tokens, .params = PARAM_LIST, .help = "tokens, without their secrets" },
	{ METHOD_POST, "/v1/tokens", ROLE_ADMIN, .verb = &verb_token_add, .body = BODY_JSON_REQUIRED, .help = "make a token" },
	{ METHOD_POST, "/v1/tokens/:id/revoke", ROLE_ADMIN, .verb = &verb_token_revoke, .id = WIRE_ID_TOKEN, .body = BODY_JSON, .help = "revoke a token" },
};
/* clang-format on */

const size_t n_routes = sizeof(routes) / sizeof(routes[0]);
