"""Every route, and the one shape of every failure."""
import json
import re

import pytest
import requests


def assert_error(answer, status, code=None, words=""):
    assert answer.status_code == status, answer.text
    body = answer.json()
    assert set(body) == {"error", "code", "request_id"}, body
    assert body["error"] and words in body["error"], body
    assert body["request_id"] == answer.headers["X-Request-Id"]
    assert answer.headers["Content-Type"] == "application/json"
    if code:
        assert body["code"] == code, body


def test_healthz_answers(server):
    answer = server.get("/healthz")
    assert answer.status_code == 200 and answer.json() == {"status": "ok"}


def test_readyz_names_model_store_and_cache(server, shared):
    body = server.get("/readyz").json()
    assert body["status"] == "ready" and body["reasons"] == []
    assert body["model"] == shared.first and body["store"] == "up" and body["cache"] == "memory"


def test_version_names_the_program_and_the_model(server, shared):
    body = server.get("/version").json()
    assert body["build"] and body["microhttpd"] and body["model"]["version"] == shared.first


def test_metrics_are_prometheus_text(server):
    server.get("/recommend?title=The+Hobbit")
    answer = server.get("/metrics")
    assert answer.headers["Content-Type"].startswith("text/plain; version=0.0.4")
    seen = set()
    for line in answer.text.splitlines():
        if line.startswith("#"):
            continue
        assert re.fullmatch(r'readalike_[a-z_]+(\{[a-z]+="[^"]*"(,[a-z]+="[^"]*")*\})? \S+', line), line
        float(line.rsplit(" ", 1)[1])
        key = line.rsplit(" ", 1)[0]
        assert key not in seen, key
        seen.add(key)
    for name in ("http_requests_total", "http_request_seconds_bucket", "http_in_flight",
                 "http_queue_depth", "cache_hits_total", "model_info", "model_reloads_total",
                 "store_up"):
        assert any(key.startswith("readalike_" + name) for key in seen), name


def test_counters_count(server):
    def counted():
        rows = [line for line in server.get("/metrics").text.splitlines()
                if line.startswith('readalike_http_requests_total{route="/healthz",status="200"}')]
        return float(rows[0].split()[-1]) if rows else 0
    before = counted()
    server.get("/healthz")
    assert counted() == before + 1


def test_histogram_buckets_do_not_fall_and_end_at_the_count(server):
    server.get("/healthz")
    text = server.get("/metrics").text
    rows = [line for line in text.splitlines()
            if line.startswith('readalike_http_request_seconds_bucket{route="/healthz"')]
    values = [float(line.split()[-1]) for line in rows]
    count = next(line for line in text.splitlines()
                 if line.startswith('readalike_http_request_seconds_count{route="/healthz"'))
    assert values == sorted(values) and values[-1] == float(count.split()[-1])


def test_openapi_is_json_and_docs_is_a_page(server):
    assert server.get("/openapi.json").json()["openapi"].startswith("3.")
    answer = server.get("/docs")
    assert answer.status_code == 200 and answer.headers["Content-Type"].startswith("text/html")
    assert not re.search(r'(src|href)="(https?:)?//', answer.text)


@pytest.mark.parametrize("path", ["/", "/index.html", "/book/1", "/book/12345", "/?q=x&id=3"])
def test_pages_are_the_site(server, path):
    answer = server.get(path)
    assert answer.status_code == 200 and "<!doctype html>" in answer.text.lower()
    policy = answer.headers["Content-Security-Policy"]
    assert "unsafe-inline" not in policy and "default-src 'none'" in policy
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Referrer-Policy"] == "no-referrer"


def test_every_asset_that_the_site_names_is_there(server):
    todo, seen = ["/", "/docs"], set()
    while todo:
        path = todo.pop()
        if path in seen:
            continue
        seen.add(path)
        answer = server.get(path)
        assert answer.status_code == 200, path
        if not path.endswith((".js", ".css")) and path not in ("/", "/docs"):
            continue
        for found in re.findall(r'''["'](?:\./|/assets/)([\w.-]+\.(?:js|css|svg))["']''', answer.text):
            todo.append("/assets/" + found)
    assert len(seen) > 5
    assert server.get("/assets/main.js").headers["Content-Type"].startswith("text/javascript")


@pytest.mark.parametrize("path", ["/assets/../meson.build", "/assets/%2e%2e/meson.build",
                                  "/assets/..%2f..%2fetc%2fpasswd", "/assets/", "/assets/nope.js",
                                  "/nope", "/books/", "/recommend/", "//", "/book/"])
def test_what_is_not_there_is_404(server, path):
    connection = requests.Request("GET", server.url).prepare()
    connection.url = server.url + path  # as written, not normalised
    with requests.Session() as session:
        assert_error(session.send(connection, timeout=10), 404, "no_route")


def test_an_unchanged_page_is_304(server):
    first = server.get("/assets/main.js")
    again = server.get("/assets/main.js", headers={"If-None-Match": first.headers["ETag"]})
    assert again.status_code == 304 and again.content == b""
    assert server.get("/assets/main.js", headers={"If-None-Match": '"other"'}).status_code == 200


def test_large_text_is_compressed_for_who_asks(server):
    plain = server.get("/openapi.json", headers={"Accept-Encoding": "identity"})
    packed = server.get("/openapi.json", headers={"Accept-Encoding": "gzip"})
    assert "Content-Encoding" not in plain.headers and packed.headers["Content-Encoding"] == "gzip"
    assert packed.json() == plain.json() and "Accept-Encoding" in packed.headers["Vary"]
    assert int(packed.headers["Content-Length"]) < int(plain.headers["Content-Length"])
    refused = server.get("/openapi.json", headers={"Accept-Encoding": "gzip;q=0"})
    assert "Content-Encoding" not in refused.headers


def test_a_large_answer_is_compressed_and_reads_the_same(server):
    url = "/popular?k=100"
    plain = server.get(url, headers={"Accept-Encoding": "identity"})
    packed = server.get(url, headers={"Accept-Encoding": "br, gzip"})
    assert len(plain.content) > 4096 and packed.headers["Content-Encoding"] == "gzip"
    assert packed.json() == plain.json()


def test_the_words_of_the_site_are_settings(shared, server):
    assert server.get("/site.json").json() == {
        "item": "book", "creator": "author", "reader": "reader"}
    music = shared.serve("web.item_noun=track", "web.creator_noun=artist",
                         'web.reader_noun=list"ener', "web.note=A <trial>.")
    assert music.get("/site.json").json() == {
        "item": "track", "creator": "artist", "reader": 'list"ener', "note": "A <trial>."}


@pytest.mark.parametrize("path", ["/healthz", "/", "/recommend?title=The+Hobbit", "/books?limit=3",
                                  "/nope", "/suggest?q=hob"])
def test_head_is_get_without_a_body(server, path):
    got = server.get(path, headers={"Accept-Encoding": "identity"})
    head = requests.head(server.url + path, timeout=10, headers={"Accept-Encoding": "identity"})
    assert head.status_code == got.status_code and head.content == b""
    assert head.headers["Content-Length"] == got.headers["Content-Length"]
    assert head.headers["Content-Type"] == got.headers["Content-Type"]


@pytest.mark.parametrize("method,path,allow", [
    ("DELETE", "/recommend", "GET, HEAD, POST, OPTIONS"),
    ("PUT", "/suggest", "GET, HEAD, POST, OPTIONS"),
    ("POST", "/books", "GET, HEAD, OPTIONS"),
    ("POST", "/", "GET, HEAD, OPTIONS"),
    ("BREW", "/healthz", "GET, HEAD, OPTIONS"),
])
def test_a_method_that_is_not_for_the_route_is_405_with_allow(server, method, path, allow):
    answer = requests.request(method, server.url + path, data=b"{}", timeout=10)
    assert_error(answer, 405, "method_not_allowed")
    assert answer.headers["Allow"] == allow


def test_options_says_what_is_allowed(server):
    answer = requests.options(server.url + "/recommend", timeout=10)
    assert answer.status_code == 204 and answer.headers["Allow"] == "GET, HEAD, POST, OPTIONS"
    assert "Access-Control-Allow-Origin" not in answer.headers


def test_other_origins_are_let_in_by_setting_only(shared, server):
    origin = {"Origin": "https://reads.example"}
    assert "Access-Control-Allow-Origin" not in server.get("/healthz", headers=origin).headers
    open_to = shared.serve("http.cors=https://a.example https://reads.example")
    answer = open_to.get("/healthz", headers=origin)
    assert answer.headers["Access-Control-Allow-Origin"] == "https://reads.example"
    assert "Origin" in answer.headers["Vary"]
    other = open_to.get("/healthz", headers={"Origin": "https://evil.example"})
    assert "Access-Control-Allow-Origin" not in other.headers
    preflight = requests.options(open_to.url + "/recommend", timeout=10, headers={
        **origin, "Access-Control-Request-Method": "POST",
        "Access-Control-Request-Headers": "content-type"})
    assert preflight.status_code == 204
    assert "POST" in preflight.headers["Access-Control-Allow-Methods"]
    assert "content-type" in preflight.headers["Access-Control-Allow-Headers"].lower()
    anyone = shared.serve("http.cors=*")
    assert anyone.get("/nope", headers=origin).headers["Access-Control-Allow-Origin"] == "*"


def test_a_request_id_of_the_client_comes_back_when_it_is_harmless(server):
    assert server.get("/nope", headers={"X-Request-Id": "abc-1.2_3"}).json()["request_id"] == "abc-1.2_3"
    for odd in ("a b", "x" * 80, "<b>", ""):
        assert server.get("/nope", headers={"X-Request-Id": odd}).headers["X-Request-Id"] != odd


def test_request_ids_are_not_given_twice(server):
    ids = {server.get("/healthz").headers["X-Request-Id"] for _ in range(50)}
    assert len(ids) == 50


def test_a_connection_is_kept_for_many_requests(server):
    with server.connect() as sock:
        for path in (b"/healthz", b"/recommend?title=The+Hobbit", b"/books?limit=1", b"/nope"):
            sock.sendall(b"GET " + path + b" HTTP/1.1\r\nHost: x\r\n\r\n")
            answer = b""
            while b"\r\n\r\n" not in answer:
                answer += sock.recv(65536)
            head, body = answer.split(b"\r\n\r\n", 1)
            n = int(re.search(rb"Content-Length: (\d+)", head)[1])
            while len(body) < n:
                body += sock.recv(65536)
            json.loads(body)
            assert b"Connection: close" not in head


def test_pipelined_requests_are_answered_in_order(server):
    paths = ["/healthz", "/books/1", "/books?limit=1", "/version", "/latest?limit=1", "/nope"] * 20
    request = "".join(f"GET {path} HTTP/1.1\r\nHost: x\r\n\r\n" for path in paths)
    answer = server.raw(request.encode())
    assert answer.count(b"HTTP/1.1 ") == len(paths)
    statuses = [int(s) for s in re.findall(rb"HTTP/1\.1 (\d+)", answer)]
    assert statuses == [404 if path == "/nope" else 200 for path in paths]


def test_json_is_never_taken_for_a_page(server):
    for path in ("/books/8", "/suggest?q=%3Cscript%3E", "/recommend?title=%3Cscript%3E"):
        answer = server.get(path)
        assert answer.headers["Content-Type"] == "application/json"
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
