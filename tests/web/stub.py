"""A small server that speaks the HTTP contract and can be told to misbehave.

The page's ordinary behaviour is tested against the real service; this one is for what a healthy
service never does: hanging, breaking off, answering 500, titles that are attacks, cover images
that are missing or 1x1.
"""
import json
import pathlib
import socket
import struct
import threading
import time
import zlib
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, unquote, urlsplit

CSP = (
    "default-src 'none'; script-src 'self'; style-src 'self'; font-src 'self'; connect-src 'self'; "
    "img-src 'self' https: http: data:; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
)
TYPES = {
    ".js": "text/javascript",
    ".css": "text/css",
    ".svg": "image/svg+xml",
    ".html": "text/html",
    ".json": "application/json",
}


def png(width, height, rgb):
    """A PNG of one colour, so that a test needs no image files."""

    def chunk(kind, data):
        body = kind + data
        return struct.pack(">I", len(data)) + body + struct.pack(">I", zlib.crc32(body))

    rows = (b"\0" + bytes(rgb) * width) * height
    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", head)
        + chunk(b"IDAT", zlib.compress(rows))
        + chunk(b"IEND", b"")
    )


def byte_match(title, query):
    """Where the query's words start words of the title, in bytes of UTF-8, as the service counts."""
    ranges = []
    for word in query.lower().split():
        at = title.lower().find(word)
        if at >= 0:
            start = len(title[:at].encode())
            ranges.append([start, len(title[at : at + len(word)].encode())])
    return sorted(ranges)


class Stub:
    """`faults` maps a path prefix to ("status", code, body), ("hang",), ("drop",) or ("delay", s)."""

    def __init__(self, web, books):
        self.web = pathlib.Path(web)
        self.books = books
        self.faults = {}
        self.asked = []  # (method, path, body)
        self.released = threading.Event()
        stub = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def log_message(self, *_):
                pass

            def do_GET(self):
                stub.handle(self, None)

            def do_POST(self):
                length = int(self.headers.get("Content-Length", 0))
                stub.handle(self, json.loads(self.rfile.read(length)))

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}"

    def close(self):
        self.released.set()
        self.server.shutdown()
        self.server.server_close()

    def handle(self, request, body):
        url = urlsplit(request.path)
        self.asked.append((request.command, request.path, body))
        fault = next((f for path, f in self.faults.items() if request.path.startswith(path)), None)
        if fault and fault[0] == "drop":
            request.connection.shutdown(socket.SHUT_RDWR)
            request.close_connection = True
            return
        if fault and fault[0] == "hang":
            self.released.wait(60)
            request.close_connection = True
            return
        if fault and fault[0] == "delay":
            time.sleep(fault[1])
        if fault and fault[0] == "status":
            self.send(request, fault[1], fault[2])
            return
        query = {k: v[0] for k, v in parse_qs(url.query).items()}
        self.route(request, unquote(url.path), query, body)

    def send(self, request, status, body, kind="application/json"):
        data = body if isinstance(body, bytes) else json.dumps(body).encode()
        request.send_response(status)
        request.send_header(
            "Content-Type", kind + ("; charset=utf-8" if "image" not in kind else "")
        )
        request.send_header("Content-Length", str(len(data)))
        request.send_header("Content-Security-Policy", CSP)
        request.send_header("X-Content-Type-Options", "nosniff")
        request.send_header("Cache-Control", "no-store")
        request.end_headers()
        try:
            request.wfile.write(data)
        except (BrokenPipeError, ConnectionResetError):
            pass  # the page gave up waiting, as it should

    def file(self, request, path):
        if not path.is_file():
            self.send(request, 404, {"error": "there is no such file", "code": "not_found"})
            return
        self.send(
            request, 200, path.read_bytes(), TYPES.get(path.suffix, "application/octet-stream")
        )

    def route(self, request, path, query, body):
        parts = path.strip("/").split("/")
        if path == "/" or parts[0] == "book":
            self.file(request, self.web / "index.html")
        elif path == "/docs":
            self.file(request, self.web / "docs.html")
        elif path == "/openapi.json":
            self.file(request, self.web.parent / "src" / "http" / "openapi.json")
        elif path == "/site.json":
            self.send(request, 200, {"item": "book", "creator": "author", "reader": "reader"})
        elif parts[0] == "assets":
            self.file(request, self.web / "assets" / parts[-1])
        elif path == "/covers/tiny.png":
            self.send(request, 200, png(1, 1, (255, 255, 255)), "image/png")
        elif parts[0] == "covers" and parts[-1] != "missing.png":
            shade = zlib.crc32(parts[-1].encode())
            colour = (shade & 127) + 60, (shade >> 8 & 127) + 60, (shade >> 16 & 127) + 60
            self.send(request, 200, png(120, 180, colour), "image/png")
        else:
            self.api(request, path, parts, query, body)

    def api(self, request, path, parts, query, body):
        if path == "/suggest":
            self.send(
                request, 200, {"suggestions": self.near(query.get("q", ""), int(query.get("n", 7)))}
            )
        elif path == "/popular":
            self.send(request, 200, {"recommendations": self.books[: int(query.get("k", 5))]})
        elif path == "/recommend":
            self.recommend(request, body)
        elif parts[0] == "books" and len(parts) > 1:
            self.book(request, parts, query)
        else:
            self.send(request, 404, {"error": "There is no such route.", "code": "not_found"})

    def near(self, typed, n):
        words = typed.lower().split()
        text = lambda book: (book["title"] + " " + (book.get("author") or "")).lower()
        hits = [b for b in self.books if all(w in text(b) for w in words)]
        if not hits:  # a typo: the first letters will do
            hits = [b for b in self.books if words and all(w[:2] in text(b) for w in words)]
        return [{**b, "match": byte_match(b["title"], typed)} for b in hits[:n]]

    def book(self, request, parts, query):
        found = next((b for b in self.books if str(b["id"]) == parts[1]), None)
        if not found:
            self.send(
                request, 404, {"error": f"There is no book {parts[1]}.", "code": "unknown_book"}
            )
        elif len(parts) == 2:
            self.send(request, 200, found)
        else:
            others = [b for b in self.books if b["id"] != found["id"]]
            others.sort(key=lambda b: b.get("author") != found.get("author"))
            self.send(
                request, 200, {"book": found, "recommendations": others[: int(query.get("k", 5))]}
            )

    def recommend(self, request, body):
        wanted = body.get("titles") or [body.get("title") or body.get("book_name") or ""]
        ids = [b["id"] for b in body.get("books", [])]
        liked = [b for b in self.books if b["id"] in ids]
        if not ids:
            liked = [b for b in self.books if b["title"].lower() in [w.lower() for w in wanted]]
        if not liked:
            near = self.near(wanted[0], 7)
            if near:
                self.send(request, 200, {"suggestions": near})
            else:
                sentence = f'There is no book like "{wanted[0]}" here.'
                self.send(
                    request, 404, {"error": sentence, "code": "unknown_title", "request_id": "r-1"}
                )
            return
        others = [b for b in self.books if b not in liked]
        others.sort(key=lambda b: b.get("author") not in [one.get("author") for one in liked])
        picks = [
            {
                **book,
                "score": 1.0 / (i + 1),
                "source": "model",
                "because": [{"id": l["id"], "title": l["title"], "weight": 0.5} for l in liked[:2]],
            }
            for i, book in enumerate(others[: body.get("k", 5)])
        ]
        reply = {"book": liked[0], "recommendations": picks, "fallback": None, "exhausted": False}
        reply["model"] = {"version": 1, "algorithm": "stub"}
        self.send(request, 200, reply)
