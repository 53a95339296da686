"""What must not be let through: requests that two servers could read in two ways (RFC 9112)."""
import pytest

BODY = b'{"title":"The Hobbit"}'
HOST = b"Host: x\r\n"
SMUGGLED = b"GET /healthz?smuggled HTTP/1.1\r\nHost: x\r\n\r\n"


def post(headers, body=BODY):
    return b"POST /recommend HTTP/1.1\r\n" + HOST + headers + b"\r\n" + body


def get(headers=HOST, target=b"/healthz", version=b"HTTP/1.1"):
    return b"GET " + target + b" " + version + b"\r\n" + headers + b"\r\n"


LENGTH = b"Content-Length: 22\r\n"
CASES = {
    "two different Content-Length": post(LENGTH + b"Content-Length: 5\r\n"),
    "two equal Content-Length": post(LENGTH + LENGTH),
    "Content-Length list": post(b"Content-Length: 22, 22\r\n"),
    "negative Content-Length": post(b"Content-Length: -1\r\n"),
    "signed Content-Length": post(b"Content-Length: +22\r\n"),
    "hex Content-Length": post(b"Content-Length: 0x16\r\n"),
    "huge Content-Length": post(b"Content-Length: 99999999999999999999999\r\n"),
    "Content-Length and chunked": post(LENGTH + b"Transfer-Encoding: chunked\r\n",
                                       b"0\r\n\r\n" + SMUGGLED),
    "chunked and Content-Length": post(b"Transfer-Encoding: chunked\r\n" + LENGTH,
                                       b"0\r\n\r\n" + SMUGGLED),
    "unknown Transfer-Encoding": post(b"Transfer-Encoding: gzip\r\n"),
    "gzip, chunked": post(b"Transfer-Encoding: gzip, chunked\r\n", b"0\r\n\r\n"),
    "chunked twice": post(b"Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n",
                          b"0\r\n\r\n"),
    "chunked with rubbish": post(b"Transfer-Encoding: xchunked\r\n", b"0\r\n\r\n"),
    "HTTP/1.0 with chunked": b"POST /recommend HTTP/1.0\r\n" + HOST +
                             b"Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    "no Host": get(b""),
    "two Host": get(HOST + b"Host: y\r\n"),
    "Host with a blank": get(b"Host: a b\r\n"),
    "blank before the colon": get(HOST + b"X-A : y\r\n"),
    "no colon": get(HOST + b"nonsense\r\n"),
    "line ended by a bare LF": get(b"X-A: y\n" + HOST),
    "last line ended by a bare LF": b"GET /healthz HTTP/1.1\r\nHost: x\n\r\n",
    "request line ended by a bare LF": b"GET /healthz HTTP/1.1\nHost: x\r\n\r\n",
    "all lines ended by a bare LF": b"GET /healthz HTTP/1.1\nHost: x\n\n",
    "empty line that is a bare LF": b"GET /healthz HTTP/1.1\r\nHost: x\r\n\n",
    "folded header": get(HOST + b"X-A: a\r\n b\r\n"),
    "folded header before another": get(b"X-A: a\r\n\tb\r\n" + HOST),
    "header folded twice": get(b"X-A: a\r\n b\r\n c\r\n" + HOST),
    "fold that hides a length": post(b"X-A: a\r\n Content-Length: 5\r\n" + LENGTH),
    "header without a name": get(HOST + b": y\r\n"),
    "header without a name before another": get(b": y\r\n" + HOST),
    "fold before any header": get(b" X-A: y\r\n" + HOST),
    "name with a bracket": get(HOST + b"X(A): y\r\n"),
    "bare CR in a value": get(HOST + b"X-A: a\rb\r\n"),
    "NUL in a value": get(HOST + b"X-A: a\0b\r\n"),
    "control byte in a value": get(HOST + b"X-A: a\x01b\r\n"),
    "absolute target": get(target=b"http://elsewhere/healthz"),
    "target without a slash": get(target=b"healthz"),
    "NUL in the target": get(target=b"/health\0z"),
    "escaped NUL in the target": get(target=b"/health%00z"),
    "broken escape in the target": get(target=b"/health%zz"),
    "version 9.9": get(version=b"HTTP/9.9"),
    "lower-case version": get(version=b"http/1.1"),
    "method with a control byte": b"G\x01T /healthz HTTP/1.1\r\n" + HOST + b"\r\n",
}


@pytest.mark.parametrize("name", CASES)
def test_a_request_that_could_be_read_twice_is_refused_and_the_line_cut(server, name):
    # What follows on the same line must not be answered: it is what an attacker smuggles.
    answer = server.raw(CASES[name] + SMUGGLED)
    assert b" 200 " not in answer and b'"status"' not in answer, answer
    assert answer.split(b" ")[1] in (b"400", b"413", b"505"), answer


FINE = {
    "plain": get(),
    "HTTP/1.0 without Host": get(b"", version=b"HTTP/1.0"),
    "chunked": post(b"Transfer-Encoding: chunked\r\n",
                    b"16\r\n" + BODY + b"\r\n0\r\n\r\n"),
    "tab in a value": get(HOST + b"X-A: a\tb\r\n"),
    "empty value": get(HOST + b"X-A:\r\n"),
    "blanks around a value": get(HOST + b"X-A:   y  \r\n"),
    "Latin-1 in a value": get(HOST + b"X-A: caf\xe9\r\n"),
    "long value": get(HOST + b"X-A: " + b"y" * 4000 + b"\r\n"),
    "blanks only in a value": get(HOST + b"X-A:  \t \r\n" + b"X-B: y\r\n"),
    "cookies twice": get(b"Cookie: a=b; c=\"d\"\r\nCookie: e\r\n" + HOST),
    "cookie": get(HOST + b"Cookie: a=b; c=d\r\n"),
    "port in Host": get(b"Host: localhost:8080\r\n"),
    "IPv6 Host": get(b"Host: [::1]:8080\r\n"),
    "many headers": get(HOST + b"".join(b"X-%d: y\r\n" % i for i in range(60))),
}


@pytest.mark.parametrize("name", FINE)
def test_an_honest_request_passes_the_guard(server, name):
    answer = server.raw(FINE[name])
    assert answer.startswith(b"HTTP/1.1 200 "), answer


def test_every_request_of_a_kept_connection_is_looked_at(server):
    with server.connect() as sock:
        for _ in range(3):
            sock.sendall(get(HOST + b"X-A:   y  \r\n"))
            assert sock.recv(65536).startswith(b"HTTP/1.1 200 ")
        sock.sendall(get(b"X-A: a\r\n b\r\n" + HOST))
        assert sock.recv(65536).startswith(b"HTTP/1.1 400 ")


def test_a_refusal_says_why_and_is_counted(server):
    before = server.metric("http_refused_total")
    answer = server.raw(CASES["two Host"])
    assert b'"error":"two Host headers"' in answer
    assert b'"code":"bad_request"' in answer and b'"request_id":"' in answer
    assert server.metric("http_refused_total") == before + 1


def test_a_body_larger_than_allowed_is_refused_before_it_is_sent(server):
    answer = server.raw(post(b"Content-Length: 10000000\r\n", b""))
    assert answer.startswith(b"HTTP/1.1 413 "), answer


def test_a_chunked_body_larger_than_allowed_is_refused(server):
    chunk = b"8000\r\n" + b" " * 0x8000 + b"\r\n"
    answer = server.raw(post(b"Transfer-Encoding: chunked\r\n", chunk * 3 + b"0\r\n\r\n"))
    assert answer.startswith(b"HTTP/1.1 413 "), answer


def test_a_header_that_does_not_fit_is_431_and_a_long_target_414(server):
    assert server.raw(get(HOST + b"X: " + b"y" * 40000 + b"\r\n")).split(b" ")[1] == b"431"
    assert server.raw(get(target=b"/" + b"y" * 40000)).split(b" ")[1] in (b"414", b"431")


def test_bytes_that_are_no_http_do_no_harm(server):
    for junk in (b"\0" * 64, b"\xff" * 64, b"\x16\x03\x01\x02\x00\x01\x00", b"\r\n" * 50, b"GET"):
        assert b" 200 " not in server.raw(junk)
    assert server.get("/healthz").status_code == 200
