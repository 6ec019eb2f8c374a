"""Real servers get what was meant for them, and nothing that fails shows a secret."""

import email
import email.policy
import hashlib
import hmac
import json
import sys

import pytest
from told import NOW, lead

from darkships.alerts.messages import Message
from darkships.alerts.outlets import outlet_of
from darkships.alerts.secrets import Secret, find_secret
from darkships.alerts.senders import DeliveryError
from darkships.config.alerting import AppriseTarget, SmtpTarget, WebhookTarget
from darkships.errors import DarkshipsError

HOSTILE = "EVIL\r\nBcc: all@example.org\r\n\r\n<script>"
MESSAGE = Message("k1", "new", "not told before", lead(name=HOSTILE))
OTHER = Message("k2", "changed", "it reappeared", lead())
HOOK = WebhookTarget(name="hook", kind="webhook", url_env="URL", secret_env="KEY")  # noqa: S106  a name


def mail_target(port, **changed):
    known = {"name": "desk", "kind": "smtp", "host": "127.0.0.1", "port": port, "security": "none"}
    return SmtpTarget(**{**known, "sender": "watch@example.org", "to": ("a@example.org", "b@example.org"), **changed})


def test_a_mail(mail_server):
    outlet_of(mail_target(mail_server.port), {}).send("k1", [MESSAGE], NOW)
    (envelope,) = mail_server.mails
    assert envelope.rcpt_tos == ["a@example.org", "b@example.org"]
    mail = email.message_from_bytes(envelope.content, policy=email.policy.default)
    assert "Bcc" not in mail
    assert mail["Subject"] == "darkships: NEW EVIL Bcc? all?example. org ?script?"
    assert mail["Message-ID"] == "<k1@darkships>"
    assert mail.get_content_type() == "text/plain"
    assert "<script>" not in mail.get_content()
    assert "consistent with a visit" in mail.get_content().replace("\n", " ").lower()


def test_several_at_once_and_templates(mail_server):
    target = mail_target(mail_server.port, body="$name: $reason", subject="$lead_id")
    outlet_of(target, {}).send("k", [MESSAGE, OTHER], NOW)
    mail = email.message_from_bytes(mail_server.mails[0].content, policy=email.policy.default)
    assert mail["Subject"] == "darkships: 2 alerts"
    assert mail.get_content().splitlines()[-1] == "ANGARA: it reappeared"


def test_a_mail_that_is_refused(mail_server):
    mail_server.refusing = True
    target = mail_target(mail_server.port)
    with pytest.raises(DeliveryError, match=r"^desk: SMTPDataError: .*come back later"):
        outlet_of(target, {}).send("k1", [MESSAGE], NOW)


def test_no_password_is_sent_in_clear_nor_shown(mail_server):
    target = mail_target(mail_server.port, security="starttls", user="me", password_env="PASSWORD")  # noqa: S106
    with pytest.raises(DeliveryError, match=r"^desk: SMTPNotSupportedError") as error:
        outlet_of(target, {"PASSWORD": "hunter2"}).send("k1", [MESSAGE], NOW)
    assert "hunter2" not in str(error.value)
    assert mail_server.mails == []


def safe_target(server):
    return mail_target(server.port, host="localhost", security=server.security, user="me", password_env="PASSWORD")  # noqa: S106


def test_a_mail_over_tls_from_who_logs_in(safe_mail_server, monkeypatch):
    monkeypatch.setenv("SSL_CERT_FILE", str(safe_mail_server.authority))
    outlet_of(safe_target(safe_mail_server), {"PASSWORD": "hunter2"}).send("k1", [MESSAGE], NOW)
    assert safe_mail_server.logins == [(b"me", b"hunter2")]
    assert len(safe_mail_server.mails) == 1


def test_a_password_that_is_wrong_is_not_shown(safe_mail_server, monkeypatch):
    monkeypatch.setenv("SSL_CERT_FILE", str(safe_mail_server.authority))
    with pytest.raises(DeliveryError, match=r"^desk: SMTPAuthenticationError") as error:
        outlet_of(safe_target(safe_mail_server), {"PASSWORD": "hunter3"}).send("k1", [MESSAGE], NOW)
    assert "hunter3" not in str(error.value)
    assert safe_mail_server.mails == []


def test_nothing_is_told_to_a_server_for_which_nobody_vouches(safe_mail_server):
    with pytest.raises(DeliveryError, match=r"^desk: SSLCertVerificationError"):
        outlet_of(safe_target(safe_mail_server), {"PASSWORD": "hunter2"}).send("k1", [MESSAGE], NOW)
    assert safe_mail_server.logins == safe_mail_server.mails == []


def test_a_server_that_is_away(mail_server, web_server):
    with pytest.raises(DeliveryError, match=r"^desk: ConnectionRefusedError"):
        outlet_of(mail_target(1), {}).send("k1", [MESSAGE], NOW)
    environment = {"URL": "http://127.0.0.1:1/hunter2", "KEY": "s"}
    with pytest.raises(DeliveryError, match=r"^hook: URLError") as error:
        outlet_of(HOOK, environment).send("k1", [MESSAGE], NOW)
    assert "hunter2" not in str(error.value)


def test_a_webhook_is_signed_and_has_its_key(web_server):
    outlet_of(HOOK, {"URL": web_server.url, "KEY": "shared"}).send("k", [MESSAGE, OTHER], NOW)
    ((path, headers, body),) = web_server.requests
    assert path == "/hook?token=hunter2"
    assert headers["Idempotency-Key"] == "k"
    signed = headers["X-Darkships-Timestamp"].encode() + b"." + body
    expected = hmac.new(b"shared", signed, hashlib.sha256).hexdigest()
    assert headers["X-Darkships-Signature"] == f"sha256={expected}"
    assert headers["X-Darkships-Timestamp"] == str(int(NOW.timestamp()))
    content = json.loads(body)
    assert content["key"] == "k"
    assert [(one["key"], one["change"], one["mmsi"]) for one in content["messages"]] == [
        ("k1", "new", 273000001), ("k2", "changed", 273000001),
    ]  # fmt: skip


@pytest.mark.parametrize("answer", [302, 404, 500])
def test_a_webhook_that_does_not_say_yes(web_server, answer):
    web_server.answer = answer
    with pytest.raises(DeliveryError, match=f"^hook: the server answered {answer}") as error:
        outlet_of(HOOK, {"URL": web_server.url, "KEY": "shared"}).send("k", [MESSAGE], NOW)
    assert "hunter2" not in str(error.value)
    assert len(web_server.requests) == 1


@pytest.mark.parametrize("url", ["file:///etc/passwd", "hunter2", "http://[hunter2", "http://hunter2 x/"])
def test_an_address_that_is_none(url):
    with pytest.raises(DeliveryError, match=r"^hook: ") as error:
        outlet_of(HOOK, {"URL": url, "KEY": "shared"}).send("k", [MESSAGE], NOW)
    assert "hunter2" not in str(error.value)
    assert "passwd" not in str(error.value)


@pytest.mark.filterwarnings("ignore:'imghdr':DeprecationWarning")  # apprise imports it
def test_apprise_reaches_a_server(web_server, caplog, capfd):
    target = AppriseTarget(name="chat", kind="apprise", url_env="URL")
    url = web_server.url.replace("http://", "json://")
    outlet_of(target, {"URL": url}).send("k1", [MESSAGE], NOW)
    ((_, _, body),) = web_server.requests
    assert json.loads(body)["title"].startswith("darkships: NEW EVIL")
    assert json.loads(body)["message"].endswith("\n\nref k1")
    assert "<script>" not in body.decode()
    web_server.answer = 500
    with pytest.raises(DeliveryError, match=r"^chat: the service did not take"):
        outlet_of(target, {"URL": url}).send("k1", [MESSAGE], NOW)
    with pytest.raises(DeliveryError, match=r"^chat: apprise does not know"):
        outlet_of(target, {"URL": "hunter2://x"}).send("k1", [MESSAGE], NOW)
    shown = capfd.readouterr()
    assert "hunter2" not in shown.out + shown.err


def test_without_apprise_the_extra_is_named(monkeypatch):
    monkeypatch.setitem(sys.modules, "apprise", None)
    target = AppriseTarget(name="chat", kind="apprise", url_env="URL")
    with pytest.raises(DeliveryError, match=r'pip install "darkships\[alerts\]"'):
        outlet_of(target, {"URL": "json://x"}).send("k1", [MESSAGE], NOW)


def test_secrets_come_from_the_environment_or_a_private_file(tmp_path):
    file = tmp_path / "secret"
    file.write_text("hunter2\nand more\n", encoding="utf-8")
    file.chmod(0o600)
    found = find_secret("key", variable="", file=file, environment={})
    assert found.reveal() == "hunter2"
    assert find_secret("key", variable="KEY", file=None, environment={"KEY": "x"}).reveal() == "x"
    assert "hunter2" not in f"{found} {found!r} {[found]}"
    assert found.hide_in("https://hunter2/") == "https://***/"
    assert Secret("x").hide_in("y") == "y"
    file.chmod(0o640)
    with pytest.raises(DarkshipsError, match=r"can be read by others \(mode 640\); chmod 600"):
        find_secret("key", variable="", file=file, environment={})
    file.chmod(0o600)
    file.write_text("", encoding="utf-8")
    with pytest.raises(DarkshipsError, match="is empty"):
        find_secret("key", variable="", file=file, environment={})
    with pytest.raises(DarkshipsError, match="the environment has no KEY"):
        find_secret("key", variable="KEY", file=None, environment={})
    with pytest.raises(DarkshipsError, match="cannot be read"):
        find_secret("key", variable="", file=tmp_path / "none", environment={})
