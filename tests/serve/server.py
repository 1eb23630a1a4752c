"""A bantam server of its own for a test, and small HTTP clients for it."""
import contextlib
import http.client
import json
import os
import pathlib
import re
import signal
import socket
import subprocess
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
MODEL = ROOT / "assets" / "default-model" / "model-q8_0.gguf"


class Server:
    """`program serve` on a free port, with an empty store unless `models` is one."""

    def __init__(self, program, *arguments, models=None):
        self.folder = tempfile.TemporaryDirectory()
        self.models = models or self.folder.name
        environment = dict(os.environ, BANTAM_MODELS=self.models)
        self.process = subprocess.Popen(
            [program, "serve", "--port", "0", "--threads", "2", *arguments],
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment)
        line = self.process.stdout.readline()
        found = re.search(r":(\d+)$", line.strip())
        if not found:
            raise AssertionError(f"no port in {line!r}: {self.process.communicate(timeout=60)}")
        self.port = int(found.group(1))

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self.process.poll() is None:
            self.process.kill()
        self.process.communicate()
        self.folder.cleanup()

    def stop(self, seconds=60):
        """SIGTERM; the exit code."""
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(timeout=seconds)

    def request(self, method, path, body=None, headers=None):
        """(status, headers, body bytes)"""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=120)
        with contextlib.closing(connection):
            data = body if isinstance(body, (bytes, type(None))) else json.dumps(body).encode()
            connection.request(method, path, body=data, headers=headers or {})
            response = connection.getresponse()
            return response.status, dict(response.getheaders()), response.read()

    def post(self, path, body, headers=None):
        """(status, JSON, headers)"""
        status, got, data = self.request("POST", path, body, headers)
        return status, json.loads(data) if data else None, got

    def get(self, path):
        status, headers, data = self.request("GET", path)
        return status, json.loads(data), headers

    def lines(self, path, body):
        """The objects of an NDJSON reply."""
        status, headers, data = self.request("POST", path, body)
        assert status == 200, (status, data)
        assert headers["Content-Type"] == "application/x-ndjson", headers
        return [json.loads(line) for line in data.splitlines()]

    def events(self, path, body):
        """The texts after "data: " of server-sent events."""
        status, headers, data = self.request("POST", path, body)
        assert status == 200, (status, data)
        assert headers["Content-Type"] == "text/event-stream", headers
        frames = data.decode().split("\n\n")
        assert frames.pop() == "", data
        assert all(frame.startswith("data: ") for frame in frames), data
        return [frame[len("data: "):] for frame in frames]

    def metric(self, name):
        _, _, data = self.request("GET", "/metrics")
        rows = [line for line in data.decode().splitlines() if line.startswith(name)]
        return sum(float(row.rsplit(" ", 1)[1]) for row in rows)

    def wait_for(self, condition, seconds=30):
        until = time.monotonic() + seconds
        while not condition():
            assert time.monotonic() < until, "it did not happen"
            time.sleep(0.01)

    def raw(self, data, seconds=20):
        """What the server answers to these bytes, until it closes or has been silent."""
        with socket.create_connection(("127.0.0.1", self.port), timeout=seconds) as connection:
            connection.sendall(data)
            answer = b""
            connection.settimeout(1.0)
            with contextlib.suppress(TimeoutError, ConnectionResetError):
                while piece := connection.recv(65536):
                    answer += piece
            return answer
