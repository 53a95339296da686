"""The program as users run it: its own folder, port 0, stopped by its own process id."""
import csv
import json
import os
import pathlib
import signal
import socket
import subprocess
import threading
import time

import pytest
import requests

PROGRAM = os.environ.get("READALIKE_BIN") or str(
    pathlib.Path(__file__).resolve().parents[2] / "build" / "readalike")
REQUIRED = os.environ.get("READALIKE_TEST_REQUIRE", "")

# Three tastes of eight books each; readers of a taste rate all of it but one or two.
SHELVES = {
    "Dragons": ["The Hobbit", "The Return of the King", "The Two Towers", "The Silmarillion",
                "A Wizard of Earthsea", "The Tombs of Atuan", "The Farthest Shore",
                "<script>alert(1)</script> & the Wyrm"],
    "Detectives": ["The Hound of the Baskervilles", "A Study in Scarlet", "The Sign of Four",
                   "Murder on the Orient Express", "Death on the Nile", "The ABC Murders",
                   "And Then There Were None", "Gaudy Night"],
    "Distances": ["Solaris", "Roadside Picnic", "Die unendliche Geschichte", "Étranger à la mer",
                  "Мы", "三体", "Kindred", "Dawn"],
}
AUTHORS = {"Dragons": "Ada Wyvern", "Detectives": "Bo O'Clew", "Distances": "Çağla Ñandú"}
LANGUAGES = {"Dragons": "eng", "Detectives": "en-US", "Distances": "fre"}


def missing(need, why):
    """A test that cannot run here is skipped, or failed when the build says it must run."""
    if need in REQUIRED:
        pytest.fail(f"required but missing: {why}")
    pytest.skip(why)


def write_catalogue(folder, leave_out=1):
    """A goodbooks folder; `leave_out` changes who read what, and so the model."""
    folder.mkdir(parents=True, exist_ok=True)
    ids = {}
    with open(folder / "books.csv", "w", encoding="utf-8", newline="") as file:
        rows = csv.writer(file)
        rows.writerow(["book_id", "goodreads_book_id", "isbn", "isbn13", "authors",
                       "original_publication_year", "original_title", "title", "language_code",
                       "average_rating", "ratings_count", "image_url", "small_image_url"])
        for shelf, titles in SHELVES.items():
            for title in titles:
                ids[title] = len(ids) + 1
                n = ids[title]
                rows.writerow([n, 1000 + n, f"{n:010d}", f"{9780000000000 + n}", AUTHORS[shelf],
                               1900 + n, title, title, LANGUAGES[shelf], "4.25", 1000 - n,
                               f"https://covers.example/{n}.jpg", ""])
    with open(folder / "ratings.csv", "w", encoding="utf-8", newline="") as file:
        rows = csv.writer(file)
        rows.writerow(["user_id", "book_id", "rating"])
        user = 0
        for titles in SHELVES.values():
            for skip in range(8):
                for twin in range(3):
                    user += 1
                    for at, title in enumerate(titles):
                        if (at - skip) % 8 >= leave_out:
                            rows.writerow([user, ids[title], 3 + (at + twin) % 3])
    return ids


def run(*args, cwd, check=True, **more):
    done = subprocess.run([PROGRAM, *map(str, args)], cwd=cwd, capture_output=True, text=True,
                          timeout=120, check=False, **more)
    if check and done.returncode != 0:
        raise AssertionError(f"{args}: status {done.returncode}\n{done.stdout}\n{done.stderr}")
    return done


class Server:
    """`readalike serve` on a free port."""

    def __init__(self, cwd, *sets, store=None, env=None, wait_ready=True):
        args = [PROGRAM, "serve", "--set", "http.port=0", "--set", "models.poll_ms=20"]
        for setting in sets:
            args += ["--set", setting]
        if store:
            args += ["--store", store]
        self.log_path = pathlib.Path(cwd) / f"serve-{time.monotonic_ns()}.log"
        self.log = open(self.log_path, "w+", encoding="utf-8")
        self.process = subprocess.Popen(args, cwd=cwd, stdout=subprocess.PIPE, stderr=self.log,
                                        text=True, env={**os.environ, **(env or {})})
        line = self.process.stdout.readline()
        if not line.startswith("listening on http://"):
            self.process.wait(10)
            raise AssertionError(f"no server: {line!r}\n{self.errors()}")
        self.url = line.split()[-1]
        self.port = int(self.url.rsplit(":", 1)[1])
        self.pid = self.process.pid
        if wait_ready:
            self.wait_for(lambda: self.get("/readyz").status_code == 200)

    def errors(self):
        return self.log_path.read_text(encoding="utf-8")

    def wait_for(self, claim, seconds=15):
        until = time.monotonic() + seconds
        while True:
            try:
                if claim():
                    return
            except requests.RequestException:
                pass
            assert self.process.poll() is None, self.errors()
            assert time.monotonic() < until, f"waited {seconds} s\n{self.errors()}"
            time.sleep(0.01)

    def get(self, path, **more):
        return requests.get(self.url + path, timeout=20, **more)

    def post(self, path, body, **more):
        return requests.post(self.url + path, json=body, timeout=20, **more)

    def connect(self, timeout=20):
        return socket.create_connection(("127.0.0.1", self.port), timeout=timeout)

    def raw(self, data, timeout=20):
        """Sends bytes, reads until the server closes or a whole answer is here."""
        with self.connect(timeout) as sock:
            try:
                sock.sendall(data)
                sock.shutdown(socket.SHUT_WR)
            except OSError:
                pass  # refused before all was sent
            return read_all(sock)

    def metric(self, name):
        total = 0.0
        for line in self.get("/metrics").text.splitlines():
            if line.startswith("readalike_" + name) and line[len("readalike_" + name)] in "{ ":
                total += float(line.rsplit(" ", 1)[1])
        return total

    def signal(self, number):
        os.kill(self.pid, number)

    def stop(self, seconds=20):
        if self.process.poll() is None:
            self.signal(signal.SIGTERM)
        try:
            status = self.process.wait(seconds)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
            raise AssertionError(f"did not stop in {seconds} s\n{self.errors()}") from None
        finally:
            self.process.stdout.close()
            self.log.close()
        return status


def read_all(sock):
    data = b""
    while True:
        try:
            part = sock.recv(65536)
        except ConnectionResetError:
            return data
        if not part:
            return data
        data += part


class Load:
    """Clients that ask the same again and again until told to stop, and note each failure."""

    def __init__(self, server, check, clients=4):
        self.server, self.check = server, check
        self.failures, self.done = [], 0
        self.ending = threading.Event()
        self.lock = threading.Lock()
        self.threads = [threading.Thread(target=self.ask) for _ in range(clients)]
        for thread in self.threads:
            thread.start()

    def ask(self):
        session = requests.Session()
        while not self.ending.is_set():
            try:
                fault = self.check(session, self.server.url)
            except Exception as error:  # a failed request is what is counted here
                fault = repr(error)
            with self.lock:
                self.done += 1
                if fault:
                    self.failures.append(fault)

    def wait_for_requests(self, n, seconds=20):
        goal, until = self.done + n, time.monotonic() + seconds
        while self.done < goal and time.monotonic() < until:
            time.sleep(0.005)
        assert self.done >= goal, f"only {self.done} of {goal} requests"

    def end(self):
        self.ending.set()
        for thread in self.threads:
            thread.join(30)
        return self.failures


class World:
    """A folder with an imported catalogue and a trained model, and the servers on it."""

    def __init__(self, folder, store=None):
        self.folder, self.store = folder, store
        self.common = ["--quiet", *(["--store", store] if store else [])]
        self.ids = write_catalogue(folder / "books")
        self.servers = []
        run("import", "goodbooks", folder / "books", *self.common, cwd=folder)
        run("train", *self.common, cwd=folder)
        self.first = self.live()

    def models(self):
        listed = json.loads(run("models", "list", "--json", cwd=self.folder).stdout)
        return listed["models"] if isinstance(listed, dict) else listed

    def live(self):
        return next(m["version"] for m in self.models() if m["live"])

    def second(self):
        """Another version with other answers, live afterwards."""
        run("train", "--set", "train.algorithm=popularity", *self.common, cwd=self.folder)
        return self.live()

    def promote(self, version):
        run("models", "promote", version, cwd=self.folder)

    def serve(self, *sets, **more):
        server = Server(self.folder, *sets, store=self.store, **more)
        self.servers.append(server)
        return server

    def stop(self):
        statuses = [server.stop() for server in self.servers if server.process.poll() is None]
        self.servers.clear()
        assert all(status == 0 for status in statuses), statuses


@pytest.fixture(scope="session")
def shared(tmp_path_factory):
    world = World(tmp_path_factory.mktemp("world"))
    yield world
    world.stop()


@pytest.fixture(scope="session")
def server(shared):
    """One server for all tests that do not change it."""
    return shared.serve()


@pytest.fixture
def world(tmp_path):
    made = World(tmp_path)
    yield made
    made.stop()
