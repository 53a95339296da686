"""The command line as a person meets it: help, mistakes, exit statuses, the sample settings file.

Usage: test_cli.py READALIKE SOURCE_ROOT
"""
import json
import os
import re
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

PROGRAM, ROOT = Path(sys.argv[1]).resolve(), Path(sys.argv[2])


def run(*arguments: str, cwd: str | None = None) -> subprocess.CompletedProcess:
    env = {k: v for k, v in os.environ.items() if not k.startswith("READALIKE_")}
    return subprocess.run([PROGRAM, *arguments], capture_output=True, text=True, timeout=60,
                          cwd=cwd, env=env, check=False)


def commands() -> list[str]:
    return re.findall(r"^  (\w+) ", run("--help").stdout, re.M)


class CommandLine(unittest.TestCase):
    def test_every_command_explains_itself_with_an_example(self):
        self.assertGreaterEqual(len(commands()), 3)
        for name in commands():
            done = run(name, "--help")
            self.assertEqual(done.returncode, 0, name)
            self.assertIn("Example:\n  readalike ", done.stdout, name)
            self.assertEqual(done.stderr, "", name)

    def test_no_command_shows_the_overview_and_is_wrong_usage(self):
        done = run()
        self.assertEqual(done.returncode, 2)
        self.assertIn("Usage: readalike COMMAND", done.stderr)

    def test_an_unknown_command_names_the_nearest(self):
        done = run("confg")
        self.assertEqual(done.returncode, 2)
        self.assertIn('unknown command "confg"; did you mean "config"?', done.stderr)

    def test_an_unknown_option_is_wrong_usage_for_every_command(self):
        for name in commands():
            done = run(name, "--no-such-option")
            self.assertEqual(done.returncode, 2, name)
            self.assertIn("--no-such-option", done.stderr, name)

    def test_a_bad_setting_is_one_sentence_and_status_2(self):
        for arguments, words in [
            (["--set", "http.port=99999"], "not between 0 and 65535"),
            (["--set", "http.prot=1"], "did you mean http.port?"),
            (["--set", "nonsense"], "KEY=VALUE"),
            (["--config", "/nonexistent.conf"], "/nonexistent.conf"),
            (["--config", "/"], "cannot read the settings file /"),
        ]:
            done = run("config", *arguments)
            self.assertEqual(done.returncode, 2, arguments)
            self.assertIn(words, done.stderr)
            self.assertEqual(done.stderr.count("\n"), 1, done.stderr)

    def test_a_failure_is_json_when_json_is_asked_for(self):
        done = run("migrate", "--json", "--store", "mongodb://x")
        self.assertEqual(done.returncode, 1)
        self.assertIn("mongodb", json.loads(done.stdout)["error"])

    def test_settings_are_json_when_json_is_asked_for(self):
        said = json.loads(run("config", "--json", "--set", "web.note=a \"b\"").stdout)
        self.assertEqual((said["http.port"], said["web.note"]), (8080, 'a "b"'))
        defaults = json.loads(run("config", "--json", "--defaults").stdout)
        self.assertEqual(defaults["train.rating_weight"], 1)

    def test_a_file_that_is_no_database_is_refused_and_left_alone(self):
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "notes.txt"
            path.write_text("these are my notes\n" * 100)
            done = run("migrate", "--store", f"sqlite:{path}")
            self.assertEqual(done.returncode, 1)
            self.assertEqual(path.read_text(), "these are my notes\n" * 100)

    def test_the_sample_settings_file_is_the_table_of_defaults(self):
        sample = (ROOT / "config" / "readalike.conf").read_text()
        printed = re.sub(r" +$", "", run("config", "--defaults").stdout, flags=re.M)
        self.assertEqual(sample, printed)

    def test_the_page_of_settings_is_made_from_the_table(self):
        made = subprocess.run([sys.executable, ROOT / "scripts" / "settings_doc.py", PROGRAM],
                              capture_output=True, text=True, check=True).stdout
        self.assertEqual((ROOT / "docs" / "settings.md").read_text(), made)


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1], verbosity=2)
