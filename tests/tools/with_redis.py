#!/usr/bin/env python3
"""A private redis-server: for a test that imports it, or around one command.

    with Redis() as redis:
        ... redis.url, redis.socket, redis.kill(), redis.start(), redis.freeze(), redis.thaw()

    with_redis.py COMMAND ARG...      runs it with READALIKE_TEST_REDIS_URL set; exits with its status
                                      (77 without a redis-server, 1 when READALIKE_TEST_REQUIRE wants one)
"""
import ctypes
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time


def _end_with_parent():
    PR_SET_PDEATHSIG = 1
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)


class Redis:
    def __init__(self, password=None):
        self.password = password
        self.process = None
        self.folder = tempfile.mkdtemp(prefix="readalike-redis-")
        self.socket = os.path.join(self.folder, "redis.sock")
        login = f":{password}@" if password else ""
        self.url = f"redis+unix://{login}{self.socket}"

    @staticmethod
    def is_installed():
        return shutil.which("redis-server") is not None

    def start(self):
        command = ["redis-server", "--port", "0", "--unixsocket", self.socket, "--dir", self.folder,
                   "--save", "", "--appendonly", "no", "--logfile", "log"]
        if self.password:
            command += ["--requirepass", self.password]
        self.process = subprocess.Popen(command, preexec_fn=_end_with_parent)
        deadline = time.monotonic() + 10
        while not self._accepts():
            if self.process.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError("redis-server did not start")
            time.sleep(0.01)
        return self

    def _accepts(self):
        with socket.socket(socket.AF_UNIX) as probe:
            return probe.connect_ex(self.socket) == 0

    def kill(self):
        if self.process:
            self.process.kill()
            self.process.wait()
            self.process = None
            if os.path.exists(self.socket):
                os.unlink(self.socket)

    def freeze(self):
        os.kill(self.process.pid, signal.SIGSTOP)

    def thaw(self):
        os.kill(self.process.pid, signal.SIGCONT)

    def close(self):
        self.kill()
        shutil.rmtree(self.folder, ignore_errors=True)

    def __enter__(self):
        return self.start()

    def __exit__(self, *_):
        self.close()


def main():
    if not Redis.is_installed():
        required = "redis" in os.environ.get("READALIKE_TEST_REQUIRE", "")
        print("redis-server is not installed", file=sys.stderr)
        return 1 if required else 77
    with Redis() as redis:
        env = dict(os.environ, READALIKE_TEST_REDIS_URL=redis.url)
        return subprocess.run(sys.argv[1:], env=env, check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
