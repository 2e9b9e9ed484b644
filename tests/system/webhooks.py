"""Who judges signatures: the `standardwebhooks` package from npm where it is installed, and always our own Python,
written from the specification; key pairs by openssl (python3-cryptography)."""
import base64
import json
import shutil
import subprocess

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from harness import ROOT, WAIT_S, signature

MODULES = ROOT / "build-node" / "node_modules"  # made by ./dev test where npm is
SCRIPT = ROOT / "tests" / "system" / "node" / "verify.js"
HAS_NODE = shutil.which("node") is not None and (MODULES / "standardwebhooks").is_dir()


def by_python(received, secret):
    stamp = received.headers["webhook-timestamp"]
    return signature(secret, received.id, stamp, received.body) in received.headers["webhook-signature"].split(" ")


def by_node(received, secret):
    """What standardwebhooks makes of it, freshness included."""
    names = ("webhook-id", "webhook-timestamp", "webhook-signature")
    asked = {"secret": secret, "headers": {n: received.headers[n] for n in names}, "body": received.body.decode()}
    said = subprocess.run(["node", str(SCRIPT), str(MODULES)], input=json.dumps(asked) + "\n", text=True,
                          capture_output=True, timeout=WAIT_S, check=True)
    answer = json.loads(said.stdout)
    assert not answer["good"] or answer["payload"] == received.json()
    return answer["good"]


def by_public_key(received, public_key):
    key = Ed25519PublicKey.from_public_bytes(base64.b64decode(public_key.removeprefix("whpk_"), validate=True))
    text = f"{received.id}.{received.headers['webhook-timestamp']}.".encode() + received.body
    for signed in received.headers["webhook-signature"].split(" "):
        version, _, value = signed.partition(",")
        try:
            if version == "v1a":
                key.verify(base64.b64decode(value, validate=True), text)
                return True
        except InvalidSignature:
            pass
    return False


JUDGES = [by_python, by_node] if HAS_NODE else [by_python]
