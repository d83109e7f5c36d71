"""Servers on loopback that tests read from and write to: S3 as moto has it, Google Cloud Storage, a repository of the
Hugging Face Hub, and HTTP with and without ranges.
"""

import base64
import hashlib
import http.client
import json
import re
from contextlib import contextmanager
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import PurePosixPath
from threading import Thread
from urllib.parse import parse_qs, unquote

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
    with _running(ThreadingHTTPServer(("127.0.0.1", 0), type("Handler", (handler,), attributes))) as address:
        yield address


@contextmanager
def _running(server):
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


@contextmanager
def gcs_server(bucket):
    """Gives the address of a server of Google Cloud Storage, with a bucket."""
    from gcp_storage_emulator.handlers.buckets import create_bucket
    from gcp_storage_emulator.server import RequestHandler
    from gcp_storage_emulator.storage import Storage

    class Server(ThreadingHTTPServer):
        def handle_error(self, *_):
            """Say nothing of a client that wants no more of an answer."""

    storage = Storage(use_memory_fs=True)
    create_bucket(bucket, storage)
    with _running(Server(("127.0.0.1", 0), partial(RequestHandler, storage))) as address:
        yield address


class Hub(BaseHTTPRequestHandler):
    """A repository `me/texts` of the Hugging Face Hub: `contents` by path, and `commits`, the paths that each changed.

    https://huggingface.co/docs/hub/api
    """

    protocol_version = "HTTP/1.1"
    contents, commits, asked = {}, [], []
    repository = "me/texts"

    def do_HEAD(self):
        self.do_GET()

    def do_GET(self):
        path = unquote(self.path.partition("?")[0])
        self.asked.append((path, self.headers.get("Range")))
        api, resolve = f"/api/datasets/{self.repository}", f"/datasets/{self.repository}/resolve/main/"
        if path in (api, f"{api}/revision/main"):
            self._send(200, {"id": self.repository, "sha": "0" * 40, "siblings": []})
        elif path.startswith(f"{api}/tree/main"):
            self._send(200, self._tree(path.removeprefix(f"{api}/tree/main").strip("/")))
        elif path.startswith(resolve) and path.removeprefix(resolve) in self.contents:
            self._send_part(self.contents[path.removeprefix(resolve)])
        else:
            code = "RepoNotFound" if self.repository not in path else "EntryNotFound"
            self._send(404, {"error": "not found"}, **{"X-Error-Code": code})

    def do_POST(self):
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        asked = self.path.partition("?")[0].removeprefix(f"/api/datasets/{self.repository}/")
        if asked == "paths-info/main":
            paths = json.loads(body)["paths"] if body.startswith(b"{") else parse_qs(body.decode())["paths"]
            self._send(200, [entry for path in paths for entry in self._entries() if entry["path"] == path])
        elif asked == "preupload/main":
            files = [{**file, "uploadMode": "regular", "shouldIgnore": False} for file in json.loads(body)["files"]]
            self._send(200, {"files": files})
        elif asked == "commit/main":
            self._commit([json.loads(line) for line in body.splitlines()])
            url = f"{self.headers['Host']}/datasets/{self.repository}/commit/{len(self.commits):040}"
            self._send(200, {"success": True, "commitOid": f"{len(self.commits):040}", "commitUrl": f"http://{url}"})
        else:
            self._send(404, {"error": "not found"}, **{"X-Error-Code": "RepoNotFound"})

    def _commit(self, lines):
        for line in lines:
            value = line["value"]
            if line["key"] == "file":
                self.contents[value["path"]] = base64.b64decode(value["content"])
            elif line["key"] == "deletedFile":
                del self.contents[value["path"]]
        self.commits.append([line["value"]["path"] for line in lines if "path" in line["value"]])

    def _entries(self):
        """Yield files and folders."""
        for path, data in sorted(self.contents.items()):
            oid = hashlib.sha1(data, usedforsecurity=False).hexdigest()
            yield {"type": "file", "path": path, "size": len(data), "oid": oid}
        folders = {str(folder) for path in self.contents for folder in PurePosixPath(path).parents} - {"."}
        yield from ({"type": "directory", "path": folder, "oid": "0" * 40} for folder in sorted(folders))

    def _tree(self, folder):
        recursive = "recursive=true" in self.path.lower()
        within = [each for each in self._entries() if not folder or each["path"].startswith(f"{folder}/")]
        return [each for each in within if recursive or "/" not in each["path"].removeprefix(folder).strip("/")]

    def _send_part(self, data):
        asked = re.fullmatch(r"bytes=(\d+)-(\d*)", self.headers.get("Range") or "")
        start, stop = (int(asked[1]), int(asked[2] or len(data) - 1) + 1) if asked else (0, len(data))
        self._send(
            206 if asked else 200, data[start:stop], **{"Content-Range": f"bytes {start}-{stop - 1}/{len(data)}"}
        )

    def _send(self, status, content, **headers):
        data = content if isinstance(content, bytes) else json.dumps(content).encode()
        self.send_response(status)
        for name, value in ({"Content-Length": str(len(data)), "Content-Type": "application/json"} | headers).items():
            self.send_header(name, value)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(data)

    def log_message(self, *_):
        pass
