#!/usr/bin/env python3
"""bantam pull against registries that misbehave, kills, full disks and many processes at once.

  BANTAM_PROGRAM=build/dev/bin/bantam tests/registry/hostile_registry_test.py [-v]

After every case: no blob has other bytes than its name says, whatever the outcome was. BANTAM_KILLS
is the number of kills a command, 25 unless set.
"""
import gzip
import hashlib
import json
import os
import pathlib
import random
import resource
import shutil
import signal
import subprocess
import tempfile
import time
import unittest

import hostile_registry as hr
from hostile_registry import MIB, Model, Registry, send, send_range

PROGRAM = os.environ.get("BANTAM_PROGRAM", "bantam")
KILLS = int(os.environ.get("BANTAM_KILLS", "25"))
ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
QUICK = ["--timeout", "2", "--retries", "2", "--part", "1"]
OK, EITHER = "ok", "either"


def flip(content, place):
    return content[:place] + bytes([content[place] ^ 1]) + content[place + 1:]


def first(times):
    """A behaviour for the first requests only."""

    def wrap(behave):
        return lambda registry, handler, content: (
            behave(registry, handler, content) if handler.number <= times else False)

    return wrap


def done(action):
    action()
    return True


def sent(**what):
    return lambda r, h, c: done(lambda: send_range(r, h, c, **what))


def status(code, body=b"sorry", headers=None):
    return lambda r, h, c: done(lambda: send(h, code, body, headers))


def body_of(change):
    def behave(registry, handler, content):
        begin, end, _ = hr.range_of(handler, content)
        body = change(content[begin:end])
        return done(lambda: send_range(registry, handler, content, body=body, length=end - begin))

    return behave


def ignore_range(registry, handler, content):
    return done(lambda: send(handler, 200, content))


def ignore_range_chunked(registry, handler, content):
    handler.send_response(200)
    handler.send_header("Transfer-Encoding", "chunked")
    handler.end_headers()
    for begin in range(0, len(content), 300000):
        piece = content[begin:begin + 300000]
        handler.wfile.write(f"{len(piece):x}\r\n".encode() + piece + b"\r\n")
    handler.wfile.write(b"0\r\n\r\n")
    return True


def stalls(registry, handler, content):
    begin, end, _ = hr.range_of(handler, content)
    handler.send_response(206)
    handler.send_header("Content-Range", f"bytes {begin}-{end - 1}/{len(content)}")
    handler.send_header("Content-Length", str(end - begin))
    handler.end_headers()
    handler.wfile.write(content[begin:begin + 1000])
    hr.stall(handler, 6)
    return True


def silent(registry, handler, content):
    hr.stall(handler, 6)
    return True


def resets(registry, handler, content):
    return done(lambda: hr.reset(handler))


def zipped(registry, handler, content):
    begin, end, _ = hr.range_of(handler, content)
    body = gzip.compress(content[begin:end])
    return done(lambda: send_range(registry, handler, content, body=body, length=len(body),
                                   headers={"Content-Encoding": "gzip"}))


def shifted(registry, handler, content):
    begin, end, _ = hr.range_of(handler, content)
    return done(lambda: send_range(registry, handler, content,
                                   content_range=f"bytes {begin + 1}-{end}/{len(content)}"))


def new_etag(registry, handler, content):
    return done(lambda: send_range(registry, handler, content,
                                   headers={"ETag": f'"{handler.number}"'}))


def redirect_to(url, code=302):
    return lambda r, h, c: done(lambda: send(h, code, b"", {"Location": url(h)}))


def redirect_loop(registry, handler, content):
    return done(lambda: send(handler, 302, b"", {"Location": handler.path}))


def overflows(registry, handler, content):
    begin, end, _ = hr.range_of(handler, content)
    return done(lambda: send_range(registry, handler, content,
                                   body=content[begin:end] + b"x" * 5000, length=-1))


def garbage(registry, handler, content):
    handler.wfile.write(b"\x00\xff not http at all\r\n\r\n")
    handler.close_connection = True
    return True


def endless_headers(registry, handler, content):
    handler.wfile.write(b"HTTP/1.1 206 OK\r\n" + b"X-A: " + b"a" * 90000 + b"\r\n" * 1)
    for _ in range(40):
        handler.wfile.write(b"X-B: " + b"b" * 90000 + b"\r\n")
    handler.close_connection = True
    return True


def bad_lengths(text):
    def behave(registry, handler, content):
        begin, end, _ = hr.range_of(handler, content)
        handler.wfile.write(
            f"HTTP/1.1 206 Partial Content\r\nContent-Range: bytes {begin}-{end - 1}/{len(content)}"
            f"\r\nContent-Length: {text}\r\nConnection: close\r\n\r\n".encode() + content[begin:end])
        handler.close_connection = True
        return True

    return behave


HTML = b"<html><body>Please log in</body></html>"

# name: (behaviour of requests for the weights, outcome)
BLOB_BEHAVIOURS = {
    "honest": (None, OK),
    "ignores_range": (ignore_range, OK),
    "ignores_range_without_length": (ignore_range_chunked, OK),
    "ignores_range_after_the_first": (
        lambda r, h, c: False if h.number == 1 else ignore_range(r, h, c), OK),
    "range_with_status_200": (sent(status=200), EITHER),
    "range_without_content_range": (sent(content_range=""), "range"),
    "shifted_content_range": (shifted, "range"),
    "wrong_total": (sent(content_range="bytes 0-1048575/99"), "range"),
    "garbage_content_range": (sent(content_range="bytes all"), "range"),
    "length_too_long": (sent(length=1 << 30), "length"),
    "length_too_short": (sent(length=10), "length"),
    "length_zero": (sent(length=0, body=b""), "length"),
    "length_negative": (bad_lengths("-5"), EITHER),
    "length_no_number": (bad_lengths("many"), EITHER),
    "length_twice": (bad_lengths("5\r\nContent-Length: 1048576"), EITHER),
    "more_than_asked": (overflows, "more"),
    "truncates_once": (first(1)(body_of(lambda b: b[:len(b) // 2])), OK),
    "truncates_always_but_goes_on": (body_of(lambda b: b[:200000]), OK),
    "truncates_to_nothing": (body_of(lambda b: b""), "times"),
    "flips_a_byte_once": (first(1)(body_of(lambda b: flip(b, 77))), OK),
    "flips_a_byte_always": (body_of(lambda b: flip(b, 77)), "another digest"),
    "all_zeros": (body_of(lambda b: bytes(len(b))), "another digest"),
    "swaps_halves": (body_of(lambda b: b[len(b) // 2:] + b[:len(b) // 2]), "another digest"),
    "changed_etag": (new_etag, OK),
    "stalls_once": (first(1)(stalls), OK),
    "stalls_always": (stalls, "stalled"),
    "silent_once": (first(1)(silent), OK),
    "resets_once": (first(2)(resets), OK),
    "resets_always": (resets, "times"),
    "gzip": (zipped, "encoding"),
    "status_500_once": (first(2)(status(500)), OK),
    "status_500": (status(500), "500"),
    "status_503_retry_after": (first(1)(status(503, b"", {"Retry-After": "1"})), OK),
    "status_429": (first(2)(status(429)), OK),
    "status_403": (status(403), "403"),
    "status_404": (status(404), "404"),
    "status_410": (status(410), "410"),
    "status_416": (status(416), "416"),
    "status_204": (status(204, b""), "204"),
    "status_401_without_challenge": (status(401), "401"),
    "html_with_status_200": (status(200, HTML), EITHER),
    "html_with_status_206": (status(206, HTML), "range"),
    "redirect_loop": (redirect_loop, "redirect"),
    "redirect_to_file": (redirect_to(lambda h: "file:///etc/passwd"), "times"),
    "redirect_to_ftp": (redirect_to(lambda h: "ftp://127.0.0.1/x"), "times"),
    "redirect_to_metadata": (
        redirect_to(lambda h: "http://169.254.169.254/latest/meta-data/"), "169.254.169.254"),
    "redirect_to_metadata_v6": (redirect_to(lambda h: "http://[fe80::1]/x"), EITHER),
    "redirect_nowhere": (redirect_to(lambda h: "http://127.0.0.1:1/x"), "times"),
    "no_http": (garbage, "times"),
    "endless_headers": (endless_headers, "times"),
}


def manifest_as(body, code=200):
    return lambda r, h: done(lambda: send(h, code, body))


def one_layer(digest, size=1, extra=b""):
    return json.dumps({"schemaVersion": 2, "config": {"digest": digest, "size": size},
                       "layers": []}).encode() + extra


MANIFEST_BEHAVIOURS = {
    "html": (manifest_as(HTML), "web page"),
    "empty": (manifest_as(b""), "JSON"),
    "not_found": (manifest_as(b"{}", 404), "no such model"),
    "forbidden": (manifest_as(b"{}", 403), "accounts"),
    "server_error": (manifest_as(b"{}", 500), "500"),
    "teapot": (manifest_as(b"{}", 418), "418"),
    "cut": (lambda r, h: done(lambda: send(h, 200, r.model.manifest[:100])), "JSON"),
    "deep": (manifest_as(b"[" * 100000), "JSON"),
    "huge": (manifest_as(b" " * (9 * MIB)), "longer"),
    "path_as_digest": (manifest_as(one_layer("sha256:../../../../etc/passwd")), "digest"),
    "upper_case_digest": (manifest_as(one_layer("sha256:" + "A" * 64)), "digest"),
    "other_hash": (manifest_as(one_layer("sha512:" + "a" * 64)), "digest"),
    "negative_size": (manifest_as(one_layer("sha256:" + "a" * 64, -1)), "size"),
    "size_of_exabytes": (manifest_as(one_layer("sha256:" + "a" * 64, 1 << 62)), "size"),
    "size_of_terabytes": (manifest_as(one_layer("sha256:" + "a" * 64, 3 << 40)), "are needed"),
    "list_of_manifests": (manifest_as(b'{"schemaVersion":2,"manifests":[]}'), "list of manifests"),
    "blob_that_is_not_there": (manifest_as(one_layer("sha256:" + "a" * 64)), "404"),
}


class StoreCase(unittest.TestCase):
    def setUp(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="bantam-registry-"))
        self.models = self.folder / "models"
        self.environment = {**os.environ, "BANTAM_MODELS": str(self.models), "no_proxy": "*"}
        self.registries = []

    def tearDown(self):
        for registry in self.registries:
            registry.close()
        shutil.rmtree(self.folder, ignore_errors=True)

    def registry(self, *arguments, **named):
        self.registries.append(Registry(*arguments, **named))
        return self.registries[-1]

    def start(self, *arguments, **named):
        return subprocess.Popen([PROGRAM, *arguments], env=self.environment, text=True,
                                stdout=subprocess.PIPE, stderr=subprocess.PIPE, **named)

    def run_program(self, *arguments, **named):
        process = self.start(*arguments, **named)
        try:
            out, err = process.communicate(timeout=120)
        except subprocess.TimeoutExpired:
            process.kill()
            process.communicate()
            self.fail(f"{arguments} hangs")
        return process.returncode, out, err

    def pull(self, registry, *flags, **named):
        return self.run_program("pull", f"{registry.host}/me/model", "--insecure", *QUICK, *flags,
                                **named)

    def check_blobs(self):
        """No blob has other bytes than its name says. Gives their names."""
        names = []
        for path in (self.models / "blobs").glob("*"):
            self.assertRegex(path.name, r"^sha256-[0-9a-f]{64}$")
            self.assertEqual("sha256-" + hashlib.sha256(path.read_bytes()).hexdigest(), path.name)
            names.append(path.name)
        return names

    def check_whole(self, registry):
        self.assertEqual(set(self.check_blobs()),
                         {digest.replace(":", "-") for digest in registry.model.blobs})
        manifest = self.models / "manifests" / registry.host / "me/model/latest"
        self.assertEqual(manifest.read_bytes(), registry.model.manifest)

    def verify(self):
        code, out, err = self.run_program("verify", "--json")
        self.assertEqual(code, 0, out + err)
        return json.loads(out)


class HostileRegistry(StoreCase):
    def check(self, outcome, registry):
        code, out, err = self.pull(registry)
        self.check_blobs()
        self.verify()
        if code == 0:
            self.assertIn(outcome, (OK, EITHER), "it went well")
            self.check_whole(registry)
            return
        self.assertIn(code, (3, 4, 5, 8), err)
        self.assertTrue(err.startswith("bantam: "), err)
        self.assertEqual(err.count("\n"), 1, err)
        self.assertFalse((self.models / "manifests" / registry.host).exists())
        self.assertNotEqual(outcome, OK, err)
        if outcome != EITHER:
            self.assertIn(outcome, err)
        # The same command finishes once the registry behaves.
        registry.behave = registry.behave_manifest = None
        code, out, err = self.pull(registry)
        self.assertEqual(code, 0, err)
        self.check_whole(registry)

    def test_bytes_go_to_nobody_else(self):
        """A token stays with the registry, wherever it redirects."""
        other = self.registry(Model())
        tokens = []

        def check_token(registry, handler):
            path = handler.path
            if path.startswith("/token"):
                send(handler, 200, b'{"token":"secret-token"}')
                return True
            if handler.headers.get("Authorization") != "Bearer secret-token":
                realm = f'Bearer realm="http://{registry.host}/token",service="s",scope="a:b"'
                send(handler, 401, b"{}", {"WWW-Authenticate": realm})
                return True
            tokens.append(path)
            return False

        registry = self.registry(
            Model(), check_token=check_token,
            behave=redirect_to(lambda h: f"http://{other.host}{h.path}"))
        code, out, err = self.pull(registry)
        self.assertEqual(code, 0, err)
        self.check_whole(registry)
        self.assertTrue(tokens)
        self.assertTrue(other.requests)
        for path, headers in other.requests:
            self.assertNotIn("Authorization", headers)
            self.assertNotIn("secret", str(headers))
        self.assertTrue(any("/token?service=s&scope=a%3Ab" in path
                            for path, headers in registry.requests))

    def test_no_token_is_asked_of_strangers(self):
        other = self.registry(Model())

        def challenge(realm):
            return lambda registry, handler: done(
                lambda: send(handler, 401, b"{}", {"WWW-Authenticate": f'Bearer realm="{realm}"'}))

        for realm in (f"http://{other.host}/token", "https://127.0.0.1/token", "file:///etc/passwd",
                      f"http://user@{other.host}/token", "", "::", "http://127.0.0.1:70000/"):
            with self.subTest(realm=realm):
                registry = self.registry(Model(), check_token=challenge(realm))
                code, out, err = self.pull(registry)
                self.assertEqual(code, 5, err)
                self.assertEqual(other.requests, [])

    def test_tokens_that_never_please(self):
        def check_token(registry, handler):
            if handler.path.startswith("/token"):
                send(handler, 200, json.dumps({"token": f"t{len(registry.requests)}"}).encode())
            else:
                realm = f'Bearer realm="http://{registry.host}/token"'
                send(handler, 401, b"{}", {"WWW-Authenticate": realm})
            return True

        registry = self.registry(Model(), check_token=check_token)
        code, out, err = self.pull(registry)
        self.assertEqual(code, 5, err)
        self.assertLess(len(registry.requests), 20)

    def test_http_needs_insecure(self):
        registry = self.registry(Model())
        for name in (f"http://{registry.host}/me/model", f"{registry.host}/me/model"):
            code, out, err = self.run_program("pull", name, "--timeout", "2", "--retries", "0")
            self.assertNotEqual(code, 0)
            self.assertEqual(registry.requests, [])

    def test_statuses_come_in_ollamas_order(self):
        registry = self.registry(Model())
        code, out, err = self.pull(registry, "--json")
        self.assertEqual(code, 0, err)
        lines = [json.loads(line)["status"] for line in out.splitlines()]
        order = list(dict.fromkeys("pulling" if s.startswith("pulling ") and s != "pulling manifest"
                                   else s for s in lines))
        self.assertEqual(order, ["pulling manifest", "pulling", "verifying sha256 digest",
                                 "writing manifest", "success"])

    def test_a_second_pull_fetches_nothing(self):
        registry = self.registry(Model())
        self.assertEqual(self.pull(registry)[0], 0)
        before = registry.blob_bytes
        self.assertEqual(self.pull(registry)[0], 0)
        self.assertEqual(registry.blob_bytes, before)

    def test_a_new_version_replaces_the_old_one(self):
        registry = self.registry(Model())
        self.assertEqual(self.pull(registry)[0], 0)
        registry.model = Model(seed=2)
        code, out, err = self.pull(registry, "--json")
        self.assertEqual(code, 0, err)
        self.assertIn("removing unused layers", out)
        self.check_whole(registry)


def add_case(prefix, name, behaviour, outcome):
    def test(self):
        registry = self.registry(Model(), **{prefix: behaviour})
        self.check(outcome, registry)

    kind = "manifest" if prefix == "behave_manifest" else "blob"
    setattr(HostileRegistry, f"test_{kind}_{name}", test)


for case, (behaviour, outcome) in BLOB_BEHAVIOURS.items():
    add_case("behave", case, behaviour, outcome)
for case, (behaviour, outcome) in MANIFEST_BEHAVIOURS.items():
    add_case("behave_manifest", case, behaviour, outcome)


class Kills(StoreCase):
    """kill -9 at random moments: the store verifies clean, and the command finishes when repeated."""

    def storm(self, arguments, good_codes=(0,), prepare=None):
        seed = 20260101
        random_numbers = random.Random(seed)
        begin = time.monotonic()
        if prepare:
            prepare()
        self.assertEqual(self.run_program(*arguments)[0], 0)
        duration = time.monotonic() - begin
        killed = 0
        for kill in range(KILLS):
            if prepare:
                prepare()
            process = self.start(*arguments)
            time.sleep(random_numbers.uniform(0, duration * 1.1))
            process.kill()
            process.communicate()
            killed += process.returncode == -signal.SIGKILL
            self.check_blobs()
            self.verify()
            code, out, err = self.run_program(*arguments)
            self.assertIn(code, good_codes, f"kill {kill}, seed {seed}: {err}")
            self.verify()
            self.assertEqual(list((self.models / ".bantam/staging").iterdir()), [])
        self.assertGreater(killed, 0)

    def clear(self):
        shutil.rmtree(self.models, ignore_errors=True)

    def test_pull(self):
        registry = self.registry(Model(size=24 * MIB))

        def slowly(registry, handler, content):
            time.sleep(0.02)
            return False

        registry.behave = slowly
        self.storm(["pull", f"{registry.host}/me/model", "--insecure", "--part", "1"],
                   prepare=self.clear)
        self.check_whole(registry)

    def test_import(self):
        model = str(ROOT / "assets/default-model/model-q8_0.gguf")
        self.storm(["import", model, "tiny"], prepare=self.clear)

    def test_import_of_a_folder(self):
        self.storm(["import", str(ROOT / "tests/fixtures/families/llama3"), "tiny"],
                   prepare=self.clear)

    def test_create(self):
        model = ROOT / "assets/default-model/model-q8_0.gguf"
        modelfile = self.folder / "Modelfile"
        modelfile.write_text(f"FROM {model}\nSYSTEM brief\nPARAMETER stop x\nLICENSE free\n")
        self.storm(["create", "made", "-f", str(modelfile)], prepare=self.clear)

    def test_rm(self):
        model = str(ROOT / "assets/default-model/model-q8_0.gguf")

        def prepare():
            code, out, err = self.run_program("import", model, "tiny")
            self.assertEqual(code, 0, err)

        # 3: the killed one had removed it already.
        self.storm(["rm", "tiny"], good_codes=(0, 3), prepare=prepare)

    def test_resumes_without_fetching_parts_again(self):
        registry = self.registry(Model(size=40 * MIB))

        def one_at_a_time(registry, handler, content):
            time.sleep(0.05)
            return False

        registry.behave = one_at_a_time
        process = self.start("pull", f"{registry.host}/me/model", "--insecure", "--part", "1",
                             "--connections", "2")
        while registry.blob_bytes < 20 * MIB:
            time.sleep(0.01)
        process.kill()
        process.communicate()
        code, out, err = self.pull(registry)
        self.assertEqual(code, 0, err)
        self.check_whole(registry)
        # What the killed one was in the midst of: two parts, and two that were asked for.
        self.assertLess(registry.blob_bytes, 45 * MIB)


class ManyProcesses(StoreCase):
    def test_eight_pulls_download_once(self):
        registry = self.registry(Model(size=16 * MIB))
        processes = [self.start("pull", f"{registry.host}/me/model", "--insecure", "--part", "1")
                     for _ in range(8)]
        for process in processes:
            out, err = process.communicate(timeout=120)
            self.assertEqual(process.returncode, 0, err)
        self.check_whole(registry)
        self.assertLessEqual(registry.blob_bytes, 1.02 * sum(map(len, registry.model.blobs.values())))

    def test_pulls_and_removals_at_once(self):
        registry = self.registry(Model(size=2 * MIB))
        name = f"{registry.host}/me/model"
        for _ in range(5):
            processes = []
            for number in range(3):
                processes.append(self.start("pull", name, "--insecure", "--part", "1"))
                processes.append(self.start("rm", name))
                processes.append(self.start("cp", name, f"copy{number}"))
            for process in processes:
                out, err = process.communicate(timeout=120)
                self.assertIn(process.returncode, (0, 3), err)
            self.check_blobs()
            self.assertEqual(self.verify()["faults"], [])


class FullDisk(StoreCase):
    def limited(self, limit):
        return lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))

    def check_refused(self, code, err):
        self.assertEqual(code, 8, err)
        self.assertRegex(err, "needed|cannot write|flush")
        left = sum(path.stat().st_blocks * 512 for path in self.models.rglob("*") if path.is_file())
        self.assertLess(left, MIB)
        self.verify()

    def test_files_that_may_not_grow(self):
        registry = self.registry(Model())
        for limit in (0, 100, 4096, MIB, 3 * MIB):
            with self.subTest(limit=limit):
                code, out, err = self.pull(registry, preexec_fn=self.limited(limit))
                self.check_refused(code, err)
        model = str(ROOT / "assets/default-model/model-q8_0.gguf")
        for limit in (0, 100, MIB):
            with self.subTest(limit=limit):
                code, out, err = self.run_program("import", model, "tiny",
                                                  preexec_fn=self.limited(limit))
                self.check_refused(code, err)
        self.assertEqual(self.pull(registry)[0], 0)
        self.check_whole(registry)

    def test_a_small_disk(self):
        self.models.mkdir()
        mount = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=2m", "tmpfs", str(self.models)],
                               capture_output=True, text=True)
        if mount.returncode != 0:
            self.skipTest("needs to mount a tmpfs: " + mount.stderr.strip())
        try:
            registry = self.registry(Model())
            code, out, err = self.pull(registry)
            self.check_refused(code, err)
            self.assertEqual(registry.blob_bytes, 0)
            code, out, err = self.run_program(
                "import", str(ROOT / "assets/default-model/model-q8_0.gguf"), "tiny")
            self.check_refused(code, err)
            registry.model = Model(size=MIB)
            code, out, err = self.pull(registry)
            self.assertEqual(code, 0, err)
            self.check_whole(registry)
        finally:
            subprocess.run(["umount", str(self.models)], check=True)


if __name__ == "__main__":
    unittest.main()
