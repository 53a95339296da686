"""Writes docs/settings.md from the program's own table: settings_doc.py READALIKE > docs/settings.md"""
import re
import subprocess
import sys

printed = subprocess.run([sys.argv[1], "config", "--defaults"], check=True, capture_output=True,
                         text=True).stdout
print("""# Settings

Made from the program's own table by `python3 scripts/settings_doc.py build/readalike > docs/settings.md`.

A setting is given in a file (`--config FILE`; `config/readalike.conf` is a complete sample), in the environment
(`http.port` is `READALIKE_HTTP_PORT`) or on the command line (`--set http.port=9000`; `--store URL` is short for
`--set store.url=URL`). The command line wins over the environment, the environment over the file.
`readalike config` prints the values in force.

| setting | default | what |
|---|---|---|""")
section = what = ""
for line in printed.splitlines():
    if line.startswith("["):
        section = line.strip("[]")
    elif line.startswith("# "):
        what = line[2:]
    elif match := re.match(r"(\w+) = ?(.*)", line):
        default = f"`{match[2]}`" if match[2] else "empty"
        print(f"| `{section}.{match[1]}` | {default} | {what} |")
