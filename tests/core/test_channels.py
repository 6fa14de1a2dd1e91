"""Pages reach a person through a real mail server and a real web server on loopback, and carry no content."""

import json
import socketserver
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from email import message_from_bytes
from email.message import Message
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from core import outbox, queries
from core.channels import ChannelFailed, configured_channels, send_page, webhook_signature
from core.clock import utcnow
from core.db import db, transaction
from core.settings import Settings
from moderation.alarms import channel_alarms, work_alarms
from moderation.bands import Band
from moderation.pages import page_staff
from tests.conftest import MakeApp, settings_for

NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
SENTENCE = "a text waits for a moderator, red, due 13:00 (Europe/Athens)"
SECRET = "sixteen letters!"


class MailServer(socketserver.ThreadingTCPServer):
    """A mail server that keeps what it is given, or refuses every letter."""

    allow_reuse_address = True
    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), MailConversation)
        self.letters: list[Message] = []
        self.recipients: list[str] = []
        self.refuses = False


class MailConversation(socketserver.StreamRequestHandler):
    """The few words of SMTP (RFC 5321) that a client needs to leave a letter."""

    server: MailServer

    def handle(self) -> None:
        self.say("220 sink")
        while line := self.rfile.readline():
            word = line.split(None, 1)[0].upper() if line.strip() else b""
            if word == b"QUIT":
                self.say("221 bye")
                return
            if word == b"DATA":
                self.take_letter()
            elif word == b"RCPT" and self.server.refuses:
                self.say("451 try later")
            else:
                if word == b"RCPT":
                    self.server.recipients.append(line.decode().split("<")[1].split(">")[0])
                self.say("250 ok")

    def take_letter(self) -> None:
        self.say("354 go on")
        lines = []
        while (line := self.rfile.readline()) not in {b".\r\n", b""}:
            lines.append(line)
        self.server.letters.append(message_from_bytes(b"".join(lines)))
        self.say("250 kept")

    def say(self, text: str) -> None:
        self.wfile.write(text.encode() + b"\r\n")


class Hook(ThreadingHTTPServer):
    """A web server that keeps what is posted to it and answers with `status`."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), HookRequest)
        self.posts: list[tuple[dict[str, str], bytes]] = []
        self.gets = 0
        self.status = 200


class HookRequest(BaseHTTPRequestHandler):
    server: Hook

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.posts.append((dict(self.headers.items()), body))
        self.answer(self.server.status)

    def do_GET(self) -> None:
        self.server.gets += 1
        self.answer(200)

    def answer(self, status: int) -> None:
        if status == 0:  # something that is no HTTP at all
            self.wfile.write(b"garbage\r\n\r\n")
            self.close_connection = True
            return
        self.send_response(status)
        if status in {301, 302, 307}:
            self.send_header("Location", "/elsewhere")
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_facts: object) -> None:
        """Say nothing."""


@pytest.fixture
def mail_server() -> Iterator[MailServer]:
    with MailServer() as server:
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
        yield server
        server.shutdown()


@pytest.fixture
def hook() -> Iterator[Hook]:
    with Hook() as server:
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
        yield server
        server.shutdown()


def mail_words(server: MailServer) -> dict[str, str]:
    return {
        "STOA_SMTP_HOST": "127.0.0.1",
        "STOA_SMTP_PORT": str(server.server_address[1]),
        "STOA_SMTP_SECURITY": "none",
        "STOA_SMTP_FROM": "stoa@example.edu",
        "STOA_PAGE_TO": "on-call@example.edu, second@example.edu",
    }


def hook_words(server: Hook) -> dict[str, str]:
    return {
        "STOA_PAGE_WEBHOOK_URL": f"http://127.0.0.1:{server.server_address[1]}/pages",
        "STOA_PAGE_WEBHOOK_SECRET": SECRET,
    }


@pytest.fixture
def mail_settings(tmp_path: Path, mail_server: MailServer) -> Settings:
    return settings_for(tmp_path, **mail_words(mail_server))


@pytest.fixture
def hook_settings(tmp_path: Path, hook: Hook) -> Settings:
    return settings_for(tmp_path, **hook_words(hook))


def test_with_nothing_set_there_is_no_channel(tmp_path: Path) -> None:
    assert configured_channels(settings_for(tmp_path)) == []


def test_what_is_set_is_a_channel(tmp_path: Path, mail_server: MailServer, hook: Hook) -> None:
    settings = settings_for(tmp_path, **mail_words(mail_server), **hook_words(hook))
    assert configured_channels(settings) == ["email", "webhook"]


def test_a_letter_reaches_everybody_on_call(mail_settings: Settings, mail_server: MailServer) -> None:
    send_page(mail_settings, "email", SENTENCE, now=NOON)
    assert sorted(mail_server.recipients) == ["on-call@example.edu", "second@example.edu"]
    (letter,) = mail_server.letters
    assert str(letter.get_payload()).strip() == SENTENCE
    assert letter["Subject"] == f"Stoa: {SENTENCE}"


def test_a_letter_that_is_refused_is_a_failure(mail_settings: Settings, mail_server: MailServer) -> None:
    mail_server.refuses = True
    with pytest.raises(ChannelFailed, match="email"):
        send_page(mail_settings, "email", SENTENCE, now=NOON)


def test_a_letter_without_encryption_that_was_asked_for_is_not_sent(
    tmp_path: Path, mail_server: MailServer
) -> None:
    settings = settings_for(tmp_path, **mail_words(mail_server) | {"STOA_SMTP_SECURITY": "starttls"})
    with pytest.raises(ChannelFailed):
        send_page(settings, "email", SENTENCE, now=NOON)
    assert mail_server.letters == []


def test_a_mail_server_that_is_away_is_a_failure_without_its_address(
    mail_settings: Settings, mail_server: MailServer
) -> None:
    mail_server.server_close()
    with pytest.raises(ChannelFailed) as failed:
        send_page(mail_settings, "email", SENTENCE, now=NOON)
    assert "127.0.0.1" not in str(failed.value)


def test_a_hook_gets_the_sentence_signed(hook_settings: Settings, hook: Hook) -> None:
    send_page(hook_settings, "webhook", SENTENCE, now=NOON)
    ((headers, body),) = hook.posts
    assert json.loads(body)["text"] == SENTENCE
    expected = webhook_signature(SECRET, headers["X-Stoa-Time"], body)
    assert headers["X-Stoa-Signature"] == expected


def test_another_secret_makes_another_signature(hook_settings: Settings, hook: Hook) -> None:
    send_page(hook_settings, "webhook", SENTENCE, now=NOON)
    ((headers, body),) = hook.posts
    forged = webhook_signature("another secret!!", headers["X-Stoa-Time"], body)
    assert headers["X-Stoa-Signature"] != forged


def test_the_signature_covers_time_and_body() -> None:
    signatures = {
        webhook_signature(SECRET, stamp, body)
        for stamp in ("1772452800", "1772452801")
        for body in (b"a", b"b")
    }
    assert len(signatures) == 4


@pytest.mark.parametrize("status", [0, 302, 400, 403, 500, 503])
def test_a_hook_that_does_not_take_the_page_is_a_failure(
    hook_settings: Settings, hook: Hook, status: int
) -> None:
    hook.status = status
    with pytest.raises(ChannelFailed, match="webhook") as failed:
        send_page(hook_settings, "webhook", SENTENCE, now=NOON)
    assert SECRET not in str(failed.value)


def test_a_page_follows_no_redirect(hook_settings: Settings, hook: Hook) -> None:
    hook.status = 302
    with pytest.raises(ChannelFailed):
        send_page(hook_settings, "webhook", SENTENCE, now=NOON)
    assert hook.gets == 0


def test_an_unknown_channel_is_a_failure(tmp_path: Path) -> None:
    with pytest.raises(ChannelFailed):
        send_page(settings_for(tmp_path), "pigeon", SENTENCE, now=NOON)


def test_a_page_that_fails_is_shown_tried_again_and_gets_through(make_app: MakeApp, hook: Hook) -> None:
    now = utcnow()
    hook.status = 503
    with make_app(**hook_words(hook)).test_request_context():
        with transaction():
            page_staff("item", "a-marked-target", band=Band.RED, due_at=now, now=now)
        outbox.drain(now=now)
        assert any("webhook" in alarm for alarm in channel_alarms(now=now))
        hook.status = 200
        outbox.drain(now=now + timedelta(minutes=1))
        assert channel_alarms(now=now) == []
        assert queries.count_outbox_rows() == 0
        db.session.remove()
    assert len(hook.posts) == 2


def test_a_page_says_only_that_something_waits_how_urgent_and_until_when(
    make_app: MakeApp, hook: Hook, mail_server: MailServer
) -> None:
    app = make_app(**hook_words(hook), **mail_words(mail_server))
    with app.app_context():
        with transaction():
            page_staff("escalation", "a-marked-target", band=Band.CRISIS, due_at=NOON, now=NOON)
        outbox.drain(now=NOON)
        db.session.remove()
    ((headers, body),) = hook.posts
    sent = body.decode() + repr(headers) + "".join(letter.as_string() for letter in mail_server.letters)
    assert "a-marked-target" not in sent
    assert json.loads(body)["text"].startswith("an escalation waits for a professional, crisis, due ")


def test_one_channel_that_fails_does_not_hold_up_the_other(
    make_app: MakeApp, hook: Hook, mail_server: MailServer
) -> None:
    hook.status = 500
    with make_app(**hook_words(hook), **mail_words(mail_server)).app_context():
        with transaction():
            page_staff("item", "x", band=Band.RED, due_at=NOON, now=NOON)
        outbox.drain(now=NOON)
        db.session.remove()
    assert sorted(mail_server.recipients) == ["on-call@example.edu", "second@example.edu"]


def test_another_follow_up_that_fails_again_and_again_is_shown(make_app: MakeApp) -> None:
    def fail(_payloads: object, _now: object) -> None:
        raise ZeroDivisionError

    with make_app().test_request_context():
        outbox.register_handler("notice", outbox.Handler(fail))
        with transaction():
            outbox.enqueue("notice", {}, now=NOON)
        shown = []
        for tries in range(3):
            outbox.drain(now=NOON + timedelta(minutes=tries))
            shown.append(len(work_alarms()))
    assert shown == [0, 0, 1]
