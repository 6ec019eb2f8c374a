"""A real mail server on this machine, which keeps what it gets."""

import ssl

import pytest
import trustme
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult


class Mailbox:
    """What a mail server was given; ``refusing`` makes it refuse."""

    def __init__(self):
        self.mails, self.refusing = [], False

    async def handle_DATA(self, server, session, envelope):  # noqa: N802  aiosmtpd's name
        if self.refusing:
            return "451 4.3.0 come back later, hunter2"
        self.mails.append(envelope)
        return "250 OK"


class _AnyPort(Controller):
    """Listens where the system has room."""

    def _trigger_server(self):
        self.port = self.server.sockets[0].getsockname()[1]
        super()._trigger_server()


def _started(box, **options):
    controller = _AnyPort(box, port=0, **options)
    controller.start()
    box.port = controller.port
    return controller


@pytest.fixture
def mail_server():
    box = Mailbox()
    controller = _started(box, hostname="127.0.0.1")
    yield box
    controller.stop()


@pytest.fixture(params=["starttls", "tls"])
def safe_mail_server(request, tmp_path):
    """Take mail only over TLS, from who logs in; ``authority`` is the file of who vouches for it."""
    authority = trustme.CA()
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    authority.issue_cert("localhost").configure_cert(context)
    box = Mailbox()
    box.security, box.authority, box.logins = request.param, tmp_path / "authority.pem", []
    authority.cert_pem.write_to_path(box.authority)

    def log_in(_server, _session, _envelope, _mechanism, data):
        box.logins.append((data.login, data.password))
        return AuthResult(success=data.password == b"hunter2", handled=False)

    how = (
        {"tls_context": context, "require_starttls": True, "auth_required": True}
        if box.security == "starttls"
        else {"ssl_context": context, "auth_require_tls": False}  # else it asks for STARTTLS within TLS
    )
    controller = _started(box, hostname="localhost", authenticator=log_in, **how)
    yield box
    controller.stop()
