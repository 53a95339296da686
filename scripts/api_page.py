#!/usr/bin/env python3
"""Writes the page for people from the API's description: api_page.py OPENAPI.json OUT.html

Plain HTML with a style sheet of its own: no script, nothing from elsewhere, so that it passes the
strictest Content-Security-Policy.
"""
import html
import json
import sys


def text(value):
    return html.escape(str(value))


def resolve(api, node):
    while "$ref" in node:
        target = api
        for step in node["$ref"].lstrip("#/").split("/"):
            target = target[step]
        node = target
    return node


def kind(schema):
    words = [schema.get("type", "")]
    if "enum" in schema:
        words = [" | ".join(schema["enum"])]
    if "minimum" in schema and "maximum" in schema:
        words.append(f"{schema['minimum']} to {schema['maximum']}")
    if "default" in schema:
        words.append(f"default {json.dumps(schema['default'])}")
    return ", ".join(word for word in words if word)


def row(name, schema, note, required):
    mark = " (required)" if required else ""
    return (f"<tr><td><code>{text(name)}</code>{mark}</td><td>{text(kind(schema))}</td>"
            f"<td>{text(note)}</td></tr>\n")


def table(rows):
    head = "<tr><th>name</th><th>kind</th><th>what</th></tr>\n"
    return f"<table>\n{head}{''.join(rows)}</table>\n" if rows else ""


def operation(api, path, method, op):
    out = [f"<section>\n<h2><span>{method.upper()}</span> <code>{text(path)}</code></h2>\n",
           f"<p>{text(op['summary'])}.</p>\n"]
    if "description" in op:
        out.append(f"<p>{text(op['description'])}</p>\n")
    rows = []
    for ref in op.get("parameters", []):
        p = resolve(api, ref)
        rows.append(row(p["name"], p["schema"], p.get("description", ""), p.get("required")))
    content = op.get("requestBody", {}).get("content", {}).get("application/json", {})
    if content:
        schema = resolve(api, content["schema"])
        required = schema.get("required", [])
        for name, ref in schema["properties"].items():
            member = resolve(api, ref)
            rows.append(row(name, member, member.get("description", ""), name in required))
    out.append(table(rows))
    for example in content.get("examples", {}).values():
        body = json.dumps(example["value"])
        out.append(f"<pre>curl -d '{text(body)}' http://localhost:8080{text(path)}</pre>\n")
    out.append("<ul>\n")
    for status, ref in op["responses"].items():
        out.append(f"<li><code>{status}</code> {text(resolve(api, ref)['description'])}</li>\n")
    out.append("</ul>\n</section>\n")
    return "".join(out)


def main():
    with open(sys.argv[1], encoding="utf-8") as file:
        api = json.load(file)
    parts = [operation(api, path, method, op)
             for path, methods in api["paths"].items() for method, op in methods.items()]
    with open(sys.argv[2], "w", encoding="utf-8") as file:
        file.write(f"""<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>{text(api['info']['title'])}: the API</title>
<link rel="stylesheet" href="/assets/docs.css">
</head>
<body>
<main>
<h1>{text(api['info']['title'])}: the API</h1>
<p>{text(api['info']['description'])}</p>
<p>For programs: <a href="/openapi.json">openapi.json</a>. <a href="/">The site</a>.</p>
{''.join(parts)}</main>
</body>
</html>
""")


main()
