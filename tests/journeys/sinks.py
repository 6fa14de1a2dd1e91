"""A mail server and a web server on loopback that take what pages send, or refuse it."""

import socketserver
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

SECRET = "a secret of sixteen letters or more"


class MailSink(socketserver.ThreadingTCPServer):
    """Keeps every letter; turns senders away while `refuses`, and letters to those who are `refused`."""

    allow_reuse_address = True
    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _MailTalk)
        self.letters: list[str] = []
        self.refuses = False
        self.refused: set[str] = set()

    def settings(self) -> dict[str, str]:
        """What an installation writes into its environment to page through this."""
        return {
            "STOA_SMTP_HOST": "127.0.0.1",
            "STOA_SMTP_PORT": str(self.server_address[1]),
            "STOA_SMTP_SECURITY": "none",
            "STOA_SMTP_FROM": "stoa@uni.example",
            "STOA_PAGE_TO": "oncall@uni.example",
        }


class _MailTalk(socketserver.StreamRequestHandler):
    server: MailSink

    def handle(self) -> None:
        self.say("451 not now" if self.server.refuses else "220 ready")
        while line := self.rfile.readline():
            word = line[:4].upper()
            if word == b"QUIT":
                self.say("221 bye")
                return
            if word == b"DATA":
                self.say("354 go on")
                lines: list[bytes] = []
                while (row := self.rfile.readline()) not in {b".\r\n", b""}:
                    lines.append(row)
                self.server.letters.append(b"".join(lines).decode())
            is_refused = word == b"RCPT" and any(one.encode() in line for one in self.server.refused)
            self.say("550 nobody here" if is_refused else "250 ok")

    def say(self, text: str) -> None:
        self.wfile.write(text.encode() + b"\r\n")


class HookSink(ThreadingHTTPServer):
    """Keeps every post with its headers; answers 500 while `refuses`."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _HookTalk)
        self.posts: list[tuple[dict[str, str], bytes]] = []
        self.refuses = False

    def settings(self) -> dict[str, str]:
        """What an installation writes into its environment to page through this."""
        address = f"http://127.0.0.1:{self.server_address[1]}/page"
        return {"STOA_PAGE_WEBHOOK_URL": address, "STOA_PAGE_WEBHOOK_SECRET": SECRET}


class _HookTalk(BaseHTTPRequestHandler):
    server: HookSink

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        if not self.server.refuses:
            self.server.posts.append((dict(self.headers), body))
        self.send_response(500 if self.server.refuses else 200)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_args: object) -> None:
        """Say nothing."""


@contextmanager
def serving(sink: MailSink | HookSink) -> Iterator[None]:
    """Let a sink take what comes, in a thread of its own."""
    thread = threading.Thread(target=sink.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield
    finally:
        sink.shutdown()
        sink.server_close()
        thread.join()
