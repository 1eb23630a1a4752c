"""A registry of models that misbehaves in ways that are asked for; standard library only."""

import hashlib
import http.server
import json
import random
import socket
import threading
import time
import urllib.parse

MANIFEST = "application/vnd.docker.distribution.manifest.v2+json"
MIB = 1 << 20


def digest_of(content):
    return "sha256:" + hashlib.sha256(content).hexdigest()


class Model:
    """A manifest and its blobs: weights of `size` bytes, a template, parameters, a config."""

    def __init__(self, size=3 * MIB + 12345, seed=1):
        weights = random.Random(seed).randbytes(size)
        texts = {"template": b"{{ .Prompt }}", "params": b'{"temperature":0.5}', "license": b"free"}
        self.blobs = {digest_of(weights): weights}
        layers = [self.layer("model", weights)]
        for kind, content in texts.items():
            layers.append(self.layer(kind, content))
        config = b'{"model_format":"gguf","model_family":"llama"}'
        self.weights = digest_of(weights)
        self.manifest = json.dumps({
            "schemaVersion": 2, "mediaType": MANIFEST, "config": self.layer("config", config),
            "layers": layers}).encode()

    def layer(self, kind, content):
        self.blobs[digest_of(content)] = content
        return {"mediaType": f"application/vnd.ollama.image.{kind}", "digest": digest_of(content),
                "size": len(content)}


class Registry:
    """Serves one model on a port of its own. `behave(handler, content)` may answer a request for the
    weights itself, and say so by True; `behave_manifest` likewise for the manifest."""

    def __init__(self, model, behave=None, behave_manifest=None, check_token=None):
        self.model, self.behave, self.behave_manifest = model, behave, behave_manifest
        self.check_token = check_token
        self.requests = []  # (path, headers)
        self.blob_bytes = 0
        self.lock = threading.Lock()
        self.count = 0
        registry = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def log_message(self, *arguments):
                pass

            def handle(self):
                try:
                    super().handle()
                except (ConnectionError, BrokenPipeError, TimeoutError):
                    pass

            def do_GET(self):
                registry.answer(self)

        class Server(http.server.ThreadingHTTPServer):
            daemon_threads = True
            request_queue_size = 128

            def handle_error(self, *arguments):
                pass

        self.server = Server(("127.0.0.1", 0), Handler)
        self.port = self.server.server_address[1]
        self.host = f"127.0.0.1:{self.port}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def close(self):
        self.server.shutdown()
        self.server.server_close()

    def answer(self, handler):
        path = urllib.parse.urlsplit(handler.path).path
        with self.lock:
            self.requests.append((handler.path, dict(handler.headers)))
        if self.check_token and self.check_token(self, handler):
            return
        if "/manifests/" in path:
            if self.behave_manifest and self.behave_manifest(self, handler):
                return
            send(handler, 200, self.model.manifest, {"Content-Type": MANIFEST})
            return
        content = self.model.blobs.get(path.rsplit("/", 1)[-1])
        if content is None:
            send(handler, 404, b'{"errors":[]}')
            return
        if self.behave and path.endswith(self.model.weights):
            with self.lock:
                self.count += 1
                handler.number = self.count
            if self.behave(self, handler, content):
                return
        send_range(self, handler, content)


def send(handler, status, body, headers=None):
    handler.send_response(status)
    for key, value in (headers or {}).items():
        handler.send_header(key, value)
    handler.send_header("Content-Length", str(len(body)))
    handler.end_headers()
    handler.wfile.write(body)


def range_of(handler, content):
    """[begin, end) of the request, and whether it asked for a range."""
    asked = handler.headers.get("Range", "")
    if not asked.startswith("bytes="):
        return 0, len(content), False
    begin, end = asked[6:].split("-")
    return int(begin), min(int(end) + 1, len(content)), True


def send_range(registry, handler, content, headers=None, body=None, length=None, content_range=None,
               status=None, close=False):
    """An honest answer, but for what is stated otherwise."""
    begin, end, ranged = range_of(handler, content)
    body = content[begin:end] if body is None else body
    handler.send_response(status or (206 if ranged else 200))
    if ranged and content_range != "":
        handler.send_header("Content-Range",
                            content_range or f"bytes {begin}-{end - 1}/{len(content)}")
    for key, value in (headers or {}).items():
        handler.send_header(key, value)
    if length is None:
        length = end - begin
    if length >= 0:
        handler.send_header("Content-Length", str(length))
    if close or length < 0 or length != len(body):
        handler.send_header("Connection", "close")
        handler.close_connection = True
    handler.end_headers()
    with registry.lock:
        registry.blob_bytes += len(body)
    handler.wfile.write(body)


def reset(handler):
    """Ends the connection with RST."""
    handler.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER,
                                  b"\x01\x00\x00\x00\x00\x00\x00\x00")
    handler.close_connection = True
    handler.connection.close()


def stall(handler, seconds):
    handler.wfile.flush()
    time.sleep(seconds)
    handler.close_connection = True
