"""The catalogue of messages as the daemon serves it, and payloads held against it by an independent validator (D10).

Schemas let members be added, so that a receiver may be older than the daemon. Here nothing is added unnoticed: an object
whose members are listed has no others.
"""
import functools
import hashlib
import json
import tempfile
import threading

import jsonschema

LOCK = threading.Lock()


def closed(schema):
    """The schema without room for members that it doesn't name."""
    if isinstance(schema, list):
        return [closed(s) for s in schema]
    if not isinstance(schema, dict):
        return schema
    inside = {name: closed(value) for name, value in schema.items()}
    if "properties" in schema and "type" in schema:
        inside["additionalProperties"] = False
        inside.pop("$id", None)  # it would be another resource of the same name
    return inside


@functools.lru_cache(maxsize=None)
def load():
    """Every type with its schema and example, from a daemon started for this alone."""
    import harness  # it asks for the catalogue itself
    with tempfile.TemporaryDirectory(prefix="jb-") as folder:
        daemon = harness.Daemon(folder).start()
        try:
            return {t["id"]: daemon.get(f"/v1/event-types/{t['id']}") for t in daemon.get("/v1/event-types")["data"]}
        finally:
            daemon.kill()


@functools.lru_cache(maxsize=None)
def validator(name):
    with LOCK:
        types = load()
    assert name in types, f"a message of type {name!r}, which is in no catalogue"
    schema = closed(types[name]["schema"])
    jsonschema.Draft202012Validator.check_schema(schema)
    return jsonschema.Draft202012Validator(schema, format_checker=jsonschema.FormatChecker())


def check(payload):
    """Raises AssertionError with what is wrong and where."""
    errors = [f"{'/'.join(map(str, e.absolute_path))}: {e.message}" for e in validator(payload.get("type")).iter_errors(payload)]
    assert not errors, f"{payload.get('type')}: {'; '.join(errors)[:2000]}\n{json.dumps(payload, ensure_ascii=False)[:3000]}"


class Checked:
    """What came, each once: gathered where it arrives, judged where a test can fail."""

    def __init__(self):
        self.bodies = {}

    def note(self, body):
        self.bodies.setdefault(hashlib.sha256(body).digest(), body)

    def judge(self):
        bodies, self.bodies = self.bodies, {}
        for body in bodies.values():
            assert len(body) < 20_000, f"a payload of {len(body)} bytes"
            payload = json.loads(body)
            if "specversion" in payload:  # a CloudEvent's data is the message's
                payload = {"type": payload["type"], "timestamp": payload["time"], "data": payload["data"]}
            check(payload)
