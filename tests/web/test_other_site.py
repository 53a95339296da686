"""A page of another site, written before this service, works unchanged where CORS is allowed."""
import http.server
import pathlib
import re
import threading

import pytest
from conftest import Service_

HERE = pathlib.Path(__file__).parent


@pytest.fixture(scope="module")
def other_site():
    """Another origin: another port, and another host name."""

    class Handler(http.server.BaseHTTPRequestHandler):
        def log_message(self, *_):
            pass

        def do_GET(self):
            body = (HERE / "other_site.html").read_bytes()
            self.send_response(200)
            self.send_header("Content-Type", "text/html; charset=utf-8")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://localhost:{server.server_address[1]}"
    server.shutdown()
    server.server_close()


def ask(page, site, service, name):
    page.open(f"{site}/?service={service.url}")
    page.one("#name").send_keys(name)
    page.one("button").click()
    page.until(
        lambda: page.js("return document.getElementById('results').dataset.done"), "no answer"
    )


def test_it_reads_recommendations(page, service, other_site):
    ask(page, other_site, service, "The Hobbit")
    lines = page.texts(".recommendation")
    assert len(lines) == 5
    for line in lines:
        title, author, image, average, count = line.split("|")
        assert title and author and author != "undefined"
        assert image in ("string", "object"), "an address, or null"
        assert re.fullmatch(r"\d+\.\d", average) and int(count) > 0


def test_it_reads_suggestions(page, service, other_site):
    ask(page, other_site, service, "the hobit")
    assert page.texts(".suggestion")[0] == "The Hobbit"
    assert len(page.texts(".suggestion")) <= 7


def test_it_reads_the_error(page, service, other_site):
    ask(page, other_site, service, "zzxxqqwwvv kkjjhh")
    assert len(page.texts(".error")) == 1


def test_only_listed_origins_may_read(page, service, other_site):
    """The same store and models, served again with other origins listed."""
    for origins, kind in [
        ("", "blocked"),
        ("https://example.org", "blocked"),
        (other_site, "recommendation"),
    ]:
        closed = Service_(service.folder / f"cors-{len(origins)}", [f"http.cors={origins}"])
        closed.folder.mkdir()
        closed.settings += [
            f"store.url=sqlite:{service.folder}/books.db",
            f"models.dir={service.folder}/models",
        ]
        closed.start()
        try:
            ask(page, other_site, closed, "The Hobbit")
            assert page.texts(f".{kind}"), origins
        finally:
            closed.stop()
