"""A small daemon that gives canned answers as wire.h says, and misbehaves on request, for tests of the client.

It listens on a Unix socket and on TCP at once. Every request is kept for assertions. A rule set with `on()` answers
instead of the canned data: an Answer, bytes (sent as they are, then the connection is closed), or a callable that
gets the request and returns one of those.
"""
import json
import socket
import threading
from dataclasses import dataclass, field
from urllib.parse import parse_qsl, unquote, urlsplit

NOW = "2025-02-16T09:00:00+08:00"


@dataclass
class Request:
    method: str
    path: str
    query: dict
    headers: dict
    body: bytes
    target: str

    def json(self):
        return json.loads(self.body)


@dataclass
class Answer:
    status: int = 200
    body: object = None
    type: str = "application/json"
    headers: dict = field(default_factory=dict)

    def encode(self):
        body = self.body
        if body is None:
            body = b""
        elif not isinstance(body, (bytes, str)):
            body = json.dumps(body, ensure_ascii=False)
        if isinstance(body, str):
            body = body.encode()
        lines = [f"HTTP/1.1 {self.status} X", f"Content-Length: {len(body)}", f"Content-Type: {self.type}"]
        lines += [f"{name}: {value}" for name, value in self.headers.items()]
        return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


def problem(status, title, detail="", **more):
    body = {"type": "about:blank", "title": title, "status": status, "detail": detail, **more}
    return Answer(status, body, "application/problem+json")


def name(zh, en):
    return {"zh": zh, "en": en}


UNIT = {
    "id": "un_1042", "programme": "future-2023", "task": "humanoid-03", "task_name": "人形机器人整机",
    "project": "示例项目：高动态人形机器人整机研制与应用", "lead": "示例单位（北京）机器人科技有限公司",
    "partners": ["示例联合单位甲研究院", "示例联合单位乙大学"], "recommender": "北京市经济和信息化局", "region": "北京",
    "class": "assigned", "state": "delivering", "anchor_on": "2024-09-02", "window_ends_on": "2026-09-02",
    "risk": {"score": 12, "level": "low"}, "overdue": 0,
    "next": {"obligation": "ob_98231", "kind": "progress_report", "name": name("进度汇报", "Progress report"),
             "due_on": "2025-03-03", "days_left": 15, "state": "open"},
}
LATE = {
    **UNIT, "id": "un_7", "lead": "=HYPERLINK(\"http://evil\",\"示例\")", "partners": [], "region": "上海", "overdue": 1,
    "risk": {"score": 64, "level": "high"},
    "project": "line one\nline two\x1b[2J\x07 \u202egnp.exe\u202c", "recommender": "@上海",
    "next": {"obligation": "ob_11", "kind": "material", "name": name("材料报送", "Material"), "due_on": "2025-02-13",
             "days_left": -3, "state": "open"},
}
FRESH = {**UNIT, "id": "un_8", "lead": "-1+1 Ltd", "state": "shortlisted", "anchor_on": None, "window_ends_on": None,
         "risk": {"score": None, "level": None}, "next": None, "partners": None, "region": None, "recommender": "+86"}


def obligation(number, kind, names, due_on, state, **more):
    row = {
        "id": f"ob_{number}", "unit": "un_1042", "programme": "future-2023", "lead": UNIT["lead"],
        "project": UNIT["project"], "rule": kind, "kind": kind, "name": names, "n": 1, "opens_on": "2025-02-16",
        "due_on": due_on, "due_at": f"{due_on}T24:00:00+08:00", "last_day_on": due_on, "provisional": False,
        "state": state, "overdue": False, "days_left": 15, "revision": 1, "satisfied_by": "acceptance",
        "submitted_at": None, "accepted_at": None,
    }
    row.update(more)
    return row


PROGRESS = name("进度汇报", "Progress report")
OBLIGATIONS = [
    obligation(11, "material", name("材料报送", "Material"), "2025-02-13", "open", overdue=True, days_left=-3),
    obligation(98230, "progress_report", PROGRESS, "2025-01-06", "accepted", days_left=-41,
               submitted_at="2025-01-04T10:00:00+08:00", accepted_at="2025-01-07T16:30:00+08:00"),
    obligation(98231, "progress_report", PROGRESS, "2025-03-03", "open", quiet={
        "kind": "acknowledged", "by": "token:7", "at": NOW, "until": "2025-03-03T09:05:00+08:00", "note": "在写", "active": True}),
    obligation(98232, "midterm_review", name("中期评估", "Midterm review"), "2025-09-02", "scheduled", days_left=198),
    obligation(98233, "progress_report", PROGRESS, "2026-03-02", "scheduled", days_left=379),
    obligation(98234, "acceptance_request", name("验收申请", "Acceptance request"), "2027-03-02", "scheduled",
               provisional=True, days_left=744),
]
ENDPOINT = {"id": "ep_7", "owner": "unit:un_1042", "url": "https://hook.example.cn/…", "format": "wecom",
            "state": "enabled", "state_reason": None, "created_at": "2024-09-03T10:00:00+08:00"}
STATS = {"health": {"state": "failing", "since": "2025-02-14T10:00:00+08:00", "last_failure_at": "2025-02-16T08:00:00+08:00",
                    "failures": 14, "told": 1, "next_probe_at": None},
         "backlog": {"waiting": 3, "held": 0, "oldest_at": "2025-02-14T09:05:00+08:00"},
         "attempts": {"days": 7, "delivered": 412, "failed": 14, "success_permille": 967, "p50_ms": 38, "p95_ms": 210, "p99_ms": 2900}}
RISK = {"unit": "un_1042", "lead": UNIT["lead"], "state": "delivering", "as_of": "2025-02-16", "score": 12,
        "level": "low", "terms": [
            {"term": "overdue", "name": name("逾期天数", "days overdue"), "fact": 3, "weight": 2, "max": 30, "points": 6,
             "obligations": ["ob_11"]},
            {"term": "behind", "name": name("里程碑落后于时间（百分点）", "milestones behind the time, points"), "fact": None,
             "weight": 1, "max": 20, "points": 0, "obligations": []},
            {"term": "unread", "name": name("未获回应的提醒", "reminders without answer"), "fact": 3, "weight": 2,
             "max": 14, "points": 6, "obligations": ["ob_11", "ob_98231"]}]}
WEEKLY = {
    "programme": {"id": "future-2023", "name": name("2023年未来产业", "Future industries 2023")}, "recommender": None,
    "as_of": "2025-03-24T09:20:00+08:00", "week": {"from_on": "2025-03-24", "to_on": "2025-03-30"}, "missed": 0,
    "units": {"total": 260, "left": 258, "applied": 0, "delivering": 256, "pending_decision": 2, "withdrawn": 2},
    "obligations": {"overdue": 7, "overdue_units": 6, "due_this_week": 1, "due_next_week": 0},
    "review": {"recommender": 3, "office": 0, "overdue": 1}, "decisions": {"open": 2},
    "past_week": {"filed": 12, "accepted": 4, "returned": 1},
    "deliveries": {"endpoints_disabled": 1, "endpoints_failing": 0, "dead": 2},
    "late": [{"unit": "un_1042", "lead": UNIT["lead"], "project": UNIT["project"], "obligation": "ob_98231", "rule": "progress",
              "name": PROGRESS, "n": 1, "due_on": "2025-02-27", "days_late": 25, "turn": "recommender"},
             {"unit": "un_7", "lead": LATE["lead"], "project": LATE["project"], "obligation": "ob_11", "rule": "progress",
              "name": PROGRESS, "n": 1, "due_on": "2025-03-03", "days_late": 21, "turn": "unit"}],
    "limit": 20, "more": 6, "see": {"path": "/v1/obligations?programme=future-2023&overdue=1",
                                    "command": "jiebangctl obligation list --programme future-2023 --overdue"},
    "text": name("【…】周报", "[…] Weekly report")}
SUBMISSION = {"id": "sb_12", "obligation": "ob_98231", "version": 1, "filed_at": NOW, "late": False, "author": "李雷",
              "receipt": "R-1", "summary": "一切按计划", "content": {"percent": 40}}
SECOND = {**SUBMISSION, "id": "sb_13", "version": 2, "author": "韩梅梅", "content": {"percent": 55, "risk": "low"}}
FORM = {
    "obligation": "ob_98231", "rule": "progress", "version": 1, "name": PROGRESS,
    "form": {"id": "progress", "name": name("进度汇报表", "Progress report"), "optional": True, "fields": [
        {"id": "percent", "name": name("完成百分比", "Percent complete"), "type": "percent", "unit": "%", "required": True,
         "min": 0, "max": 100, "limit": name("百分数，0 到 100（%）", "a percentage from 0 to 100 (%)")},
        {"id": "goals", "name": name("阶段目标", "Stage goals"), "type": "texts", "unit": "", "required": False,
         "max": 20, "max_chars": 500, "limit": name("文字的列表，每条不超过 500 字，不大于 20 条",
                                                    "a list of texts, each at most 500 characters, at most 20 entries")},
    ]},
    "skeleton": {"percent": None, "goals": [""]},
}
MATERIAL = {"id": "ma_7", "obligation": "ob_98231", "unit": "un_1042", "item": "request", "name": "验收申请书.pdf", "size_bytes": 3,
            "sha256": "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad", "author": "李雷", "added_by": "uid:0",
            "added_at": NOW, "removed": None}
REMOVED = {**MATERIAL, "id": "ma_8", "name": "旧.pdf", "removed": {"at": NOW, "by": "uid:0", "reason": "旧版本"}}
CHECKLIST = {
    "obligation": "ob_98231", "rule": "acceptance", "version": 1, "checklist": "acceptance", "name": name("验收材料", "Acceptance materials"),
    "items": [{"id": "request", "name": name("验收申请书", "Acceptance request"), "required": True, "max_bytes": 209715200,
               "types": ["pdf", "docx"], "files": 1, "missing": False},
              {"id": "task-book", "name": name("任务书", "Task book"), "required": True, "max_bytes": 209715200, "types": ["pdf"],
               "files": 0, "missing": True}],
    "missing": 1, "complete": False}
MESSAGE = {"id": "msg_a1", "type": "obligation.due_soon", "endpoint": "ep_7", "programme": "future-2023",
           "unit": "un_1042", "obligation": "ob_98231", "step": "before-15", "steps": ["before-30", "before-15"],
           "nominal_at": "2025-02-16T09:05:00+08:00", "created_at": "2025-02-16T09:05:01+08:00",
           "state": "delivered", "attempts": 2}
WAITING = {**MESSAGE, "id": "msg_b2", "step": "before-7", "steps": ["before-7"], "state": "held", "attempts": 0}
DELIVERY = {"id": "msg_a1", "type": "obligation.due_soon", "endpoint": "ep_7", "unit": "un_1042",
            "obligation": "ob_98231", "step": "before-15", "state": "delivered", "reason": None, "ready_at": "2025-02-16T09:05:00+08:00",
            "attempts": 2, "last_status": 204, "last_reason": None, "created_at": "2025-02-16T09:05:01+08:00",
            "delivered_at": "2025-02-16T09:10:06+08:00"}
ATTEMPTS = [
    {"n": 1, "started_at": "2025-02-16T09:05:01+08:00", "elapsed_ms": 20000, "outcome": "timeout", "status": None,
     "reason": "no answer in 20 s", "excerpt": None},
    {"n": 2, "started_at": "2025-02-16T09:10:06+08:00", "elapsed_ms": 41, "outcome": "answered", "status": 204,
     "reason": None, "excerpt": ""},
]
NOTICE = {key: MESSAGE[key] for key in ("id", "type", "obligation", "step", "steps", "nominal_at", "created_at", "endpoint", "state", "attempts")}
NOTICE |= {"owner": "unit:un_1042", "channel": "wecom", "digest": False, "reason": None, "last_status": 204, "last_reason": None,
           "delivered_at": "2025-02-16T09:10:06+08:00", "attempt_list": ATTEMPTS}
HELD = {**NOTICE, "id": "msg_b2", "step": "before-7", "steps": ["before-7"], "state": "held", "reason": "endpoint_disabled", "attempts": 0,
        "delivered_at": None, "attempt_list": []}
ITEM = {"type": "obligation.overdue", "programme": "future-2023", "unit": "un_1042", "lead": UNIT["lead"], "project": UNIT["project"],
        "obligation": "ob_98231", "revision": 1, "name": PROGRESS, "n": 1, "due_on": "2025-03-03", "step": "office+7w", "steps": ["office+7w"],
        "nominal_at": "2025-03-12T09:05:00+08:00", "detail": None, "told": True, "reason": None}
SILENCE = {"id": "si_1", "programme": None, "track": None, "task": None, "recommender": None, "recipient": None, "kind": None,
           "author": "uid:0", "reason": "moving", "unit": "un_7", "created_at": NOW, "until": "2025-03-02T00:00:00+08:00",
           "expires_at": "2025-03-02T00:00:00+08:00", "ended_by": None, "active": True}
STATUS = {
    "now": NOW, "clock": "simulated", "hold": None, "instance": "14d9e0b493e19325766072a988de4909", "version": "0.1.0",
    "programmes": [
        {"id": "future-2023", "name": name("2023年未来产业创新任务揭榜挂帅", "Future industries 2023"),
         "published_on": "2024-09-02", "window_ends_on": "2026-09-02", "units": 260, "obligations": 1560, "owed": 1300,
         "overdue": 3, "due_7d": 12, "due_30d": 260, "submitted": 4, "accepted": 256,
         "unreachable": 2},
        {"id": "future-2025", "name": name("2025年", "2025"), "published_on": None, "window_ends_on": None, "units": 0,
         "obligations": 0, "owed": 0, "overdue": 0, "due_7d": 0, "due_30d": 0, "submitted": 0, "accepted": 0,
         "unreachable": 0},
    ],
    "deliveries": {"due": 1, "sending": 0, "delivered": 520, "held": 2, "dead": 0, "cancelled": 3},
    "endpoints": {"enabled": 261, "disabled": 1}, "next_due_at": "2025-02-18T09:05:00+08:00",
}
CLOCK = {"clock": "simulated", "now": NOW, "high_water": NOW, "hold": None, "next_due_at": "2025-02-18T09:05:00+08:00"}
PROGRAMME = {"id": "future-2023", "name": name("2023年未来产业创新任务揭榜挂帅", "Future industries 2023"),
             "published_on": "2024-09-02", "window_ends_on": "2026-09-02", "units": 260}
TASK = {"id": "humanoid-03", "programme": "future-2023", "track": {"id": "humanoid", "name": name("人形机器人", "Humanoid robots")},
        "category": {"id": "product", "name": name("重点产品", "Key products")}, "name": "人形机器人整机", "units": 5, "cap": 5}
SCHEDULE = [{"at": "2025-02-18T09:05:00+08:00", "unit": "un_1042", "lead": UNIT["lead"], "obligation": "ob_98231",
             "kind": "progress_report", "step": "before-15", "due_on": "2025-03-03", "to": "unit", "reason": "silence", "silence": "si_1",
             "until": "2025-02-20T00:00:00+08:00", "endpoints": 1}]
EXPLAIN = {
    "unit": UNIT, "anchor_on": "2024-09-02",
    "obligations": [{
        "obligation": OBLIGATIONS[2], "rule": {"id": "progress", "clause": "工作要求 4", "source": "ours"},
        "arithmetic": name("2024-09-02 + 6 个月 = 2025-03-02（星期日），顺延至 2025-03-03",
                           "2024-09-02 + 6 months = 2025-03-02 (Sunday), rolled to 2025-03-03"),
        "steps": [{"step": "open", "to": "unit", "at": "2025-02-16T00:00:00+08:00", "outcome": "sent", "reason": None},
                  {"step": "before-7", "to": "unit", "at": "2025-02-24T09:05:00+08:00", "moved_from": None,
                   "outcome": "will be suppressed", "reason": "acknowledged", "silence": None, "until": "2025-03-03T09:05:00+08:00"}],
    }],
}
EVENTS = [{"seq": n, "at": NOW, "type": "obligation.opened", "programme": "future-2023", "unit": "un_1042",
           "obligation": f"ob_{n}", "data": {"n": n}} for n in range(1, 6)]
AUDIT = [{"seq": 1, "at": NOW, "actor": "uid:0", "verb": "programme.publish", "object": "future-2023",
          "detail": "2024-09-02", "hash": "ab" * 32}]
TOKEN = {"id": "tk_3", "name": "backup", "role": "admin", "expires_on": "2026-12-31", "created_at": NOW,
         "revoked_at": None}
EXPORT = "programme,unit,obligation,rule,n,opens_on,due_on,provisional,state\nfuture-2023,un_1042,ob_98231,progress,1," \
         "2025-02-16,2025-03-03,false,open\n"

CHANGES = [
    {"id": "ch_1", "programme": "future-2023", "unit": None, "kind": "shift", "old": {"window_ends_on": "2026-09-02"},
     "new": {"window_ends_on": "2027-03-02"}, "reason": "疫情", "approver": "部长办公会", "doc_no": "工信厅函〔2020〕6号",
     "effective_on": "2025-02-16", "actor": "uid:0", "made_at": NOW},
    {"id": "ch_2", "programme": "future-2023", "unit": "un_1042", "kind": "partner", "old": {"partner": "旧伙伴"},
     "new": {"partner": "新伙伴"}, "reason": "更换", "approver": "", "doc_no": "", "effective_on": "2025-02-01",
     "actor": "uid:0", "made_at": NOW}]
DECISIONS = [{"id": "dt_1", "programme": "future-2023", "unit": "un_1042", "lead": UNIT["lead"], "project": UNIT["project"],
              "state": "open", "cause": "window_end", "window_ended_on": "2026-09-02", "opened_at": NOW, "closed_at": None,
              "resolution": None, "closed_by": None}]
TEMPLATES = [
    {"id": "when.overdue", "help": {"zh": "{when}：逾期后", "en": "{when} after it"}, "replaced": ["zh"], "variables": ["days", "one"],
     "source": {"zh": "逾期 {days} 天", "en": "{days} {?one}day{/one}{!one}days{/one} overdue"}},
    {"id": "unit.winner", "help": {"zh": "{what}：评为优胜单位", "en": "{what} when a unit is a winner"}, "replaced": [],
     "variables": ["programme", "unit"], "source": {"zh": "已评为优胜单位", "en": "the unit is a winner"}}]
PREVIEW = {"id": "digest.tail",
           "text": {"zh": "另有 8 项。\n全部：\x1b[31mmsg_a1", "en": "and 8 more.\nAll: \x1b[31mmsg_a1"},
           "message": {"zh": "【批次】另有 8 项。", "en": "[Programme] and 8 more."}}
EVENT_TYPES = [
    {"id": "obligation.overdue", "group": "reminder", "name": {"zh": "事项已逾期", "en": "an obligation is overdue"}, "filter": True},
    {"id": "endpoint.test", "group": "test", "name": {"zh": "测试消息", "en": "a test message"}, "filter": False}]
LISTS = {
    "event-types": EVENT_TYPES,
    "changes": CHANGES, "decisions": DECISIONS,
    "programmes": [PROGRAMME], "tasks": [TASK], "units": [UNIT, LATE, FRESH], "obligations": OBLIGATIONS,
    "submissions": [SUBMISSION], "endpoints": [ENDPOINT], "messages": [MESSAGE, WAITING], "deliveries": [DELIVERY],
    "materials": [MATERIAL, REMOVED], "schedule": SCHEDULE, "calendars": [{"year": 2025, "holidays": 28, "workdays": 5}], "audit": AUDIT,
    "tokens": [TOKEN], "silences": [SILENCE], "templates": TEMPLATES,
}
MILESTONES = {"unit": "un_1042", "progress": {"reached_percent": 15, "elapsed_percent": 23}, "milestones": [
    {"n": 1, "name": "样机", "weight": 30, "percent": 50, "planned_on": "2025-03-31", "actual_on": None},
    {"n": 2, "name": "验证", "weight": 70, "percent": 0, "planned_on": "2026-06-30", "actual_on": None}]}
OBJECTS = {
    "/v1/status": STATUS, "/v1/clock": CLOCK, "/v1/schedule/explain": EXPLAIN,
    "/v1/audit/verify": {"ok": True, "entries": 1, "first_bad": None},
    "/v1/programmes/future-2023": {
        **PROGRAMME, "tracks": [{"id": "metaverse", "name": "元宇宙"}, {"id": "humanoid", "name": "人形机器人"}],
        "clauses": [{"rule": "window", "text": "名单公布之日起不超过2年", "source": "四、3."}],
        "plan": [{"id": "progress", "kind": "progress_report", "name_zh": "进度汇报", "name_en": "Progress report",
                  "every_months": 6, "times": 4, "at_months": [], "on_dates": [], "every_year_on": [], "opens_before_days": 15,
                  "opens_months": -1, "skip_when_younger_than_months": 0, "roll": "next_workday", "satisfied_by": "submission",
                  "clause": "ours"},
                 {"id": "acceptance", "kind": "acceptance_request", "name_zh": "验收申请", "name_en": "Acceptance request",
                  "every_months": 0, "times": 0, "at_months": [24], "on_dates": [], "every_year_on": [], "opens_before_days": 0,
                  "opens_months": 18, "skip_when_younger_than_months": 0, "roll": "none", "satisfied_by": "acceptance",
                  "clause": "window"}],
        "quotas": [{"class": "province", "name": "各省", "limit": 15, "hard": False, "outside_province": False, "via": "self",
                    "rule": "quota_province"}],
        "caps": {"shortlist": {"limit": 5, "level": "task", "hard": False, "rule": "shortlist_cap"},
                 "winner": {"limit": 3, "level": "task", "hard": False, "rule": "winner_cap"}},
        "classes": [{"id": "assigned", "name_zh": "揭榜单位", "name_en": "Assigned", "owes": True}]},
    "/v1/units/un_1042": {**UNIT, "obligations": OBLIGATIONS, "endpoints": [ENDPOINT], "progress": MILESTONES["progress"],
                          "milestones": MILESTONES["milestones"]},
    "/v1/templates/digest.tail/preview": PREVIEW,
    "/v1/event-types/endpoint.test": {**EVENT_TYPES[1], "schema": {"type": "object"}, "example": {"type": "endpoint.test"}},
    "/v1/calendars/check": {"data": [{"year": 2026, "state": "covered", "first_needed_on": None, "provisional": 0, "warned_at": None}],
                            "next": None},
    "/v1/reports/weekly": WEEKLY,
    "/v1/units/un_1042/risk": RISK, "/v1/units/un_1042/changes": {"data": CHANGES, "next": None},
    "/v1/units/un_1042/notices": {"data": [NOTICE, HELD], "next": None},
    "/v1/messages/msg_a1/items": {"data": [ITEM, {**ITEM, "unit": "un_7", "lead": LATE["lead"], "obligation": "ob_11", "told": False,
                                                 "reason": "satisfied"}], "next": None},
    "/v1/units/un_1042/risk": RISK,
    "/v1/units/un_1042/milestones": MILESTONES,
    "/v1/units/un_8": {**FRESH, "obligations": [], "endpoints": []},
    "/v1/obligations/ob_98231": {
        **OBLIGATIONS[2], "submissions": [SUBMISSION, SECOND],
        "reviews": [{"submission": "sb_12", "decision": "returned", "comment": "指标缺实测值", "actor": "uid:0", "decided_at": NOW}],
        "rulings": [], "cancellation": {"reason": "重复", "actor": "uid:0", "at": NOW},
        "next_step": {"step": "before-7", "at": "2025-02-24T09:05:00+08:00", "to": "unit", "reason": "acknowledged", "silence": None,
                      "until": "2025-03-03T09:05:00+08:00"},
        "next_said": {"step": "due", "at": "2025-03-03T09:05:00+08:00", "to": "unit"},
        "occasions": [{"step": "open", "revision": 1, "at": "2025-02-16T00:00:00+08:00", "outcome": "sent",
                       "reason": None, "silence": None},
                      {"step": "before-15", "revision": 1, "at": "2025-02-16T09:05:00+08:00", "outcome": "suppressed",
                       "reason": "silence", "silence": "si_1"}]},
    "/v1/obligations/ob_98231/form": FORM,
    "/v1/obligations/ob_98231/checklist": CHECKLIST, "/v1/materials/ma_7": MATERIAL,
    "/v1/materials/verify": {"ok": True, "files": 2, "bytes": 6, "bad_count": 0, "bad": []},
    "/v1/submissions/sb_12": SUBMISSION, "/v1/endpoints/ep_7": ENDPOINT,
    "/v1/endpoints/ep_7/stats": {**ENDPOINT, "stats": STATS},
    "/v1/deliveries/msg_test": {"id": "msg_test", "type": "endpoint.test", "endpoint": "ep_7", "state": "delivered", "attempt_list": [
        {"n": 1, "started_at": NOW, "elapsed_ms": 93, "outcome": "delivered", "status": 200, "reason": "", "excerpt": "ok",
         "times": {"lookup_ms": 12, "connect_ms": 20, "tls_ms": 41, "first_byte_ms": 90, "total_ms": 93}}]}, "/v1/messages/msg_a1": MESSAGE,
    "/v1/deliveries/msg_a1": {**DELIVERY, "body": "{\"type\":\"obligation.due_soon\"}", "attempt_list": ATTEMPTS},
    "/v1/deliveries/msg_b2": {**DELIVERY, "id": "msg_b2", "state": "held", "body": "{}", "attempt_list": []},
}
WRITES = {
    "/v1/programmes/future-2023/publication": Answer(200, {
        "programme": "future-2023", "published_on": "2024-09-02", "window_ends_on": "2026-09-02", "units": 260,
        "obligations": 1560, "moved_units": 0, "moved_obligations": 0, "dropped_obligations": 0,
        "provisional": True}),
    "/v1/programmes/future-2023/shift": Answer(200, {"programme": "future-2023", "months": 6, "window_ends_on": "2027-03-02",
                                                     "units": 260, "obligations": 1040, "change": "ch_3"}),
    "/v1/units/un_1042/changes": Answer(200, UNIT), "/v1/units/un_1042/moves": Answer(200, UNIT),
    "/v1/units/un_1042/decision": Answer(200, UNIT),
    "/v1/programmes/future-2023/units": Answer(200, {
        "imported": 2, "dry_run": False, "units_total": 262,
        "warnings": [{"line": 3, "column": "细分领域", "rule": "shortlist_cap", "detail": "6 of 5 units on this task",
                      "clause": "原则上每个揭榜任务不超过5家"}]}),
    "/v1/obligations/ob_98231/submissions": Answer(201, SUBMISSION),
    "/v1/obligations/ob_98231/materials": Answer(200, {"id": None, "obligation": "ob_98231", "offset": 3, "material": MATERIAL}),
    "/v1/materials/ma_7/removal": Answer(200, {**MATERIAL, "removed": REMOVED["removed"]}),
    "/v1/obligations/ob_98231/acknowledgement": Answer(200, OBLIGATIONS[2]), "/v1/obligations/ob_98231/snooze": Answer(200, OBLIGATIONS[2]),
    "/v1/silences": Answer(201, SILENCE), "/v1/silences/si_1/expire": Answer(200, {**SILENCE, "active": False, "ended_by": "uid:0"}),
    "/v1/obligations/ob_98231/cancellation": Answer(200, {**OBLIGATIONS[2], "state": "cancelled"}),
    "/v1/obligations/ob_98231/acceptance": Answer(200, {**OBLIGATIONS[2], "state": "accepted"}),
    "/v1/units/un_1042/obligations": Answer(201, {**OBLIGATIONS[2], "id": "ob_98240", "rule": "ad-hoc", "kind": "ad_hoc"}),
    "/v1/units/un_1042/milestones": Answer(200, MILESTONES),
    "/v1/units/un_1042/milestones/progress": Answer(200, MILESTONES),
    "/v1/obligations/ob_98231/waiver": Answer(200, {**OBLIGATIONS[2], "state": "waived"}),
    "/v1/obligations/ob_98231/hold": Answer(200, {**OBLIGATIONS[2], "held_until": "2025-03-31"}),
    "/v1/obligations/ob_98231/release": Answer(200, OBLIGATIONS[2]),
    "/v1/obligations/ob_98231/extension": Answer(200, {**OBLIGATIONS[2], "due_on": "2025-04-30", "extended_to": "2025-04-30"}),
    "/v1/obligations/ob_98231/return": Answer(200, {**OBLIGATIONS[2], "state": "returned"}),
    "/v1/endpoints": Answer(201, {**ENDPOINT, "secret": "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"}),
    "/v1/endpoints/ep_7": Answer(200, {**ENDPOINT, "options": {"concurrency": 2}}),
    "/v1/endpoints/ep_7/rotate": Answer(200, {
        "id": "ep_7", "owner": ENDPOINT["owner"], "signature": "hmac", "older_until": "2025-02-17T10:00:00+08:00",
        "secret": "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"}),
    "/v1/endpoints/ep_7/test": Answer(202, {**MESSAGE, "id": "msg_test"}),
    "/v1/endpoints/ep_7/enable": Answer(200, ENDPOINT),
    "/v1/endpoints/ep_7/disable": Answer(200, {**ENDPOINT, "state": "disabled", "state_reason": "by hand"}),
    "/v1/deliveries/msg_a1/retry": Answer(200, {**DELIVERY, "state": "due"}),
    "/v1/deliveries/retry": Answer(200, {"retried": 2}),
    "/v1/clock/advance": Answer(200, {**CLOCK, "now": "2025-03-18T09:00:00+08:00"}),
    "/v1/clock/accept": Answer(200, CLOCK),
    "/v1/calendars": Answer(200, {"years": [2027], "days": 33, "moved": 260, "windows_moved": 2}),
    "/v1/tokens": Answer(201, {"id": "tk_3", "name": "backup", "token": "jbt_secret"}),
    "/v1/tokens/tk_3/revoke": Answer(200, {**TOKEN, "revoked_at": NOW}),
}


def page(rows, query):
    """Keyset paging as the client sees it: an opaque cursor, here the index."""
    limit, start = int(query.get("limit", 100)), int(query.get("cursor", "c0")[1:])
    rest = start + limit
    return Answer(200, {"data": rows[start:rest], "next": f"c{rest}" if rest < len(rows) else None})


def canned(request):
    if request.method == "DELETE" and request.path == "/v1/endpoints/ep_7":
        return Answer(200, {"id": "ep_7", "owner": ENDPOINT["owner"], "state": "deleted", "cancelled": 3})
    if request.method in ("POST", "PATCH"):
        return WRITES.get(request.path, problem(404, "Not found", f"there is no {request.path}"))
    if request.path in OBJECTS:
        return Answer(200, OBJECTS[request.path])
    if request.path == "/v1/events":
        start = int(request.query.get("cursor", "s0").removeprefix("s"))
        start = max(start, len(EVENTS) - int(request.query.get("last", len(EVENTS))))
        rows = EVENTS[start:start + int(request.query.get("limit", 100))]
        return Answer(200, {"data": rows, "next": f"s{start + len(rows)}"})
    if request.path == "/v1/materials/ma_7/content":
        return Answer(200, "abc", "application/octet-stream")
    if request.path == "/v1/schedule/export":
        return Answer(200, EXPORT, "text/csv")
    rows = LISTS.get(request.path.removeprefix("/v1/"))
    if rows is not None:
        return page(rows, request.query)
    return problem(404, "Not found", f"there is no {request.path}", hint="jiebangctl unit list")


class FakeDaemon:
    def __init__(self, folder):
        self.path = str(folder / "jiebangd.sock")
        self.requests, self.rules = [], {}
        self.closing = threading.Event()
        self.unix, self.tcp = socket.socket(socket.AF_UNIX), socket.socket()
        self.unix.bind(self.path)
        self.tcp.bind(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self.tcp.getsockname()[1]}"
        for listener in (self.unix, self.tcp):
            listener.listen(16)
            threading.Thread(target=self.accept, args=(listener,), daemon=True).start()

    def on(self, method, path, answer):
        self.rules[method, path] = answer

    def close(self):
        self.closing.set()
        for listener in (self.unix, self.tcp):
            listener.close()

    def accept(self, listener):
        while True:
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            threading.Thread(target=self.serve, args=(connection,), daemon=True).start()

    def serve(self, connection):
        with connection, connection.makefile("rb") as stream:
            try:
                while request := self.read(connection, stream):
                    self.requests.append(request)
                    answer = self.rules.get((request.method, request.path), canned)
                    if callable(answer):
                        answer = answer(request)
                    if isinstance(answer, bytes):
                        connection.sendall(answer)
                        return
                    connection.sendall(answer.encode())
            except OSError:
                pass

    @staticmethod
    def read(connection, stream):
        line = stream.readline()
        if not line:
            return None
        method, target, _ = line.decode().split()
        headers = {}
        while (line := stream.readline()) not in (b"\r\n", b""):
            key, value = line.decode().split(":", 1)
            headers[key.lower()] = value.strip()
        if headers.get("expect") == "100-continue":
            connection.sendall(b"HTTP/1.1 100 Continue\r\n\r\n")
        body = b""
        if headers.get("transfer-encoding") == "chunked":
            while size := int(stream.readline(), 16):
                body += stream.read(size)
                stream.readline()
            stream.readline()
        elif "content-length" in headers:
            body = stream.read(int(headers["content-length"]))
        parts = urlsplit(target)
        return Request(method, unquote(parts.path), dict(parse_qsl(parts.query)), headers, body, target)
