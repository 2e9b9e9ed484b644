"""The three chat robots as they answer for real: HTTP 200 on failure, the code in the body, keys, signatures, keywords
and limits checked. Each is a path of one server on the loopback; a test makes as many robots as it wants.
"""
import base64
import hashlib
import hmac
import json
import time
import urllib.parse
from dataclasses import dataclass, field

from harness import WAIT_S, Receiver

KINDS = ("wecom", "dingtalk", "feishu")
HOOKS = {"wecom": "/cgi-bin/webhook/send?key=", "dingtalk": "/robot/send?access_token=", "feishu": "/open-apis/bot/v2/hook/"}
STALE_S = 3600


def mac(key, message):
    return base64.b64encode(hmac.new(key.encode(), message.encode(), hashlib.sha256).digest()).decode()


@dataclass
class Robot:
    kind: str
    key: str
    url: str
    secret: str = None
    keyword: str = None
    says: list = field(default_factory=list)  # codes to answer with first, whatever comes
    asked: list = field(default_factory=list)  # (code, body) of every POST
    removed: bool = False
    echoes: bool = False  # answers with what it was asked, as a proxy in the way would
    floods: int = 0  # octets that its answer is longer than need be

    @property
    def accepted(self):
        return [json.loads(body) for code, body in self.asked if code == 0]

    @property
    def texts(self):
        return [text_of(body) for body in self.accepted]


def text_of(body):
    if "msg_type" in body:
        return body["content"]["text"]
    return (body.get("markdown") or body["text"]).get("content") or body["markdown"]["text"]


class Refused(Exception):
    """With the code and the words of the answer."""


def check_wecom(robot, query, body):
    message = json.loads(body)
    kind = message.get("msgtype")
    limit = {"markdown": 4096, "text": 2048}.get(kind)
    if limit is None or not message.get(kind, {}).get("content"):
        raise Refused(40058, "invalid request parameter")
    if len(message[kind]["content"].encode()) > limit:
        raise Refused(40058, f"{kind}.content exceed max length {limit}. invalid Request Parameter")


def check_dingtalk(robot, query, body):
    if robot.secret:
        stamp = query.get("timestamp", "0")
        if abs(int(stamp) / 1000 - time.time()) > STALE_S:
            raise Refused(310000, "invalid timestamp")
        if query.get("sign") != mac(robot.secret, f"{stamp}\n{robot.secret}"):
            raise Refused(310000, "sign not match")
    message = json.loads(body)
    kind = message.get("msgtype")
    wanted = {"markdown": ("title", "text"), "text": ("content",)}.get(kind, ("-",))
    if not all(message.get(kind, {}).get(member) for member in wanted):
        raise Refused(400106, "malformed")
    if robot.keyword and robot.keyword not in message[kind][wanted[-1]]:
        raise Refused(310000, "keywords not in content")
    if len(body) > 20000:
        raise Refused(460101, "message too long")


def check_feishu(robot, query, body):
    message = json.loads(body)
    if robot.secret:
        stamp = message.get("timestamp", "0")
        if abs(int(stamp) - time.time()) > STALE_S or message.get("sign") != mac(f"{stamp}\n{robot.secret}", ""):
            raise Refused(19021, "sign match fail or timestamp is not within one hour from current time")
    if message.get("msg_type") != "text" or not message.get("content", {}).get("text") or query:
        raise Refused(9499, "Bad Request")
    if robot.keyword and robot.keyword not in message["content"]["text"]:
        raise Refused(19024, "Key Words Not Found")
    if len(body) > 20 * 1024:
        raise Refused(9499, "Bad Request: too long")


CHECKS = {"wecom": check_wecom, "dingtalk": check_dingtalk, "feishu": check_feishu}
UNKNOWN = {"wecom": (93000, "invalid webhook url"), "dingtalk": (300005, "token is not exist"), "feishu": (19001, "param invalid")}


class Robots(Receiver):
    def __init__(self):
        super().__init__()
        self.robots = {}

    def add(self, kind, **more):
        """A robot in a group of its own. Its key is of the length and look of a real one."""
        key = hashlib.sha256(f"{kind} {len(self.robots)}".encode()).hexdigest()[:36]
        robot = Robot(kind, key, self.url(HOOKS[kind] + key), **more)
        self.robots[kind, key] = robot
        return robot

    def find(self, path, query):
        for kind, hook in HOOKS.items():
            stem, _, member = hook.rstrip("=").partition("?")
            if path == stem or (not member and path.startswith(stem)):
                return kind, self.robots.get((kind, query.pop(member, None) if member else path[len(stem):]))
        return "wecom", None

    def take(self, handler):
        body = handler.rfile.read(int(handler.headers.get("Content-Length") or 0))
        path, _, query = handler.path.partition("?")
        query = dict(urllib.parse.parse_qsl(query))
        with self.changed:
            kind, robot = self.find(path, query)
            code, words = self.judge(kind, robot, query, body)
            if robot:
                robot.asked.append((code, body))
            self.changed.notify_all()
        said = {"code": code, "msg": words, "data": {}} if kind == "feishu" else {"errcode": code, "errmsg": words}
        if robot and robot.floods:
            said["pad"] = "x" * robot.floods
        answer = f"cannot POST {handler.path}".encode() if robot and robot.echoes else json.dumps(said).encode()
        handler.send_response(200)
        handler.send_header("Content-Type", "application/json; charset=UTF-8")
        handler.send_header("Content-Length", str(len(answer)))
        handler.end_headers()
        handler.wfile.write(answer)

    @staticmethod
    def judge(kind, robot, query, body):
        if robot is None or robot.removed:
            return UNKNOWN[kind]
        if robot.says:
            return robot.says.pop(0), "as the test wants"
        try:
            CHECKS[kind](robot, query, body)
        except Refused as refused:
            return refused.args
        return 0, "ok"

    def wait_asked(self, robot, count):
        with self.changed:
            ok = self.changed.wait_for(lambda: len(robot.asked) >= count, WAIT_S)
            assert ok, f"{len(robot.asked)} asked of {robot.kind}, expected {count}"
