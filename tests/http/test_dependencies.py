"""What the service leans on goes away: Redis costs nobody an answer, the store only its own routes."""
import pathlib
import shutil
import subprocess
import sys
import threading
import time

import pytest

from conftest import Load, Server, World, missing

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "tools"))
from with_postgres import Missing, Postgres  # noqa: E402
from with_redis import Redis  # noqa: E402


@pytest.fixture
def redis():
    if not Redis.is_installed():
        missing("redis", "no redis-server")
    server = Redis().start()
    yield server
    server.kill()
    shutil.rmtree(server.folder, ignore_errors=True)


@pytest.fixture(scope="module")
def postgres():
    try:
        server = Postgres()
    except Missing as why:
        missing("pg", str(why))
    with server:
        yield server


@pytest.fixture(scope="module")
def on_postgres(postgres, tmp_path_factory):
    world = World(tmp_path_factory.mktemp("pg"), store=postgres.url)
    yield world
    world.stop()


def ask_readers(session, url):
    """A reader's answer needs the store and uses Redis; every one must be right."""
    n = int(time.monotonic() * 1000) % 72 + 1
    answer = session.post(url + "/recommend", json={"user": f"goodbooks:{n}", "k": n % 20 + 1},
                          timeout=20)
    if answer.status_code != 200:
        return f"{answer.status_code} {answer.text}"
    return None if answer.json()["recommendations"] else "no recommendations"


def test_redis_killed_frozen_and_back_fails_no_read(world, redis):
    server = world.serve(f"cache.redis={redis.url}", "cache.memory_mb=0", "cache.deadline_ms=50")
    assert server.get("/readyz").json()["cache"] == "redis"
    load = Load(server, ask_readers)
    load.wait_for_requests(300)
    server.wait_for(lambda: 'where="redis"} 0' not in server.get("/metrics").text)
    redis.freeze()
    load.wait_for_requests(100)
    redis.thaw()
    load.wait_for_requests(100)
    redis.kill()
    load.wait_for_requests(200)
    server.wait_for(lambda: "redis down" in server.get("/readyz").json()["cache"])
    assert server.get("/readyz").status_code == 200
    redis.start()
    server.wait_for(lambda: server.get("/readyz").json()["cache"] == "redis")
    load.wait_for_requests(100)
    failures = load.end()
    assert load.done >= 800 and failures == [], (load.done, failures[:3])


def test_without_redis_at_the_start_the_service_starts(shared):
    server = shared.serve("cache.redis=redis://127.0.0.1:1")
    assert server.post("/recommend", {"user": "goodbooks:1"}).status_code == 200


def test_postgresql_serves_every_route_as_sqlite_does(on_postgres, server):
    other = on_postgres.serve()
    for path in ("/recommend?title=The+Hobbit", "/suggest?q=hob", "/books?limit=100", "/books/3",
                 "/books?q=MURDER&sort=title", "/recommend?user=goodbooks:1&k=9",
                 "/latest?limit=100", "/popular?k=7"):
        mine, theirs = server.get(path).json(), other.get(path).json()
        for answer in (mine, theirs):
            answer.pop("model", None)
        assert mine == theirs, path


def test_postgresql_down_costs_only_what_needs_it(on_postgres, postgres):
    server = on_postgres.serve("store.lease_timeout_ms=500")

    def by_title(session, url):
        answer = session.post(url + "/recommend", json={"title": "The Hobbit"}, timeout=20)
        return None if answer.status_code == 200 else answer.text

    load = Load(server, by_title, clients=2)
    load.wait_for_requests(50)
    postgres.kill()
    try:
        server.wait_for(lambda: server.get("/readyz").status_code == 503)
        body = server.get("/readyz").json()
        assert body["store"] == "down" and any("store" in reason for reason in body["reasons"])
        answer = server.get("/books?q=solaris")
        assert answer.status_code == 503 and answer.json()["code"] in ("unavailable", "timeout")
        assert answer.headers["Retry-After"] and "postgres" not in answer.text
        assert server.get("/books/3").status_code == 200  # from the model
        assert server.get("/healthz").status_code == 200
        load.wait_for_requests(50)
    finally:
        postgres.start()
    server.wait_for(lambda: server.get("/readyz").status_code == 200)
    assert server.get("/books?q=solaris").json()["books"][0]["title"] == "Solaris"
    assert load.end() == []


def test_a_store_that_is_down_at_the_start_is_waited_for(on_postgres, postgres):
    postgres.kill()
    try:
        server = Server(on_postgres.folder, store=postgres.url, wait_ready=False)
        on_postgres.servers.append(server)
        assert server.get("/readyz").status_code == 503
        assert server.post("/recommend", {"title": "The Hobbit"}).status_code == 200
        answer = server.get("/books")
        assert answer.status_code == 503 and answer.json()["code"] == "store_down"
    finally:
        postgres.start()
    server.wait_for(lambda: server.get("/readyz").status_code == 200)
    assert server.get("/books").status_code == 200


@pytest.fixture
def locked_books(postgres):
    """Nobody reads the books while the returned process lives."""
    lock = subprocess.Popen(["psql", "-qAt", postgres.url], stdin=subprocess.PIPE, text=True,
                            stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    lock.stdin.write("BEGIN; LOCK TABLE books IN ACCESS EXCLUSIVE MODE; SELECT 'locked';\n")
    lock.stdin.flush()
    assert lock.stdout.readline() == "locked\n", lock.stderr.read()
    yield lock
    if lock.poll() is None:
        lock.kill()
    lock.wait()
    for pipe in (lock.stdin, lock.stdout, lock.stderr):
        pipe.close()


def test_a_full_queue_is_503_at_once_and_a_late_answer_504(on_postgres, locked_books):
    server = on_postgres.serve("http.workers=1", "http.queue=2", "http.request_timeout_ms=1500",
                               "cache.memory_mb=0", wait_ready=False)
    answers, lock = [], threading.Lock()

    def ask():
        start = time.monotonic()
        answer = server.get("/books?q=the")
        with lock:
            answers.append((answer.status_code, time.monotonic() - start, answer))

    threads = [threading.Thread(target=ask) for _ in range(12)]
    for thread in threads:
        thread.start()
        time.sleep(0.02)
    # The polling threads are free meanwhile.
    start = time.monotonic()
    assert server.post("/recommend", {"title": "The Hobbit"}).status_code == 200
    assert time.monotonic() - start < 0.5
    for thread in threads:
        thread.join(20)
    full = [(took, a) for status, took, a in answers if status == 503]
    late = [(took, a) for status, took, a in answers if status == 504]
    assert len(full) + len(late) == 12 and len(late) in (2, 3) and full, [a[:2] for a in answers]
    for took, answer in full:
        assert took < 1 and answer.headers["Retry-After"] == "1"
        assert answer.json()["code"] == "overloaded"
    for took, answer in late:
        assert 1.3 < took < 3 and answer.json()["code"] == "timeout"
    assert server.metric("http_queue_rejected_total") == len(full)
    locked_books.kill()
    server.wait_for(lambda: server.get("/books?q=the").status_code == 200)
    assert server.metric("http_queue_depth") == 0
