"""The two sides of a comparison: processes that do a piece of work when told to, and say how long it
took and how much memory they had at the most."""
import json
import os
import pathlib
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent


class SideError(Exception):
    pass


class Side:
    """A process that loads its input once and answers lines."""

    def __init__(self, arguments, environment=None):
        self.arguments = [str(a) for a in arguments]
        self.process = subprocess.Popen(self.arguments, stdin=subprocess.PIPE,
                                        stdout=subprocess.PIPE, text=True,
                                        env={**os.environ, **(environment or {})})
        self._answer()

    def _answer(self):
        line = self.process.stdout.readline()
        if not line:
            raise SideError(f"{' '.join(self.arguments[:4])} ended with status "
                            f"{self.process.wait()}")
        return json.loads(line)

    def _ask(self, line):
        self.process.stdin.write(line + "\n")
        self.process.stdin.flush()
        return self._answer()

    def run(self):
        return self._ask("run")

    def dump(self, prefix):
        self._ask(f"dump {prefix}")

    def close(self):
        self.process.stdin.close()
        self.process.stdout.close()
        self.process.wait()


class Command:
    """A program that is started anew for each run; its time is from start to end. "{new}" in an
    argument becomes a new folder each time."""

    def __init__(self, arguments):
        # By way of a small process: the peak that a program is charged with begins with that of
        # who started it, and this one has held whole data sets.
        self.arguments = [sys.executable, "-S", str(HERE / "measured.py"),
                          *(str(a) for a in arguments)]

    def run(self):
        with tempfile.TemporaryDirectory() as folder:
            arguments = [a.replace("{new}", folder) for a in self.arguments]
            done = subprocess.run(arguments, stdout=subprocess.PIPE, text=True, check=False)
        if done.returncode:
            raise SideError(f"{' '.join(self.arguments[3:7])} failed")
        return json.loads(done.stdout)

    def close(self):
        pass


def peer(name, *arguments, threads, blas_threads=1):
    """A peer's side: a function of that name in one of the modules of bench/peers/."""
    environment = {"OPENBLAS_NUM_THREADS": str(blas_threads), "OMP_NUM_THREADS": str(threads)}
    return Side([sys.executable, HERE / "worker.py", name, threads, *arguments], environment)
