#!/usr/bin/env python3
"""A PostgreSQL server of a test's own, on a private socket in a temporary folder.

    with_postgres.py CMD ARGS...          runs CMD with READALIKE_PG_URL, exits with its status
    with_postgres.py --control DIR VERB   kill (SIGKILL), stop, start, freeze or thaw DIR's server

and from Python `from with_postgres import Postgres`, then `with Postgres() as server: server.url`.
CMD finds the second form, but for the verb, in READALIKE_PG_CONTROL. Without PostgreSQL on the
machine the status is 77 (a skip), or 1 when READALIKE_TEST_REQUIRE names pg.
"""
import contextlib
import glob
import os
import pwd
import shlex
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time

DEADLINE_S = 60


class Missing(Exception):
    """There is no PostgreSQL to be had here."""


def _binaries():
    def version(path):
        digits = path.split("/")[-2]
        return int(digits) if digits.isdigit() else 0

    folders = sorted(glob.glob("/usr/lib/postgresql/*/bin"), key=version)
    on_path = shutil.which("postgres")
    if on_path:
        folders.insert(0, os.path.dirname(os.path.realpath(on_path)))
    for folder in reversed(folders):
        if all(os.path.exists(f"{folder}/{name}") for name in ("initdb", "postgres", "psql")):
            return folder
    raise Missing("there is no PostgreSQL server in /usr/lib/postgresql or on the path")


def _identity():
    """The server refuses to run as root: then it runs as the user postgres."""
    if os.geteuid() != 0:
        return {}
    try:
        entry = pwd.getpwnam("postgres")
    except KeyError:
        raise Missing("there is no user postgres to run the server as")
    return {"user": entry.pw_uid, "group": entry.pw_gid, "extra_groups": []}


class Postgres:
    def __init__(self, folder=None):
        """A new server; or the one that lives in `folder` already, to control it."""
        self._bin = _binaries()
        self._identity = _identity()
        self._is_owner = folder is None
        self.dir = folder
        self._process = None

    @property
    def url(self):
        return f"postgresql:///readalike?host={self.dir}&user=readalike"

    def __enter__(self):
        self.dir = tempfile.mkdtemp(prefix="ra-pg-", dir="/tmp")
        try:
            if self._identity:
                os.chown(self.dir, self._identity["user"], self._identity["group"])
            self._run("initdb", "-D", f"{self.dir}/data", "-U", "readalike", "-A", "trust",
                      "--encoding=UTF8", "--locale=C.UTF-8", "--no-sync")
            self.start()
            self._psql("postgres", "CREATE DATABASE readalike")
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_):
        if self._is_alive():
            self.thaw()
        self.stop(signal.SIGQUIT)
        shutil.rmtree(self.dir, ignore_errors=True)

    def _run(self, program, *args):
        done = subprocess.run([f"{self._bin}/{program}", *args], stdin=subprocess.DEVNULL,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                              cwd=self.dir, check=False, **self._identity)
        if done.returncode:
            raise RuntimeError(f"{program} failed:\n{done.stdout}")

    def _psql(self, database, sql):
        self._run("psql", "-h", self.dir, "-U", "readalike", "-d", database, "-X", "-q", "-c", sql)

    def pid(self):
        try:
            with open(f"{self.dir}/data/postmaster.pid", encoding="ascii") as file:
                return int(file.readline())
        except (OSError, ValueError):
            return None

    def _is_alive(self):
        pid = self.pid()
        if pid is None:
            return False
        if self._process and self._process.pid == pid and self._process.poll() is not None:
            return False
        try:
            with open(f"/proc/{pid}/stat", encoding="ascii", errors="replace") as file:
                return file.read().rsplit(")", 1)[1].split()[0] != "Z"
        except OSError:
            return False

    def _is_ready(self):
        try:
            self._psql("postgres", "SELECT 1")
            return True
        except RuntimeError:
            return False

    def start(self):
        """Starts the server and waits until it answers; a crashed one recovers first."""
        deadline = time.monotonic() + DEADLINE_S
        while time.monotonic() < deadline:
            with open(f"{self.dir}/log", "ab") as log:
                self._process = subprocess.Popen(
                    [f"{self._bin}/postgres", "-D", f"{self.dir}/data",
                     "-c", "listen_addresses=", "-c", f"unix_socket_directories={self.dir}",
                     "-c", "max_connections=50"],
                    stdin=subprocess.DEVNULL, stdout=log, stderr=log, cwd=self.dir,
                    start_new_session=True, **self._identity)
            # A dead server that nobody has waited for looks alive to the next one.
            threading.Thread(target=self._process.wait, daemon=True).start()
            while self._process.poll() is None and time.monotonic() < deadline:
                if self._is_ready():
                    return
                time.sleep(0.05)
            # The last one's processes may still hold its memory for a moment.
            time.sleep(0.1)
        with open(f"{self.dir}/log", encoding="utf-8", errors="replace") as log:
            raise RuntimeError(f"PostgreSQL does not start:\n{log.read()[-4000:]}")

    def stop(self, how=signal.SIGINT):
        pid = self.pid()
        if pid is not None and self._is_alive():
            os.kill(pid, how)
            deadline = time.monotonic() + DEADLINE_S
            while self._is_alive() and time.monotonic() < deadline:
                time.sleep(0.02)
        if self._process:
            self._process.wait(DEADLINE_S)

    def kill(self):
        """As a crash: the server's own processes find out and leave by themselves."""
        self.stop(signal.SIGKILL)


    def _signal_all(self, number):
        """To the server and each of its processes; those are sessions of their own."""
        pid = self.pid()
        children = []
        for path in glob.glob("/proc/[0-9]*/stat"):
            try:
                with open(path, encoding="ascii", errors="replace") as file:
                    if int(file.read().rsplit(")", 1)[1].split()[1]) == pid:
                        children.append(int(path.split("/")[2]))
            except OSError:
                pass
        for one in [pid, *children]:
            with contextlib.suppress(ProcessLookupError):  # a backend may end while we look
                os.kill(one, number)

    def freeze(self):
        self._signal_all(signal.SIGSTOP)

    def thaw(self):
        self._signal_all(signal.SIGCONT)


def control(folder, verb):
    if verb not in ("kill", "stop", "start", "freeze", "thaw"):
        sys.exit(f"unknown verb {verb}")
    getattr(Postgres(folder), verb)()
    return 0


def run(command):
    try:
        server = Postgres()
    except Missing as missing:
        required = "pg" in os.environ.get("READALIKE_TEST_REQUIRE", "").split(",")
        print(f"{'FAILED, required but missing' if required else 'skipped'}: {missing}",
              file=sys.stderr)
        return 1 if required else 77
    # Ended by meson's timeout, it must still clean up.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    with server:
        this = [sys.executable, os.path.abspath(__file__), "--control", server.dir]
        environment = dict(os.environ, READALIKE_PG_URL=server.url,
                           READALIKE_PG_CONTROL=shlex.join(this))
        status = subprocess.call(command, env=environment)
        return status if status >= 0 else 128 - status


if __name__ == "__main__":
    if len(sys.argv) == 4 and sys.argv[1] == "--control":
        sys.exit(control(sys.argv[2], sys.argv[3]))
    if len(sys.argv) < 2 or sys.argv[1].startswith("-"):
        print(__doc__, file=sys.stderr)
        sys.exit(2)
    sys.exit(run(sys.argv[1:]))
