/*
 * The wire contract between daemon, client, page and tests: REST over HTTP/1.1 under /v1. Objects are JSON; ids are
 * typable ("un_1042", "ob_98231", "ep_7", "sb_12"; a message's and its delivery's id is its webhook-id "msg_…");
 * outcomes of steps are sent, coalesced, suppressed, held, dead, cancelled, and in an explanation "planned" and "not needed"
 * for those that have not come; of attempts delivered, failed, unknown; dates are "YYYY-MM-DD", instants RFC 3339 in Beijing time. Lists: {"data":[…],"next":"cursor"|null}, query
 * `limit` (1-1000, default 100) and `cursor`. Errors: application/problem+json (RFC 9457) {"type","title","status",
 * "detail"}, of malformed requests too (type "urn:jiebang:problem:…" always), plus "pointer", "rule", "clause", "hint" where known, and "errors":[{"line","column","rule","detail"}], "error_count"
 * for imports; "title_zh", "detail_zh", "hint_zh" (and "reason_zh" of a hold) are the same in Chinese. Of a sentence
 * without Chinese yet there is none. Writes take Idempotency-Key. `dry_run=1` where said: everything is checked, nothing kept.
 *
 * Messages are reminders (of a step of a ladder) or notices of what happened, such as "obligation.closed" to everyone who was escalated to: these
 * have no step, and "detail" beside "programme","unit","obligation","text":{zh,en} in their data.
 * Recipients in the programme's `digests` get what is due for them at one instant as one message, "obligation.digest": data {"slot_at","counts":{"items","units","overdue",
 * "due_soon","notices"},"items":[the oldest deadlines, as below],"more","see":{"path","command"},"text":{zh,en}}; a single item goes as its plain message.
 *
 * GET  /healthz /readyz /metrics        (plain text)
 * GET  /v1/status                       {"now","clock","hold":null|{…},"instance","version","programmes":[{"id","name":{zh,en},"published_on","window_ends_on",
 *                                         "units","obligations","owed","overdue","due_7d","due_30d","submitted","accepted","unreachable"}],
 *                                        "deliveries":{"due","sending","delivered","held","dead","cancelled","superseded"},"endpoints":{"enabled","disabled","paused"},"calendars":{"missing":[{"year","first_needed_on","provisional","warned_at"}]},"next_due_at"}
 * GET  /v1/programmes                   list of programme
 * GET  /v1/programmes/:id               programme + "tracks","clauses","plan","caps","quotas","classes"
 * GET  /v1/programmes/:id/tasks         same as /v1/tasks?programme=
 * POST /v1/programmes/:id/units         text/csv, streamed; query dry_run, reason (for soft caps)
 *                                        → {"imported","dry_run","units_total","warnings":[{line,column,rule,detail,clause}]}
 * POST /v1/programmes/:id/publication   {"date":"2024-09-02","note"?} query dry_run → {"programme","published_on","window_ends_on","units","obligations",
 *                                        "moved_units","moved_obligations","dropped_obligations","provisional","warnings":[{"rule","detail"}]}: counts of what this call added and moved. The same date again plans the units that were
 *                                        added since, from that day or from their own "anchor"?; another date needs "correct":true and "reason": what is owed moves with it, once, days
 *                                        that lie inside the windows only now are added ("obligations") and those outside are dropped: the plan is what a publication on that date gives, beside what is done.
 *                                        Notices "obligation.rescheduled" list {"id","old_due_on","due_on","provisional"}: old_due_on null of what was added, due_on null of what was dropped
 * POST /v1/programmes/:id/shift         {"months","reason","approver","doc_no"} query dry_run → {"programme","months","window_ends_on","units","obligations","change"}
 * GET  /v1/tasks?programme=ID           list of task {"id","programme","track":{"id","name"},"category":{"id","name"},"name","units","cap"}
 * GET  /v1/units?programme=&task=&state=&recommender=&q=&unreachable=&sort=id|risk   list of unit {"id","programme","task","task_name","project","lead",
 *                                        "partners":[…],"recommender","region","class","state","anchor_on","window_ends_on","risk":{"score","level":"low|medium|high"},"overdue","next":null|{"obligation","kind","name":{zh,en},"due_on","days_left","state"}}
 *                                        (sort=risk: the highest score first, of at most 2000 matching units; score and level are null once the delivery is over)
 * GET  /v1/units/:id                    unit + "obligations":[obligation…] + "endpoints":[endpoint…] + "contact":{"name","phone","email"} +
 *                                        "consortium":[{"name","from_on","until_on"}] (partners, past ones too) + "changes":[change…] + "progress","milestones" as below
 * GET  /v1/units/:id/milestones         {"unit","progress":null|{"reached_percent","elapsed_percent"},"milestones":[{"n","name","weight","percent","planned_on","actual_on"}]}
 *                                        (reached: Σ weight × percent, of the window's elapsed part)
 * POST /v1/units/:id/milestones         {"milestones":[{"n"?,"name","weight","planned_on"}]} → the same; the whole plan: weights come to 100; n keeps one that is there,
 *                                        what is not named is dropped. Obligations of rules with on_milestones follow
 * POST /v1/units/:id/milestones/progress {"n","planned_on"?,"percent"?,"actual_on"?} → the same
 * POST /v1/units/:id/obligations        {"name","name_en"?,"due_on","opens_on"?,"kind"?,"like"?} → 201 obligation, of rule "ad-hoc"; like: a rule of the programme whose ladder,
 *                                        review, correction, form and checklist it has
 * GET  /v1/changes?programme=&unit= ; /v1/units/:id/changes   list of change {"id":"ch_1","programme","unit" (null: the whole programme),"kind","old":{…},"new":{…},"reason",
 *                                        "approver","doc_no","effective_on","actor","made_at"}; kind: publication, addition, shift, lead, partner, contact, content, window, extension, state
 * POST /v1/units/:id/changes            query dry_run, "reason","approver"?,"doc_no"?,"effective_on"? (today) and one of {"kind":"lead","lead","how":"renamed|replaced"},
 *                                        {"kind":"partner","add"?,"remove"?}, {"kind":"contact","name"?,"phone"?,"email"?} (needs no reason), {"kind":"content","project"},
 *                                        {"kind":"extension","months","approver"}, {"kind":"window","ends_on","approver"} → unit
 * POST /v1/units/:id/moves              {"move":"withdraw|terminate|revoke|request_acceptance|assign_evaluator|pass|fail|win|resume","reason"?,…} query dry_run → unit; request_acceptance
 *                                        only of a unit that owes nothing; a refusal names the moves that are legal
 * GET  /v1/decisions?programme=&unit=&state=open|closed   list of {"id":"dt_1","programme","unit","lead","project","state","cause":"window_end","window_ended_on","opened_at",
 *                                        "closed_at","resolution","closed_by"}
 * POST /v1/units/:id/decision           {"as":"resume|terminate|revoke","reason","months"? | "ends_on"?,"approver"?,"doc_no"?} query dry_run → unit
 * GET  /v1/units/:id/risk               {"unit","lead","state","as_of","score","level","terms":[{"term","name":{zh,en},"fact","weight","max","points","obligations":["ob_3"]}]}
 *                                        (points = min(max, weight × fact), score = their sum: jiebang/risk.h; a fact that is not known is null)
 * GET  /v1/obligations?unit=&programme=&state=&overdue=1&due_before=DATE   list of obligation {"id","unit","programme","lead","project","rule","kind","name":{zh,en},"n",
 *                                        "opens_on","due_on","due_at","last_day_on","provisional","state","overdue","days_left","revision","satisfied_by","submitted_at","accepted_at",
 *                                        "satisfied","returned_at","reviewer":null|"recommender"|"office","review_due_on","review_overdue","held_until","extended_to","milestone",
 *                                        "quiet":null|{"kind":"acknowledged"|"snoozed","by","at","until","note","active"} (the last word about what is owed now)}
 *                                        (while review_due_on stands it is the reviewer who is reminded, by steps "review-…")
 * GET  /v1/obligations/:id              obligation + "submissions":[submission…] + "reviews":[{"submission","decision","comment","actor","decided_at","due_on","correct_by_on"}] + "rulings":[{"kind","reason","approver","old_due_on","new_due_on","expires_on","made_at"}] + "cancellation":null|{"reason","actor","at"} + "next_step":null|{"step","at","to","reason","silence","until"} (the last three as in the schedule) + "next_said":null|{"step","at","to"} (the next that nothing keeps back) + "occasions":[{"step","revision","at","outcome","reason","silence":ID|null}]
 * POST /v1/obligations/:id/submissions  {"summary"?,"receipt"?,"author"?,"content"?:{…}} (one of summary, receipt, content; before its opening day refused by rule "opening") → 201 submission {"id","obligation","version","filed_at","late","author","receipt","summary","content"}
 *                                        A rule with a form checks the content whole, by the form frozen when the obligation was planned: 422 with
 *                                        "errors":[{"pointer":"/content/percent_complete","field","limit":{zh,en},"given","detail","detail_zh"}],"error_count"
 * GET  /v1/obligations/:id/form         {"obligation","rule","version","name","form":null|{"id","name","optional","fields":[{"id","name":{zh,en},"type":"text|integer|decimal|
 *                                        percent|money|date|choice|boolean|texts|rows","unit","required","min"?,"max"?,"max_chars"?,"choices"?:[{"id","name"}],"columns"?:[field…],
 *                                        "limit":{zh,en}}]},"skeleton":{…} (an empty content to fill in)}
 * POST /v1/obligations/:id/acceptance   {"comment"?} → obligation
 * POST /v1/obligations/:id/return       {"comment"} → obligation, with the due date of its correction and a new revision; the unit is told
 * POST /v1/obligations/:id/cancellation {"reason","approver"?} → obligation; its reminders stop. approver: default the caller
 * POST /v1/obligations/:id/waiver       {"reason","approver"?} → obligation
 * POST /v1/obligations/:id/hold         {"until":DATE,"reason","approver"?} → obligation; nobody is reminded through that day, the deadline stays
 * POST /v1/obligations/:id/release      {"reason","approver"?} → obligation; what was missed comes as one message, as when a hold expires
 * POST /v1/obligations/:id/extension    {"due_on","reason","approver"?} → obligation, with a new revision
 * GET  /v1/submissions?obligation=&unit=  list; /v1/submissions/:id
 * GET  /v1/obligations/:id/checklist    {"obligation","rule","version","checklist":null|ID,"name"?,"items":[{"id","name":{zh,en},"required","max_bytes","types":[…],"files","missing"}],
 *                                        "missing","complete"}; acceptance is refused (rule "materials", "errors") while required items miss
 * POST /v1/obligations/:id/materials    {"item","name","size_bytes","sha256","author"?} → 201 upload {"id","obligation","item","name","size_bytes","sha256","offset","material":null};
 *                                        200 with the upload that the same caller began before, at its offset; 200 with "id":null and "material":{…} if these bytes are there.
 *                                        413 over the item's size; 507 rule "material_quota" or "min_free" (the brake: reports are still taken)
 * PATCH /v1/uploads/:id                 Content-Type application/offset+octet-stream, Upload-Offset: N; the body is appended as it comes → 200 upload, or 201 material when it is
 *                                        whole, hashed and on disk. 409 with Upload-Offset: it stands elsewhere. A broken connection keeps what came; a restart of the daemon does not
 * GET, HEAD /v1/uploads/:id             upload, with Upload-Offset; DELETE gives it up → 204. An upload is its beginner's; untouched for materials.upload_max_age it is dropped
 * GET  /v1/materials?obligation=&unit=  list of material {"id","obligation","unit","item","name","size_bytes","sha256","author","added_by","added_at","removed":null|{"at","by","reason"}}
 * GET  /v1/materials/:id                material; GET, HEAD /v1/materials/:id/content → the bytes, as attachment under their name (RFC 6266), ETag, one Range
 * POST /v1/materials/:id/removal        {"reason"} → material; the row stays, the bytes go when no other row names them. Refused once the obligation is accepted
 * GET  /v1/materials/verify             hashes every file again → {"ok","files","bytes","bad_count","bad":[{"file","problem":"missing|unreadable|size|content","sha256","found","materials":[ID…]}]}
 * GET  /v1/endpoints?owner=&stats=      list of endpoint {"id","owner","url","format","state","state_reason","created_at","options":{NAME:value…},"signature":"hmac|ed25519|word|none",
 *                                        "public_key":null|"whpk_…","older_until":null|INSTANT (until when secrets that were replaced sign along)}; the options are the rows of domain/endpoint_options.c; ca_file, client_cert and client_key are paths on the daemon's machine: 422 if the file is not there, can't be read or is not what it is named for
 *                                        with stats=1 each with "stats", as GET /v1/endpoints/:id/stats → endpoint + "stats":{"health":null|{"state":"doubted|failing|paused","since","last_failure_at",
 *                                        "failures" (in a row),"told","next_probe_at"},"backlog":{"waiting","held" (10000: or more),"oldest_at"},"attempts":{"days":7,"delivered","failed",
 *                                        "success_permille":987|null,"p50_ms","p95_ms","p99_ms"}}: attempts of the last 7 days, today among them; the times are of those that were answered, at most an
 *                                        eighth off; a kill may lose half a second of them
 * POST /v1/endpoints                    {"owner":"unit:un_7|recommender:NAME|office","url","format"?:"standard|cloudevents|wecom|dingtalk|feishu|mail" (mailto: is mail),"secret"?,"signature"?:"hmac|ed25519","options"?} → 201 endpoint
 *                                        + "secret" (only here; of a key pair "public_key" instead). A chat robot's "url" is its key: every answer shows …abcd of it; its secret is the word that its
 *                                        group was given ("signature":"word"; DingTalk SEC…, Feishu), none at WeCom. It gets data.text of what a standard endpoint would, as markdown or text; what
 *                                        is too long goes on in messages msg_…-2, msg_…-3 with deliveries of their own. Delivered is 2xx and code 0 in the answer. A code that refuses the robot
 *                                        disables the endpoint (disowned: held, told to its owner's other endpoints or the office), one that refuses a message ends it (rejected: dead), one that
 *                                        says "too often" makes the whole endpoint rest. At most 20 attempts in any minute by the daemon's clock (Feishu 100, none in minutes :00 and :30)
 *                                        "warnings":[{"rule":"filter","detail","detail_zh"}] in the answers of POST and PATCH: the reminders that its filters leave out
 * The options events (types of messages, or "obligation.*"), programmes, tracks, regions, units are lists (or "a,b"): what the endpoint wants to be told. A message has to fit each that is
 * given; what they name has to exist (422). They are judged when a message would be made: another filter is for what is made from then on, and what is due, held or dead stays as it is.
 * A step that no endpoint of its recipient wants is suppressed(filtered), in the explanation, the notices and the risk as any that reached nobody; a notice of what happened leaves no
 * message, only its event. A digest goes to who wants any item, and speaks of those items. An endpoint that leaves out a reminder of its unit does not count among
 * those that make the unit reachable. Tests always go.
 * GET  /v1/endpoints/:id ; PATCH {"url"?,"options"?:{NAME:value|"value"|null}} query dry_run → endpoint; null sets one back to the daemon's ; POST /v1/endpoints/:id/test → 202 message ; POST /v1/endpoints/:id/enable|disable → endpoint
 * POST /v1/endpoints/:id/rotate         {"overlap_s"?:0-2592000 (86400),"secret"?,"signature"?} → {"id","owner","signature","older_until","secret" | "public_key"}: signs with
 *                                        another secret; the one before signs along for the overlap (webhook-signature: newest first, at most 4); 0: all earlier ones end now
 * DELETE /v1/endpoints/:id              query dry_run → {"id","owner","state":"deleted","cancelled":N}: what waited is cancelled(endpoint_deleted), the history stays
 * A mailbox ("url":"mailto:user@host", "format":"mail", "signature":"none") gets data.text in the language of its option, as plain text, through the operator's relay (jiebangd.conf
 * mail; 422 without one); Subject is its first line, Message-ID <webhook-id@host of mail.from>, X-Jiebang-Id and X-Jiebang-Type say which it is. Of an attempt "status" is the relay's
 * last code and "excerpt" what it said. 250 is delivered, 5yz to the recipient or the mail ends it (rejected: dead), all else is retried.
 * A message is posted with the headers webhook-id, webhook-timestamp (of this attempt), webhook-signature (Standard Webhooks 1.0; a key pair's "v1a,…"), webhook-attempt
 * (1, 2, … of this message), and, if it is about a unit, webhook-sequence: its number among all messages about that unit, to whomever. These two are not signed, and
 * stand in the headers since a body is the same at every attempt. A reminder's body says "nominal_at", when its step was to be said.
 * A body has less than 20 kB, always: what is too long in it is told shorter. A "text" ends with "…"; lists (items, late, obligations, unit_list) have the first, "more" says how many others
 * there are and "see" where all of them; a "detail" of more than 4000 bytes (in a digest 1500) has its texts cut and the first of its lists. The event in the feed has all of it.
 * Of the format cloudevents the body is that message as a CloudEvent 1.0 in structured mode (application/cloudevents+json): "id" is the webhook-id, "source" the instance, "time" the
 * timestamp, "subject" "un_7/ob_31" or "un_7" (if it is about such), "dataschema" the $id of the catalogue, "data" the data; signed and numbered in the headers as any other, frozen and shown as such.
 * GET  /v1/messages?unit=&obligation=&endpoint=&state=  list of message {"id","type","endpoint","programme","unit","obligation","step","steps":[…],"nominal_at","created_at","state","attempts"}
 * GET  /v1/messages/:id
 * GET  /v1/deliveries?state=&endpoint=&unit=  list of delivery {"id","type","endpoint","unit","obligation","step","state","reason","ready_at","attempts","last_status","last_reason","created_at","delivered_at"}
 * GET  /v1/messages/:id/items           what a digest ("obligation.digest") speaks of, by deadline: list {"type","programme","unit","lead","project","obligation","revision",
 *                                        "name":{zh,en},"n","due_on","step","steps":[…],"nominal_at","detail","told","reason"}; not told: it came to nothing before the message left, or "filtered"
 * POST /v1/obligations/:id/acknowledgement {"until"?:DATE,"note"?} → obligation; who is reminded knows: those reminders rest up to what is said on the due day (on the due day:
 *                                        until it is over; later: 7 days), or to the end of that day. POST /v1/obligations/:id/snooze {"until":DATE,"note"?}, at most 90 days.
 *                                        The last word counts. Neither moves the deadline nor hides that it is past; escalations go on; what was kept back is not made up for
 * GET  /v1/silences ; GET /v1/silences/:id  {"id","programme","track","task","recommender","recipient","kind","author","reason","unit","created_at","until","expires_at","ended_by","active"}
 * POST /v1/silences                     {"programme"?,"track"?,"task"?,"unit"?,"recommender"?,"recipient"?,"kind"?,"reason","until":DATE,"author"?} → 201 silence; at most 400 days;
 *                                        steps that match all of it are suppressed(silence) and not made up for later; what was decided before it goes on, with its attempts.
 *                                        POST /v1/silences/:id/expire → silence
 * GET  /v1/units/:id/notices            list, newest first, {"id","type","obligation","step","steps":[…],"nominal_at","created_at","endpoint","owner","channel","digest",
 *                                        "state","reason","attempts","last_status","last_reason","delivered_at","attempt_list":[…]}; where it was told in a digest, as its item. What a silence,
 *                                        an acknowledgement, a snooze or the filters kept back is a row without message ("id":null): "state":"suppressed", "reason", "silence":ID|null
 * GET  /v1/deliveries/:id               delivery + "body" (string, frozen) + "attempt_list":[{"n","started_at","elapsed_ms","outcome","status","reason","excerpt"}], and of a test "times":{"lookup_ms","connect_ms","tls_ms",
 *                                        "first_byte_ms" (from the beginning),"total_ms"} of its attempt, null where there was no such stage: it is made once, over a connection of its own
 * POST /v1/deliveries/:id/retry         due, held or dead → due at once → delivery
 * POST /v1/deliveries/retry             {"state":"held|dead","endpoint"?,"unit"?,"programme"?,"type"?,"created_from"?,"created_until"? (days or instants; until is not among them)} query dry_run
 *                                        → {"state","retried","dry_run"}: in their order, of each endpoint so many a second (health.release_per_second); what was settled meanwhile is cancelled
 * GET  /v1/reports/weekly?programme=ID&recommender=&at=INSTANT   the weekly report, which is also, byte for byte, the "data" of the message "report.weekly" sent at that instant:
 *                                        {"programme":{"id","name":{zh,en}},"recommender":null|NAME,"as_of","week":{"from_on","to_on"} (Monday to Sunday),"missed" (earlier weeks that a message stands
 *                                        for),"units":{"total","left",state…} (left: delivery not over),"obligations":{"overdue","overdue_units","due_this_week" (from as_of to Sunday),"due_next_week"},
 *                                        "review":{"recommender","office","overdue"} (filed and not judged, by whose turn it is),"decisions":{"open"},"past_week":{"filed","accepted","returned"} (seven days),
 *                                        "deliveries":{"endpoints_disabled","endpoints_failing","dead"},"late":[{"unit","lead","project","obligation","rule","name":{zh,en},"n","due_on","days_late",
 *                                        "turn":"unit|recommender|office"}] (the oldest deadline first),"limit" (of late),"more","see":{"path","command"},"text":{zh,en}}
 *                                        at (default: now): deadlines and the past week are judged then, by what is on record now
 * GET  /v1/events?cursor=&limit=&last=&type=&unit=&programme=&wait_s=   {"data":[{"seq","at","type","programme","unit","obligation","data":{…}}],"next":"cursor"}; here next is never null; wait_s (0-30) waits for news; last (1-1000) gives the last so many, oldest first. A cursor beyond the
 *                                        end is refused (400): the state is older than what was read before, a backup was restored
 * GET  /v1/events/stream?cursor=&last=&type=&unit=&programme=   the same as server-sent events (text/event-stream), for as long as the connection holds: "id: SEQ", "data: {the object}";
 *                                        no "event:", so that one listener hears every type. Begins behind the header Last-Event-ID, else behind cursor, else before the last so many, else
 *                                        at the end (and says where, as an id without data): who comes again with the last id gets exactly what it missed, in order. A comment with the id
 *                                        every http.heartbeat (15 s); a peer that reads more slowly than http.body_min_rate_bytes_s is cut off; ends when the token does, and when the daemon stops. 200 at most, then 503
 * GET  /v1/schedule?days=30&programme=&unit=  list {"at","unit","lead","obligation","kind","step","due_on","to","reason","silence","until","endpoints"}; reason: null, or what
 *                                        will keep it back as things stand: "silence" (which), "acknowledged", "snoozed", and until when
 * GET  /v1/schedule/explain?unit=ID     {"unit":unit,"anchor_on","obligations":[{"obligation":…,"rule":{"id","clause","source"},"arithmetic":{zh,en},"steps":[{"step","to","at","moved_from":null|DATE (a day off),"outcome","reason","silence"?,"until"?}]}]}; outcome "will be suppressed": as in the schedule
 * GET  /v1/schedule/export              text/csv: programme,unit,obligation,rule,n,opens_on,due_on,provisional,state; each unit as it stands when it is read; 413 over 64 MiB
 * GET  /v1/calendars/check              {"data":[{"year","state":"missing|covered","first_needed_on","provisional","warned_at"}]}: missing is a year that dates wait for
 * GET  /v1/calendars                    {"data":[{"year","holidays","workdays"}]}; POST text/csv (date,kind,name) query dry_run → {"years":[…],"days","moved" (obligations),"windows_moved" (units)}:
 *                                        what is owed is counted anew, and so is the end of every window that rolls, is not over and was not set to a day by a person (change "window", new.cause "calendar")
 * GET  /v1/event-types                  {"data":[{"id","group":"reminder|digest|report|notice|endpoint|test","name":{zh,en},"filter"}],"next":null}: the types of messages; filter: may stand in an
 *                                        endpoint's `events`
 * GET  /v1/event-types/:type            the same of one + "schema" (JSON Schema 2020-12 of the payload; that of its "data" alone has the $id "urn:jiebang:data:TYPE:1") + "example". What is not
 *                                        in "required" is not always there; members may come to be added; else the number at the end of the $id goes up
 * GET  /v1/templates                    {"data":[{"id","help":{zh,en},"source":{zh,en},"replaced":["zh"],"variables":[…]}],"next":null}: the texts of messages (jiebangd.conf(5)),
 *                                        query limit; replaced: by a file of the daemon's `templates`
 * GET  /v1/templates/:id/preview        query unit or obligation (else examples) → {"id","text":{zh,en},"message":{zh,en}}: the text alone, and the message that it is part of
 * GET  /v1/clock                        {"clock":"real"|"simulated","now","high_water","hold":null|{"reason","since"},"next_due_at"}
 * POST /v1/clock/advance                {"by":"30d"} | {"to":INSTANT}, "jump"?:false → clock; walks every due instant on the way; with jump it skips as an outage would; with by it takes no Idempotency-Key (400)
 * POST /v1/clock/accept                 ends a clock hold → clock
 * GET  /v1/audit?cursor=                list {"seq","at","actor","verb","object","detail","hash"}; GET /v1/audit/verify → {"ok","entries","first_bad"} (this and the export walk one at a time; 503 where 16 wait)
 * GET  /v1/tokens ; POST /v1/tokens {"name","role"?:"admin","expires_on"?} → 201 {"id","name","token"} ; POST /v1/tokens/:id/revoke → {"id","revoked"}
 */
#ifndef JIEBANG_WIRE_H
#define JIEBANG_WIRE_H

#define WIRE_LIMIT_DEFAULT    100
#define WIRE_LIMIT_MAX        1000
#define WIRE_IMPORT_MAX_BYTES (256LL * 1024 * 1024)
#define WIRE_BODY_MAX_BYTES   (64 * 1024)
#define WIRE_DEFAULT_SOCKET   "/run/jiebang/jiebangd.sock"

#define WIRE_ID_UNIT       "un"
#define WIRE_ID_OBLIGATION "ob"
#define WIRE_ID_ENDPOINT   "ep"
#define WIRE_ID_SUBMISSION "sb"
#define WIRE_ID_MATERIAL   "ma"
#define WIRE_ID_TOKEN      "tk"
#define WIRE_ID_SILENCE    "si"
#define WIRE_ID_CHANGE     "ch"
#define WIRE_ID_DECISION   "dt"

#endif
