"""A real Chromium, the real service on a small catalogue, and the misbehaving stub."""
import os
import pathlib
import re
import subprocess
import sys
import time

import pytest
from selenium import webdriver
from selenium.webdriver.chrome.options import Options
from selenium.webdriver.chrome.service import Service
from selenium.webdriver.common.by import By
from selenium.webdriver.support.ui import WebDriverWait

sys.dont_write_bytecode = True
import books  # noqa: E402
from stub import Stub  # noqa: E402

SOURCE = pathlib.Path(os.environ.get("READALIKE_SOURCE", pathlib.Path(__file__).parents[2]))
PROGRAM = os.environ.get("READALIKE_PROGRAM", str(SOURCE / "build" / "readalike"))
WEB = SOURCE / "web"

CHROMIUM = [
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--disable-dev-shm-usage",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    # Covers of real data lie on other hosts; a test never leaves this machine.
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1, EXCLUDE localhost",
]

# Runs before any script of a page: what must not happen is written down.
WATCH = """
window.violations = []; window.failures = []; window.attacked = false;
document.addEventListener('securitypolicyviolation',
  (event) => window.violations.push(event.violatedDirective + ' ' + event.blockedURI));
window.addEventListener('error', (event) => {
  if (event.message) window.failures.push(event.message);
});
window.addEventListener('unhandledrejection', (event) => window.failures.push(String(event.reason)));
window.alert = () => { window.attacked = true; };
"""


class Page:
    """The browser, in the words of the tests."""

    def __init__(self, driver):
        self.driver = driver
        self.wrongs = []  # of the documents that were left

    def open(self, address):
        self.collect()
        self.driver.get(address)

    def collect(self):
        """What the present document did that it must not."""
        self.wrongs += self.js(
            "return [...(window.violations || []), ...(window.failures || []),"
            " ...(window.attacked ? ['an attack ran'] : [])]"
        )
        self.js("window.violations = []; window.failures = []; window.attacked = false")

    def js(self, script, *arguments):
        return self.driver.execute_script(script, *arguments)

    def cdp(self, command, **arguments):
        return self.driver.execute_cdp_cmd(command, arguments)

    def all(self, selector):
        return self.driver.find_elements(By.CSS_SELECTOR, selector)

    def one(self, selector, within_s=10):
        """The first element of the selector that is displayed, waited for."""

        def shown(_):
            return next((e for e in self.all(selector) if e.is_displayed()), False)

        return WebDriverWait(self.driver, within_s, 0.03).until(shown, f"{selector} did not appear")

    def until(self, claim, what, within_s=10):
        return WebDriverWait(self.driver, within_s, 0.03).until(lambda _: claim(), what)

    def texts(self, selector):
        return self.js(
            "return [...document.querySelectorAll(arguments[0])].map((e) => e.textContent.trim())",
            selector,
        )

    def type(self, text):
        box = self.one("#q")
        box.send_keys(text)
        return box

    def settle(self):
        """Until no part of the page waits for an answer."""
        self.until(
            lambda: self.js(
                "return document.readyState === 'complete' && !!document.querySelector('main > *')"
                " && !document.querySelector('[aria-busy]')"
            ),
            "the page is still waiting",
        )

    def size(self, width, height=800):
        self.cdp(
            "Emulation.setDeviceMetricsOverride",
            width=width,
            height=height,
            deviceScaleFactor=1,
            mobile=width < 600,
        )

    def media(self, **features):
        pairs = [{"name": k.replace("_", "-"), "value": v} for k, v in features.items()]
        self.cdp("Emulation.setEmulatedMedia", features=pairs)

    def offline(self, is_offline):
        self.cdp(
            "Network.emulateNetworkConditions",
            offline=is_offline,
            latency=0,
            downloadThroughput=-1,
            uploadThroughput=-1,
        )

    @property
    def path(self):
        return self.js("return location.pathname + location.search")


@pytest.fixture(scope="session")
def chromium(tmp_path_factory):
    options = Options()
    for argument in CHROMIUM:
        options.add_argument(argument)
    options.add_argument(f"--user-data-dir={tmp_path_factory.mktemp('chromium')}")
    driver = webdriver.Chrome(service=Service("/usr/bin/chromedriver"), options=options)
    driver.set_script_timeout(30)
    driver.execute_cdp_cmd("Page.addScriptToEvaluateOnNewDocument", {"source": WATCH})
    driver.execute_cdp_cmd("Network.enable", {})
    yield driver
    driver.quit()


@pytest.fixture
def page(chromium):
    """After every test: nothing ran that should not, and the policy was never broken."""
    page = Page(chromium)
    page.size(1280, 900)
    page.media(prefers_color_scheme="light", prefers_reduced_motion="no-preference")
    yield page
    page.offline(False)
    page.open("about:blank")
    assert page.wrongs == []


@pytest.fixture
def stub():
    server = Stub(WEB, books.plain() + books.hostile())
    yield server
    server.close()


class Service_:
    """`readalike` with a store of its own, in a folder of its own, on a port that it chooses."""

    def __init__(self, folder, settings=()):
        self.folder = pathlib.Path(folder)
        self.settings = list(settings)
        self.process = None
        self.url = None

    def command(self, *words, settings=()):
        pairs = {
            "store.url": f"sqlite:{self.folder}/books.db",
            "models.dir": f"{self.folder}/models",
        }
        pairs.update(dict(pair.split("=", 1) for pair in (*self.settings, *settings)))
        options = [word for pair in pairs.items() for word in ("--set", "=".join(pair))]
        return [PROGRAM, words[0], *options, *words[1:]]

    def run(self, *words):
        done = subprocess.run(
            self.command(*words), cwd=self.folder, capture_output=True, text=True, timeout=300
        )
        assert done.returncode == 0, f"readalike {' '.join(words)}: {done.stderr}"
        return done.stdout

    def start(self):
        log = open(self.folder / "serve.log", "w")
        self.process = subprocess.Popen(
            self.command("serve", settings=["http.port=0", "http.address=127.0.0.1"]),
            cwd=self.folder,
            stdout=log,
            stderr=subprocess.STDOUT,
        )
        for _ in range(300):
            said = (self.folder / "serve.log").read_text()
            found = re.search(r"http://127\.0\.0\.1:\d+", said)
            if found:
                self.url = found.group(0)
                return self
            assert self.process.poll() is None, f"readalike serve ended: {said}"
            time.sleep(0.05)
        raise AssertionError(f"readalike serve did not say where it listens: {said}")

    def stop(self):
        if self.process and self.process.poll() is None:
            self.process.terminate()
            self.process.wait(20)


@pytest.fixture(scope="session")
def service(tmp_path_factory):
    """The bundled catalogue, imported, trained and served."""
    server = Service_(tmp_path_factory.mktemp("service"), ["http.cors=*"])
    server.run("demo")
    server.run("train")
    yield server.start()
    server.stop()
