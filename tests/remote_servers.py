"""Servers on loopback that tests read from and write to: S3 as moto has it, and HTTP with and without ranges."""

import http.client
import re
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

REGION = "us-east-1"
CREDENTIALS = {"AWS_ACCESS_KEY_ID": "testing", "AWS_SECRET_ACCESS_KEY": "testing", "AWS_DEFAULT_REGION": REGION}


@contextmanager
def s3_server():
    """Gives the address of a server of S3."""
    from moto.server import ThreadedMotoServer

    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    try:
        host, port = server.get_host_and_port()
        yield f"http://{host}:{port}"
    finally:
        server.stop()


@contextmanager
def serving(handler, **attributes):
    """Gives the address of a server of HTTP, whose handler has these attributes."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), type("Handler", (handler,), attributes))
    server.daemon_threads = True
    thread = Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()


class Files(BaseHTTPRequestHandler):
    """Serves `contents`, by path, and notes in `asked` what it was asked for.

    `knows_ranges`: whether parts can be asked for; `status`: what it answers instead; `breaks_at`: the byte after which
    it closes the connection, of each answer; `breaks`: how often it still does that; `sends_length`: whether it says
    how much it sends.
    """

    protocol_version = "HTTP/1.1"
    contents, asked = {}, []
    knows_ranges, sends_length, status, breaks_at, breaks = True, True, None, None, 10**9

    def do_HEAD(self):
        self._answer(with_body=False)

    def do_GET(self):
        self._answer(with_body=True)

    def _answer(self, *, with_body):
        name = self.path.partition("?")[0]
        self.asked.append((self.command, self.path, self.headers.get("Range")))
        data = self.contents.get(name)
        status = self.status or (404 if data is None else 200)
        data = data or b""
        asked = re.fullmatch(r"bytes=(\d+)-(\d*)", self.headers.get("Range") or "")
        total = len(data)
        if status == 200 and asked and self.knows_ranges:
            start, stop = int(asked[1]), min(int(asked[2] or total - 1) + 1, total)
            status, data = 206, data[start:stop]
        self.send_response(status)
        if status == 206:
            self.send_header("Content-Range", f"bytes {start}-{stop - 1}/{total}")
        if self.knows_ranges:
            self.send_header("Accept-Ranges", "bytes")
        if self.sends_length:
            self.send_header("Content-Length", str(len(data)))
        else:
            self.send_header("Connection", "close")
            self.close_connection = True
        self.end_headers()
        if not with_body:
            return
        if self.breaks_at is not None and len(data) > self.breaks_at and type(self).breaks:
            type(self).breaks -= 1
            data, self.close_connection = data[: self.breaks_at], True
        self.wfile.write(data)

    def log_message(self, *_):
        pass


class Refusing(BaseHTTPRequestHandler):
    """Hands all requests on to `address`, but for those that match `refused`, which it denies."""

    protocol_version = "HTTP/1.1"
    address, refused = "", r"(?!)"

    def _hand_on(self):
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        if re.search(self.refused, f"{self.command} {self.path}"):
            self._send(403, [], b"")
            return
        connection = http.client.HTTPConnection(self.address.removeprefix("http://"))
        connection.request(self.command, self.path, body, dict(self.headers))
        answer = connection.getresponse()
        self._send(answer.status, answer.getheaders(), answer.read())
        connection.close()

    do_GET = do_HEAD = do_PUT = do_POST = do_DELETE = _hand_on  # noqa: N815 (http.server calls them so)

    def _send(self, status, headers, data):
        self.send_response(status)
        for name, value in headers:
            if name.lower() not in ("connection", "transfer-encoding", "date", "server"):
                self.send_header(name, value)
        if "content-length" not in {name.lower() for name, _ in headers}:
            self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(data)

    def log_message(self, *_):
        pass
