"""Stopping: nobody who was let in is left without an answer; a second signal does not wait."""
import signal
import threading
import time

import requests

ASK = {"title": "The Hobbit", "k": 20}


class Client(threading.Thread):
    """Asks until the server refuses a new connection; notes what went wrong before that."""

    def __init__(self, url, path="/recommend?title=The+Hobbit"):
        super().__init__()
        self.url, self.path = url, path
        self.done, self.faults = 0, []

    def run(self):
        while True:
            session = requests.Session()
            try:
                while True:
                    answer = session.get(self.url + self.path, timeout=20)
                    self.done += 1
                    if answer.status_code != 200:
                        self.faults.append(answer.status_code)
                    if answer.headers.get("Connection") == "close":
                        break
            except requests.exceptions.ConnectionError as error:
                if "refused" not in str(error):
                    self.faults.append(repr(error))
                return


def test_sigterm_under_load_fails_no_request(world):
    server = world.serve("http.drain_ms=300")
    clients = [Client(server.url) for _ in range(3)] + [
        Client(server.url, "/books?q=the&limit=7") for _ in range(3)]
    for client in clients:
        client.start()
    while sum(client.done for client in clients) < 300:
        time.sleep(0.005)
    assert server.stop() == 0
    for client in clients:
        client.join(20)
    assert [fault for client in clients for fault in client.faults] == []


def test_while_draining_readyz_is_503_and_answers_close(world):
    server = world.serve("http.drain_ms=2000")
    server.signal(signal.SIGTERM)
    server.wait_for(lambda: server.get("/readyz").status_code == 503, 2)
    assert "about to stop" in " ".join(server.get("/readyz").json()["reasons"])
    answer = server.post("/recommend", ASK)
    assert answer.status_code == 200 and answer.headers["Connection"] == "close"
    assert server.process.wait(10) == 0


def test_a_request_half_sent_is_still_answered(world):
    server = world.serve()
    with server.connect() as sock:
        sock.sendall(b"POST /recommend HTTP/1.1\r\nHost: x\r\nContent-Length: 22\r\n\r\n{\"title\"")
        time.sleep(0.1)
        server.signal(signal.SIGTERM)
        time.sleep(0.5)
        sock.sendall(b':"The Hobbit"}')
        assert sock.recv(4096).startswith(b"HTTP/1.1 200 ")
    assert server.process.wait(10) == 0


def test_idle_connections_do_not_hold_the_end_up(world):
    server = world.serve()
    idle = [server.connect() for _ in range(20)]
    for sock in idle[:10]:
        sock.sendall(b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n")
        assert sock.recv(4096).startswith(b"HTTP/1.1 200")
    start = time.monotonic()
    assert server.stop() == 0
    assert time.monotonic() - start < 3
    for sock in idle:
        sock.close()


def test_a_client_that_never_finishes_is_waited_for_no_longer_than_stop_ms(world):
    server = world.serve("http.stop_ms=500")
    with server.connect() as sock:
        sock.sendall(b"POST /recommend HTTP/1.1\r\nHost: x\r\nContent-Length: 22\r\n\r\n{")
        time.sleep(0.1)
        start = time.monotonic()
        assert server.stop() == 0
        assert 0.4 < time.monotonic() - start < 3


def test_a_second_signal_ends_at_once(world):
    server = world.serve("http.drain_ms=20000")
    server.signal(signal.SIGTERM)
    server.wait_for(lambda: server.get("/readyz").status_code == 503, 2)
    start = time.monotonic()
    server.signal(signal.SIGINT)
    assert server.process.wait(5) == 1
    assert time.monotonic() - start < 5  # of 20 s of draining


def test_sigint_stops_as_sigterm_does(world):
    server = world.serve()
    server.signal(signal.SIGINT)
    assert server.process.wait(10) == 0
