"""A real mail server on this machine, which keeps what it gets."""

import pytest
from aiosmtpd.controller import Controller


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


@pytest.fixture
def mail_server():
    box = Mailbox()
    controller = _AnyPort(box, hostname="127.0.0.1", port=0)
    controller.start()
    box.port = controller.port
    yield box
    controller.stop()
