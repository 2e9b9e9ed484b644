/*
 * Changes of a unit that are not moves: who leads it, its partners, its contact, its project's title, the end of its
 * window. Each kind is a row: what its act must say, the members of its body, what it does. Old and new stand in the
 * register (table `change`).
 */
#include "engine/act.h"
#include "engine/lengthen.h"
#include "jiebang/text.h"
#include "jiebang/wire.h"
#include "store/consortium.h"
#include "store/unit.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

struct changing {
	struct tx *tx;
	struct verb *verb;
	const struct programme *programme;
	struct unit_row unit;
	struct act act;
	struct buf was, is; /* JSON objects; empty: the kind records itself */
};

/* One member with its old and new value. */
static void write_one(struct buf *out, const char *key, const char *value)
{
	struct jw jw;
	jw_init(&jw, out);
	jw_object(&jw);
	jw_kv_str(&jw, key, value[0] ? value : NULL);
	jw_object_end(&jw);
}

/* A text that must be there and must differ from the old one. */
static enum fault take_new(const struct verb *verb, const char *member, const char *old, char *out,
			   size_t size, struct problem *problem)
{
	if (!body_trimmed(verb, member, out, size, problem))
		return problem->fault;
	if (!out[0])
		return member_wrong(problem, member, "%s is missing: what is it from now on?",
				    member);
	if (strcmp(out, old) == 0)
		return member_wrong(problem, member, "%s is that already", member);
	return FAULT_NONE;
}

/* ---- lead ---- */

static enum fault twice(const struct changing *changing, const char *name, struct problem *problem)
{
	return tx_refuse(changing->programme, changing->programme->partners_rule, problem,
			 "%.200s would be in the consortium of un_%" PRId64 " twice", name,
			 changing->unit.key);
}

static enum fault explain_twin(enum fault fault, const struct changing *changing,
			       struct problem *problem)
{
	if (fault != FAULT_CONFLICT)
		return fault;
	return problem_set(problem, FAULT_CONFLICT,
			   "a unit with this lead and project stands on the task of un_%" PRId64
			   " already",
			   changing->unit.key);
}

static enum fault change_lead(struct changing *changing, struct problem *problem)
{
	static const char *const hows[] = { "renamed", "replaced" };
	struct tx *tx = changing->tx;
	char lead[PARTNER_NAME_BYTES], how[32];
	bool is_partner = false;
	enum fault fault =
		take_new(changing->verb, "lead", changing->unit.lead, lead, sizeof(lead), problem);
	if (fault == FAULT_NONE && !body_text(changing->verb, "how", how, sizeof(how), problem))
		fault = problem->fault;
	if (fault == FAULT_NONE && strcmp(how, hows[0]) != 0 && strcmp(how, hows[1]) != 0)
		fault = member_wrong(problem, "how",
				     "how must be renamed (the same organisation under another "
				     "name) or replaced (another one)");
	if (fault == FAULT_NONE)
		fault = partner_is_in(tx->store, changing->unit.key, lead, &is_partner, problem);
	if (fault == FAULT_NONE && is_partner)
		fault = twice(changing, lead, problem);
	if (fault == FAULT_NONE)
		fault = explain_twin(unit_set_lead(tx->store, changing->unit.key, lead, problem),
				     changing, problem);
	if (fault != FAULT_NONE)
		return fault;
	struct jw jw;
	write_one(&changing->was, "lead", changing->unit.lead);
	jw_init(&jw, &changing->is);
	jw_object(&jw);
	jw_kv_str(&jw, "lead", lead);
	jw_kv_str(&jw, "how", how);
	jw_object_end(&jw);
	return FAULT_NONE;
}

/* ---- partners ---- */

static enum fault let_leave(struct changing *changing, const char *name, struct problem *problem)
{
	struct tx *tx = changing->tx;
	bool is_in;
	enum fault fault = partner_is_in(tx->store, changing->unit.key, name, &is_in, problem);
	if (fault == FAULT_NONE && !is_in)
		return member_wrong(problem, "remove",
				    "un_%" PRId64 " has no partner of this name now; names are "
				    "written exactly as in `unit show`",
				    changing->unit.key);
	return fault == FAULT_NONE ? partner_leave(tx->store, changing->unit.key, name,
						   changing->act.effective_on, problem)
				   : fault;
}

static enum fault let_join(struct changing *changing, const char *name, struct problem *problem)
{
	struct tx *tx = changing->tx;
	const struct programme *programme = changing->programme;
	int64_t n = 0;
	bool is_in = strcmp(name, changing->unit.lead) == 0;
	enum fault fault =
		is_in ? FAULT_NONE
		      : partner_is_in(tx->store, changing->unit.key, name, &is_in, problem);
	if (fault == FAULT_NONE && is_in)
		return twice(changing, name, problem);
	if (fault == FAULT_NONE)
		fault = partner_count(tx->store, changing->unit.key, &n, problem);
	if (fault == FAULT_NONE && programme->partners_max >= 0 && n >= programme->partners_max)
		return tx_refuse(programme, programme->partners_rule, problem,
				 "partners of un_%" PRId64 " now: %" PRId64
				 "; at most %d are allowed",
				 changing->unit.key, n, programme->partners_max);
	return fault == FAULT_NONE ? partner_join(tx->store, changing->unit.key, name,
						  changing->act.effective_on, problem)
				   : fault;
}

static enum fault change_partner(struct changing *changing, struct problem *problem)
{
	char add[PARTNER_NAME_BYTES], remove[PARTNER_NAME_BYTES];
	enum fault fault = FAULT_NONE;
	if (!body_trimmed(changing->verb, "add", add, sizeof(add), problem) ||
	    !body_trimmed(changing->verb, "remove", remove, sizeof(remove), problem))
		return problem->fault;
	if (!add[0] && !remove[0])
		return member_wrong(problem, "add", "name a partner to add, or to remove, or both");
	/* The one who goes makes room for the one who comes. */
	if (remove[0])
		fault = let_leave(changing, remove, problem);
	if (fault == FAULT_NONE && add[0])
		fault = let_join(changing, add, problem);
	write_one(&changing->was, "partner", remove);
	write_one(&changing->is, "partner", add);
	return fault;
}

/* ---- contact ---- */

static bool is_phone(const char *s)
{
	size_t digits = 0;
	for (; *s; s++) {
		if (*s >= '0' && *s <= '9')
			digits++;
		else if (!strchr("+-() ", *s))
			return false;
	}
	return digits >= 5;
}

static bool is_email(const char *s)
{
	const char *at = strchr(s, '@');
	if (!at || at == s || !at[1] || strchr(at + 1, '@'))
		return false;
	for (; *s; s++)
		if ((unsigned char)*s <= ' ' || *s == ',' || *s == ';')
			return false;
	return true;
}

static void write_contact(const struct contact *contact, struct buf *out)
{
	struct jw jw;
	jw_init(&jw, out);
	jw_object(&jw);
	jw_kv_str(&jw, "name", contact->name);
	jw_kv_str(&jw, "phone", contact->phone);
	jw_kv_str(&jw, "email", contact->email);
	jw_object_end(&jw);
}

static enum fault take_contact(const struct verb *verb, struct contact *contact,
			       struct problem *problem)
{
	if (!body_trimmed(verb, "name", contact->name, sizeof(contact->name), problem) ||
	    !body_trimmed(verb, "phone", contact->phone, sizeof(contact->phone), problem) ||
	    !body_trimmed(verb, "email", contact->email, sizeof(contact->email), problem))
		return problem->fault;
	if (contact->phone[0] && !is_phone(contact->phone))
		return member_wrong(problem, "phone",
				    "a phone number has at least 5 digits, and beside them only + "
				    "- ( ) and blanks");
	if (contact->email[0] && !is_email(contact->email))
		return member_wrong(problem, "email", "an e-mail address is like name@example.cn");
	return FAULT_NONE;
}

/* What the body does not name stays as it is; "" empties. */
static void keep_unnamed(const struct verb *verb, const struct contact *old, struct contact *fresh)
{
	const struct jr_value *root = jr_root(verb->body);
	if (!jr_member(root, "name"))
		(void)text_copy(fresh->name, sizeof(fresh->name), old->name);
	if (!jr_member(root, "phone"))
		(void)text_copy(fresh->phone, sizeof(fresh->phone), old->phone);
	if (!jr_member(root, "email"))
		(void)text_copy(fresh->email, sizeof(fresh->email), old->email);
}

static enum fault change_contact(struct changing *changing, struct problem *problem)
{
	struct tx *tx = changing->tx;
	struct contact old, fresh;
	enum fault fault = contact_get(tx->store, changing->unit.key, &old, problem);
	if (fault == FAULT_NONE)
		fault = take_contact(changing->verb, &fresh, problem);
	if (fault != FAULT_NONE)
		return fault;
	keep_unnamed(changing->verb, &old, &fresh);
	write_contact(&old, &changing->was);
	write_contact(&fresh, &changing->is);
	if (strcmp(buf_str(&changing->was), buf_str(&changing->is)) == 0)
		return member_wrong(problem, "name", "the contact is that already");
	return contact_set(tx->store, changing->unit.key, &fresh, problem);
}

/* ---- content and window ---- */

static enum fault change_content(struct changing *changing, struct problem *problem)
{
	char project[sizeof(changing->unit.project)];
	enum fault fault = take_new(changing->verb, "project", changing->unit.project, project,
				    sizeof(project), problem);
	if (fault == FAULT_NONE)
		fault = explain_twin(
			unit_set_project(changing->tx->store, changing->unit.key, project, problem),
			changing, problem);
	write_one(&changing->was, "project", changing->unit.project);
	write_one(&changing->is, "project", fault == FAULT_NONE ? project : "");
	return fault;
}

static enum fault move_end(struct changing *changing, const struct lengthen *lengthen,
			   struct problem *problem)
{
	struct replan replan;
	char key[TEXT_ID_BYTES];
	int64_t change_key = 0;
	replan_begin(&replan, changing->tx, lengthen->months > 0 ? "extension" : "window");
	enum fault fault = lengthen_window(&replan, changing->programme, &changing->unit, lengthen,
					   &changing->act, &change_key, problem);
	text_id_write(key, WIRE_ID_CHANGE, change_key);
	if (fault == FAULT_NONE)
		fault = replan_tell(&replan, key, problem);
	replan_clear(&replan);
	return fault;
}

static enum fault change_window(struct changing *changing, bool by_months, struct problem *problem)
{
	struct lengthen lengthen;
	struct unit_row *unit = &changing->unit;
	enum fault fault = lengthen_read(changing->verb, &lengthen, problem);
	if (fault != FAULT_NONE)
		return fault;
	if (by_months && lengthen.months == 0)
		return member_wrong(problem, "months", "by how many months?");
	if (!by_months && !lengthen.to_day)
		return member_wrong(problem, "ends_on", "on which day does the window end?");
	if (unit->state != UNIT_DELIVERING) {
		problem_set(problem, FAULT_REFUSED,
			    "un_%" PRId64 " is %s: only of a unit that is delivering the window "
			    "moves%s",
			    unit->key, unit_state_name(unit->state),
			    unit->state == UNIT_PENDING_DECISION
				    ? "; decide about this one: decision resolve --as resume"
				    : "");
		text_copy(problem->rule, sizeof(problem->rule), "state");
		return FAULT_REFUSED;
	}
	fault = lengthen_allowed(changing->tx, changing->programme, unit, &lengthen, &changing->act,
				 problem);
	return fault == FAULT_NONE ? move_end(changing, &lengthen, problem) : fault;
}

static enum fault change_extension(struct changing *changing, struct problem *problem)
{
	return change_window(changing, true, problem);
}

static enum fault change_end(struct changing *changing, struct problem *problem)
{
	return change_window(changing, false, problem);
}

/* ---- the verb ---- */

static const char *const lead_members[] = { "kind", ACT_MEMBERS, "lead", "how", NULL };
static const char *const partner_members[] = { "kind", ACT_MEMBERS, "add", "remove", NULL };
static const char *const contact_members[] = {
	"kind", ACT_MEMBERS, "name", "phone", "email", NULL
};
static const char *const content_members[] = { "kind", ACT_MEMBERS, "project", NULL };
static const char *const extension_members[] = { "kind", ACT_MEMBERS, "months", NULL };
static const char *const window_members[] = { "kind", ACT_MEMBERS, "ends_on", NULL };

static const struct change_kind {
	const char *name;
	unsigned needs;
	const char *const *members;
	enum fault (*run)(struct changing *changing, struct problem *problem);
	bool told; /* to the unit, its recommender and the office; a moved window is told by what it moves */
} kinds[] = {
	{ "lead", ACT_REASON, lead_members, change_lead, true },
	{ "partner", ACT_REASON, partner_members, change_partner, true },
	{ "contact", 0, contact_members, change_contact, false },
	{ "content", ACT_REASON, content_members, change_content, true },
	{ "extension", ACT_REASON | ACT_APPROVER, extension_members, change_extension, false },
	{ "window", ACT_REASON | ACT_APPROVER, window_members, change_end, false },
};

static const struct change_kind *find_kind(const struct verb *verb, struct problem *problem)
{
	const struct jr_value *value = verb->body ? jr_member(jr_root(verb->body), "kind") : NULL;
	const char *name = value ? jr_string(value) : NULL;
	for (size_t i = 0; name && i < sizeof(kinds) / sizeof(kinds[0]); i++)
		if (strcmp(name, kinds[i].name) == 0)
			return &kinds[i];
	(void)member_wrong(problem, "kind",
			   "kind must be lead, partner, contact, content, extension or window; a "
			   "withdrawal, termination or revocation is a move");
	return NULL;
}

static enum fault check_alive(const struct unit_row *unit, struct problem *problem)
{
	if (unit->state != UNIT_WITHDRAWN && unit->state != UNIT_TERMINATED &&
	    unit->state != UNIT_REVOKED)
		return FAULT_NONE;
	problem_set(problem, FAULT_REFUSED,
		    "un_%" PRId64 " is %s: nothing about it changes any more", unit->key,
		    unit_state_name(unit->state));
	text_copy(problem->rule, sizeof(problem->rule), "state");
	return FAULT_REFUSED;
}

static enum fault record(struct changing *changing, const struct change_kind *kind,
			 struct problem *problem)
{
	char object[TEXT_ID_BYTES];
	int64_t change_key;
	if (changing->is.len == 0)
		return FAULT_NONE;
	text_id_write(object, WIRE_ID_UNIT, changing->unit.key);
	struct change_what what = {
		kind->name,         "unit.changed", changing->unit.programme_key,
		changing->unit.key, object,         &changing->was,
		&changing->is
	};
	enum fault fault = act_record(changing->tx, &what, &changing->act, &change_key, problem);
	return fault == FAULT_NONE && kind->told
		       ? act_tell(changing->tx, &what, &changing->act, change_key, problem)
		       : fault;
}

static enum fault run_change(struct tx *tx, struct verb *verb)
{
	static struct changing changing; /* large; the writer thread's alone */
	struct problem *problem = &verb->problem;
	const struct change_kind *kind = find_kind(verb, problem);
	if (!kind || !body_known(verb, kind->members, problem))
		return problem->fault;
	changing = (struct changing){ .tx = tx, .verb = verb };
	enum fault fault = unit_get(tx->store, verb->key, &changing.unit, problem);
	if (fault == FAULT_NONE)
		fault = check_alive(&changing.unit, problem);
	if (fault == FAULT_NONE) {
		changing.programme = tx_programme(tx, changing.unit.programme_id, problem);
		fault = changing.programme ? FAULT_NONE : FAULT_NOT_FOUND;
	}
	if (fault == FAULT_NONE)
		fault = act_read(tx, verb, kind->needs, &changing.act, problem);
	if (fault == FAULT_NONE)
		fault = kind->run(&changing, problem);
	if (fault == FAULT_NONE)
		fault = record(&changing, kind, problem);
	buf_clear(&changing.was);
	buf_clear(&changing.is);
	return fault == FAULT_NONE ? tx_reply(tx, verb, read_unit, verb->key, NULL) : fault;
}

const struct verb_kind verb_unit_change = { "unit_change", run_change, false };
