"""The live model is swapped under load without anybody noticing; a bad one changes nothing."""
import os
import pathlib
import signal
import time

from conftest import Load, run


def test_twenty_swaps_under_load_fail_nobody_and_mix_nothing(world):
    server = world.serve()
    first = world.first
    asked = {"title": "The Hobbit", "k": 100}

    def answers():
        body = server.post("/recommend", asked).json()
        return body["model"]["version"], [b["id"] for b in body["recommendations"]]

    known = {first: answers()[1]}
    second = world.second()
    server.wait_for(lambda: answers()[0] == second)
    known[second] = answers()[1]
    assert known[first] != known[second], "the two models must not answer alike"

    def check(session, url):
        answer = session.post(url + "/recommend", json=asked, timeout=20)
        if answer.status_code != 200:
            return f"status {answer.status_code}"
        body = answer.json()
        version, ids = body["model"]["version"], [b["id"] for b in body["recommendations"]]
        return None if known[version] == ids else f"{version} answered as another"

    load = Load(server, check)
    before = server.metric("model_reloads_total")
    for swap in range(20):
        target = first if swap % 2 == 0 else second
        world.promote(target)
        server.wait_for(lambda: server.get("/version").json()["model"]["version"] == target)
        load.wait_for_requests(20)
    failures = load.end()
    assert load.done >= 400 and failures == [], (load.done, failures[:5])
    assert server.metric("model_reloads_total") == before + 20


def test_sighup_loads_the_live_model_again(world):
    server = world.serve("models.poll_ms=3600000")
    second = world.second()
    assert server.get("/version").json()["model"]["version"] == world.first
    server.signal(signal.SIGHUP)
    server.wait_for(lambda: server.get("/version").json()["model"]["version"] == second)


def test_a_signal_reaches_main_whichever_thread_gets_it(world):
    server = world.serve()
    threads = [int(tid.name) for tid in pathlib.Path(f"/proc/{server.pid}/task").iterdir()]
    assert len(threads) > 2
    for thread in threads:  # the kernel offers the signal to the thread that is named first
        loads = server.metric("model_reloads_total")
        os.kill(thread, signal.SIGHUP)
        server.wait_for(lambda n=loads: server.metric("model_reloads_total") > n)
    assert server.stop() == 0


def test_a_rollback_is_followed(world):
    server = world.serve()
    second = world.second()
    server.wait_for(lambda: server.get("/version").json()["model"]["version"] == second)
    run("models", "rollback", cwd=world.folder)
    server.wait_for(lambda: server.get("/version").json()["model"]["version"] == world.first)


def test_a_corrupt_promoted_model_keeps_the_old_one(world):
    server = world.serve()
    second = world.second()
    server.wait_for(lambda: server.get("/version").json()["model"]["version"] == second)
    # Damaged behind the registry's back, by rename as everything in the folder is changed.
    path = next(pathlib.Path(world.folder).glob(f"var/models/{world.first}.model"))
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 0x40
    spare = path.with_suffix(".tmp")
    spare.write_bytes(data)
    spare.rename(path)
    live = path.parent / "live"
    spare.write_text(world.first + "\n")
    spare.rename(live)
    server.wait_for(lambda: 'result="failed"} 1' in server.get("/metrics").text)
    assert server.get("/readyz").status_code == 200
    assert server.get("/version").json()["model"]["version"] == second
    assert server.post("/recommend", {"title": "The Hobbit"}).status_code == 200
    log = server.errors()
    assert log.count("cannot load the model") == 1 and world.first in log
    # Mended and promoted anew, the refused one is taken.
    world.promote(second)
    server.wait_for(lambda: server.get("/readyz").json()["model"] == second)
    time.sleep(0.2)  # ten looks at the registry
    data[len(data) // 2] ^= 0x40
    spare.write_bytes(data)
    spare.rename(path)
    world.promote(world.first)
    server.wait_for(lambda: server.get("/version").json()["model"]["version"] == world.first)
    # The next good one is taken.
    world.promote(second)
    server.wait_for(lambda: server.get("/version").json()["model"]["version"] == second)
    trained = run("train", "--set", "train.neighbours=3", "--quiet", cwd=world.folder)
    assert trained.returncode == 0
    third = world.live()
    server.wait_for(lambda: server.get("/version").json()["model"]["version"] == third)


def test_a_model_file_taken_away_under_a_server_hurts_nobody(world):
    server = world.serve()
    for path in pathlib.Path(world.folder).glob("var/models/*.model"):
        path.unlink()
    server.signal(signal.SIGHUP)
    server.wait_for(lambda: 'result="failed"} 1' in server.get("/metrics").text)
    assert server.post("/recommend", {"title": "The Hobbit"}).json()["recommendations"]


def test_a_server_without_a_model_says_so_and_takes_the_first_one(tmp_path):
    from conftest import Server, write_catalogue
    write_catalogue(tmp_path / "books")
    run("import", "goodbooks", tmp_path / "books", "--quiet", cwd=tmp_path)
    server = Server(tmp_path, wait_ready=False)
    try:
        answer = server.get("/readyz")
        assert answer.status_code == 503
        assert "no model yet; run readalike train" in answer.json()["reasons"]
        answer = server.post("/recommend", {"title": "The Hobbit"})
        assert answer.status_code == 503 and answer.json()["code"] == "no_model"
        assert answer.headers["Retry-After"] == "1"
        assert server.get("/books/1").json()["title"] == "The Hobbit"
        assert server.get("/healthz").status_code == 200
        run("train", "--quiet", cwd=tmp_path)
        server.wait_for(lambda: server.get("/readyz").status_code == 200)
        assert server.post("/recommend", {"title": "The Hobbit"}).json()["recommendations"]
    finally:
        assert server.stop() == 0
