#!/usr/bin/env -S python3 -B
# SPDX-License-Identifier: GPL-2.0-only OR MIT
"""Compares JSON with a schema of this folder.

  docs/schema/validate.py SCHEMA [FILE]   (default: the standard input)

Of JSON Schema it knows what README.md lists, and refuses the rest, so that no schema demands what is not looked at.
Exit status 1: what was found where, and what was expected.
"""

import json
import pathlib
import sys

TYPES = {"object": dict, "array": list, "string": str, "boolean": bool, "number": (int, float), "integer": int}
KNOWN = {"$schema", "$id", "$defs", "$ref", "title", "description", "type", "properties", "required",
         "additionalProperties", "items", "enum", "const", "minimum"}


def is_a(value, kind):
    return isinstance(value, TYPES[kind]) and (kind == "boolean" or not isinstance(value, bool))


class Schema:
    def __init__(self, path):
        self.path = pathlib.Path(path)
        self.root = json.loads(self.path.read_text(encoding="utf-8"))

    def resolve(self, reference):
        """(schema file, part of it) that a $ref names."""
        name, _, pointer = reference.partition("#")
        schema = Schema(self.path.parent / name) if name else self
        part = schema.root
        for key in [key for key in pointer.split("/") if key]:
            part = part[key]
        return schema, part

    def findings(self, value, rule=None, where="$"):
        """A line for each place where the value is not as the schema says."""
        rule = self.root if rule is None else rule
        if unknown := set(rule) - KNOWN:
            raise ValueError(f"{self.path}: {where}: found {sorted(unknown)}, expected what validate.py knows")
        if "$ref" in rule:
            schema, part = self.resolve(rule["$ref"])
            yield from schema.findings(value, part, where)
        kinds = rule.get("type", [])
        kinds = [kinds] if isinstance(kinds, str) else kinds
        if kinds and not any(is_a(value, kind) for kind in kinds):
            yield f"{where}: found {json.dumps(value)[:60]}, expected {' or '.join(kinds)}"
            return
        if "const" in rule and value != rule["const"]:
            yield f"{where}: found {json.dumps(value)}, expected {json.dumps(rule['const'])}"
        if "enum" in rule and value not in rule["enum"]:
            yield f"{where}: found {json.dumps(value)}, expected one of {json.dumps(rule['enum'])}"
        if "minimum" in rule and value < rule["minimum"]:
            yield f"{where}: found {value}, expected at least {rule['minimum']}"
        if isinstance(value, dict):
            yield from self.of_object(value, rule, where)
        if isinstance(value, list) and "items" in rule:
            for n, item in enumerate(value):
                yield from self.findings(item, rule["items"], f"{where}[{n}]")

    def of_object(self, value, rule, where):
        for name in rule.get("required", []):
            if name not in value:
                yield f"{where}: found no {name}"
        properties = rule.get("properties", {})
        others = rule.get("additionalProperties", True)
        for name, item in value.items():
            if name in properties:
                yield from self.findings(item, properties[name], f"{where}.{name}")
            elif others is False:
                yield f"{where}: found {name}, expected one of {', '.join(properties)}"
            elif others is not True:
                yield from self.findings(item, others, f"{where}.{name}")


def main():
    if len(sys.argv) not in [2, 3]:
        sys.exit(__doc__)
    text = pathlib.Path(sys.argv[2]).read_text(encoding="utf-8") if len(sys.argv) == 3 else sys.stdin.read()
    found = list(Schema(sys.argv[1]).findings(json.loads(text)))
    print("\n".join(found), end="\n" if found else "")
    sys.exit(1 if found else 0)


if __name__ == "__main__":
    main()
