"""Absolute deadlines: a byte now and then does not keep a connection (libmicrohttpd's would)."""
import socket
import time

import pytest

from conftest import read_all

HOST = b"Host: x\r\n"


@pytest.fixture(scope="module")
def hasty(shared):
    return shared.serve("http.header_timeout_ms=500", "http.body_timeout_ms=700",
                        "http.idle_timeout_ms=900", "http.request_timeout_ms=1500",
                        "http.max_connections=40")


def trickle(server, first, drop, seconds=5):
    """Seconds until the server closes, with a byte sent every 50 ms; None: it never did."""
    with server.connect() as sock:
        start = time.monotonic()
        sock.sendall(first)
        while time.monotonic() - start < seconds:
            sock.settimeout(0.05)
            try:
                if sock.recv(4096) == b"":
                    return time.monotonic() - start
            except TimeoutError:
                pass
            except OSError:
                return time.monotonic() - start
            sock.settimeout(5)
            try:
                sock.sendall(drop)
            except OSError:
                return time.monotonic() - start
    return None


def test_a_header_sent_a_line_at_a_time_is_cut_at_its_deadline(hasty):
    took = trickle(hasty, b"GET /healthz HTTP/1.1\r\n" + HOST, b"X-A: b\r\n")
    assert took is not None and 0.3 < took < 1.2, took


def test_a_request_line_sent_a_byte_at_a_time_is_cut_at_its_deadline(hasty):
    took = trickle(hasty, b"GET /", b"a")
    assert took is not None and 0.3 < took < 1.2, took


def test_a_connection_that_says_nothing_is_cut_at_the_header_deadline(hasty):
    took = trickle(hasty, b"", b"")
    assert took is not None and 0.3 < took < 1.2, took


def test_a_body_sent_a_byte_at_a_time_is_cut_at_its_deadline(hasty):
    took = trickle(hasty, b"POST /recommend HTTP/1.1\r\n" + HOST + b"Content-Length: 900\r\n\r\n",
                   b" ")
    assert took is not None and 0.5 < took < 1.5, took


def test_a_kept_connection_without_a_request_is_cut_at_the_idle_deadline(hasty):
    took = trickle(hasty, b"GET /healthz HTTP/1.1\r\n" + HOST + b"\r\n", b"")
    assert took is not None and 0.7 < took < 1.8, took


def test_what_was_late_is_counted_by_stage(hasty):
    text = hasty.get("/metrics").text
    assert 'readalike_http_late_total{stage="header"} 0' not in text
    assert 'readalike_http_late_total{stage="body"} 0' not in text
    assert 'readalike_http_late_total{stage="idle"} 0' not in text


def test_a_crowd_of_silent_connections_does_not_keep_a_caller_out(hasty):
    silent = [hasty.connect() for _ in range(100)]
    for sock in silent:
        try:
            sock.sendall(b"GET /healthz HTTP/1.1\r\nX-A: ")
        except OSError:
            pass  # evicted already
    start = time.monotonic()
    for _ in range(5):
        assert hasty.get("/healthz").status_code == 200
    assert time.monotonic() - start < 2
    for sock in silent:
        sock.close()
    assert hasty.metric("http_evicted_total") > 0


def test_a_client_that_ends_with_its_request_is_let_go_at_once(server):
    # The end came with the request: libmicrohttpd alone would keep the connection.
    for _ in range(10):
        start = time.monotonic()
        assert server.raw(b"GET /healthz HTTP/1.1\r\n" + HOST + b"\r\n").startswith(b"HTTP/1.1 200")
        assert time.monotonic() - start < 2


def test_connections_are_given_back_when_clients_leave(hasty):
    for _ in range(30):
        hasty.connect().close()
    hasty.wait_for(lambda: hasty.metric("http_connections") <= 2, 5)


def test_a_reader_that_takes_nothing_is_cut_at_the_request_deadline(hasty):
    with socket.socket() as sock:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 2048)
        sock.settimeout(20)
        sock.connect(("127.0.0.1", hasty.port))
        # More answers than the buffers of both ends hold, and nobody reads.
        try:
            sock.sendall((b"GET /openapi.json HTTP/1.1\r\n" + HOST + b"\r\n") * 1500)
        except OSError:
            pass
        before = hasty.metric('http_connections')
        hasty.wait_for(lambda: hasty.metric("http_connections") < before, 10)
        assert len(read_all(sock)) < 1500 * 14000
