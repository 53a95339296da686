"""Two replicas behind HAProxy with the project's own deploy/haproxy.cfg: what a balancer is there for.

Usage: test_replicas.py READALIKE SOURCE_ROOT
"""
import http.client
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
import unittest
from pathlib import Path

PROGRAM, ROOT = Path(sys.argv[1]).resolve(), Path(sys.argv[2])
SCALE = int(os.environ.get("READALIKE_PROOF", "1"))


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def wait_for(what: str, condition, seconds: float = 20.0):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if result := condition():
            return result
        time.sleep(0.02)
    raise AssertionError(f"{what}: not within {seconds} s")


def get(port: int, path: str, timeout: float = 5.0) -> int:
    """The status of one GET on a connection of its own; 0 when there was no answer."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=timeout)
    try:
        connection.request("GET", path)
        response = connection.getresponse()
        response.read()
        return response.status
    except (OSError, http.client.HTTPException):
        return 0
    finally:
        connection.close()


class Replica:
    def __init__(self, folder: Path, port: int, store: str = "", status: int = 200):
        self.port = port
        self.process = subprocess.Popen(
            [PROGRAM, "serve", "--store", store or f"sqlite:{folder}/store.db",
             "--set", f"models.dir={folder}/models", "--set", f"http.port={port}",
             "--set", "http.drain_ms=2000", "--set", "http.threads=1"],
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        wait_for("a replica", lambda: get(port, "/readyz") == status)

    def end(self, how: int) -> int:
        if self.process.poll() is None:
            self.process.send_signal(how)
        return self.process.wait(timeout=30)


class Load:
    """Clients with kept connections that ask for one title over and over, counting what comes back."""

    def __init__(self, port: int, clients: int = 4):
        self.port, self.stopped, self.done, self.failed = port, False, 0, []
        self.lock = threading.Lock()
        self.threads = [threading.Thread(target=self.run) for _ in range(clients)]
        for thread in self.threads:
            thread.start()

    def run(self):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=5)
        while not self.stopped:
            outcome = self.ask(connection)
            with self.lock:
                self.done += 1
                if outcome != 200:
                    self.failed.append(outcome)
        connection.close()

    @staticmethod
    def ask(connection) -> int | str:
        try:
            connection.request("GET", "/recommend?title=The+Hobbit&k=3")
            response = connection.getresponse()
            response.read()
            return response.status
        except (OSError, http.client.HTTPException) as error:
            connection.close()
            return repr(error)

    def more(self, requests: int):
        target = self.done + requests
        wait_for(f"{requests} more requests", lambda: self.done >= target, 60)

    def stop(self):
        self.stopped = True
        for thread in self.threads:
            thread.join()


class BehindHaproxy(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = Path(tempfile.mkdtemp(prefix="readalike-replicas-"))
        store = ["--store", f"sqlite:{cls.folder}/store.db", "--set", f"models.dir={cls.folder}/models"]
        for command in ("demo", "train"):
            subprocess.run([PROGRAM, command, *store], check=True, capture_output=True)
        cls.ports = [free_port(), free_port()]
        cls.replicas = [Replica(cls.folder, port) for port in cls.ports]
        cls.front = free_port()
        text = (ROOT / "deploy" / "haproxy.cfg").read_text()
        text = text.replace("bind :8080", f"bind 127.0.0.1:{cls.front}")
        for number, port in enumerate(cls.ports, 1):
            text = text.replace(f"replica{number}:8080", f"127.0.0.1:{port}")
        config = cls.folder / "haproxy.cfg"
        config.write_text(re.sub(r"maxconn 8000", "maxconn 500", text))
        cls.haproxy = subprocess.Popen(["haproxy", "-db", "-f", config],
                                       stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        wait_for("haproxy", lambda: get(cls.front, "/readyz") == 200)

    @classmethod
    def tearDownClass(cls):
        cls.haproxy.terminate()
        cls.haproxy.wait()
        for replica in cls.replicas:
            replica.end(signal.SIGKILL)
        shutil.rmtree(cls.folder)

    def test_1_a_killed_replica_costs_no_request(self):
        load = Load(self.front)
        try:
            for number in (0, 1) * SCALE:
                load.more(500)
                self.replicas[number].end(signal.SIGKILL)
                load.more(500)
                self.replicas[number] = Replica(self.folder, self.ports[number])
                time.sleep(1.2)  # two health checks, so that the balancer has it back
        finally:
            load.stop()
        print(f"{2 * SCALE} kills, {load.done} requests, {len(load.failed)} failed")
        self.assertEqual(load.failed, [])

    def test_2_a_rolling_restart_costs_no_request(self):
        load = Load(self.front)
        try:
            for number in (0, 1) * SCALE:
                load.more(300)
                self.assertEqual(self.replicas[number].end(signal.SIGTERM), 0)
                self.replicas[number] = Replica(self.folder, self.ports[number])
                time.sleep(1.2)
        finally:
            load.stop()
        print(f"{2 * SCALE} restarts, {load.done} requests, {len(load.failed)} failed")
        self.assertEqual(load.failed, [])

    def test_3_a_header_that_trickles_in_is_cut_off(self):
        with socket.create_connection(("127.0.0.1", self.front), timeout=15) as slow:
            start = time.monotonic()
            slow.sendall(b"GET / HTTP/1.1\r\nHost: x\r\n")
            try:
                while time.monotonic() - start < 12:
                    slow.sendall(b"X-More: y\r\n")
                    slow.settimeout(0.5)
                    try:
                        if slow.recv(1000):
                            break
                    except TimeoutError:
                        continue
            except OSError:
                pass
            self.assertLess(time.monotonic() - start, 8)

    def test_4_titles_are_answered_while_the_store_is_down(self):
        for number, port in enumerate(self.ports):
            self.replicas[number].end(signal.SIGKILL)
            self.replicas[number] = Replica(self.folder, port, "postgresql://127.0.0.1:1/x", 503)
        time.sleep(1.6)  # two health checks and a little
        self.assertEqual(get(self.front, "/recommend?title=The+Hobbit&k=3"), 200)
        self.assertEqual(get(self.front, "/readyz"), 503)


if __name__ == "__main__":
    if not shutil.which("haproxy"):
        required = "haproxy" in os.environ.get("READALIKE_TEST_REQUIRE", "")
        print("haproxy is not installed")
        sys.exit(1 if required else 77)
    unittest.main(argv=sys.argv[:1], verbosity=2)
