"""Starting: what is wrong is one clear sentence and the right status; what is missing is waited for."""
import json
import os
import socket
import subprocess

import pytest

from conftest import PROGRAM, Server, run


def serve(cwd, *args, status=2):
    done = run("serve", "--set", "http.port=0", *args, cwd=cwd, check=False)
    assert done.returncode == status, (done.returncode, done.stderr)
    assert done.stdout == "" or "--json" in args
    return done.stderr


@pytest.mark.parametrize("setting,words", [
    ("http.prot=1", "did you mean http.port?"),
    ("http.port=70000", "http.port: 70000 is not between 0 and 65535"),
    ("http.threads=many", "http.threads: \"many\" is not a whole number"),
    ("http.cors=example.org", "http.cors: \"example.org\" is not an origin"),
    ("http.cors=https://a.example/", "http.cors"),
    ("http.address=nowhere.invalid", "cannot listen on nowhere.invalid"),
    ("http.max_connections=100000", "http.max_connections"),
    ("cache.redis=http://x", "cache.redis: the Redis URL"),
    ("log.level=loud", "log.level"),
])
def test_a_bad_setting_is_refused_with_status_2(tmp_path, setting, words):
    command = f"ulimit -n 4096; exec {PROGRAM} serve --set http.port=0 --set '{setting}'"
    done = subprocess.run(["bash", "-c", command], cwd=tmp_path, capture_output=True, text=True,
                          timeout=30, check=False)
    assert done.returncode == 2, (done.returncode, done.stderr)
    last = done.stderr.strip().splitlines()
    assert any(words in line for line in last), done.stderr


@pytest.mark.parametrize("url", ["mysql://x", "sqlite", "", "nonsense"])
def test_a_bad_store_url_is_refused(tmp_path, url):
    assert "store" in serve(tmp_path, "--store", url) or url in serve(tmp_path, "--store", url)


def test_a_store_file_that_is_none_is_refused(tmp_path):
    (tmp_path / "bad.db").write_bytes(b"this is no database" * 100)
    assert "bad.db" in serve(tmp_path, "--store", "sqlite:bad.db", status=1)


def test_a_port_in_use_is_one_clear_sentence(shared, server):
    said = serve(shared.folder, "--set", f"http.port={server.port}", status=1)
    lines = [line for line in said.splitlines() if line.startswith("readalike: ")]
    assert lines == [f"readalike: port {server.port} of 127.0.0.1 is in use; stop what listens there "
                     "or choose another with --set http.port=N (0 picks a free one)"]


def test_a_port_in_use_by_anything_else_is_noticed_too(shared):
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        assert f"port {port} of 127.0.0.1 is in use" in serve(
            shared.folder, "--set", f"http.port={port}", status=1)


def test_a_folder_of_pages_that_is_not_there_is_named(tmp_path):
    assert "web.dir" in serve(tmp_path, "--set", "web.dir=nowhere", status=1)
    (tmp_path / "empty").mkdir()
    assert "index.html" in serve(tmp_path, "--set", "web.dir=empty", status=1)


def test_pages_can_come_from_a_folder(shared, tmp_path):
    (tmp_path / "assets").mkdir()
    (tmp_path / "index.html").write_text("<!doctype html><title>Ours</title>")
    (tmp_path / "assets" / "a.css").write_text("p{}")
    (tmp_path / "assets" / "a.css.gz~").write_text("")
    site = shared.serve(f"web.dir={tmp_path}")
    assert "Ours" in site.get("/").text and site.get("/assets/a.css").text == "p{}"
    assert site.get("/assets/main.js").status_code == 404
    assert site.get("/openapi.json").status_code == 200


def test_ipv6_is_served(shared):
    try:
        with socket.socket(socket.AF_INET6) as probe:
            probe.bind(("::1", 0))
    except OSError:
        pytest.skip("no IPv6 here")
    site = shared.serve("http.address=::1")
    assert site.url.startswith("http://[::1]:") and site.get("/healthz").status_code == 200


def test_unexpected_words_and_help(tmp_path):
    assert run("serve", "now", cwd=tmp_path, check=False).returncode == 2
    assert "Example" in run("serve", "--help", cwd=tmp_path).stdout


def test_json_says_where_it_listens(shared):
    process = subprocess.Popen([PROGRAM, "serve", "--set", "http.port=0", "--json"],
                               cwd=shared.folder, stdout=subprocess.PIPE,
                               stderr=subprocess.DEVNULL, text=True)
    try:
        said = json.loads(process.stdout.readline())
        assert said["listening"].endswith(f":{said['port']}")
    finally:
        process.terminate()
        assert process.wait(10) == 0
        process.stdout.close()


def test_few_open_files_are_refused_before_they_run_out(shared):
    def low():
        import resource
        resource.setrlimit(resource.RLIMIT_NOFILE, (64, 64))
    done = subprocess.run([PROGRAM, "serve", "--set", "http.port=0"], cwd=shared.folder,
                          capture_output=True, text=True, timeout=30, preexec_fn=low, check=False)
    assert done.returncode == 2 and "ulimit -n" in done.stderr
    assert os.path.isdir(shared.folder)
