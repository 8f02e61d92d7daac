#!/usr/bin/env -S python3 -B
# SPDX-License-Identifier: GPL-2.0-only OR MIT
"""Headers as Doxygen wants them: the comments of this tree are plain, and say by where they stand what they describe.

  docs/site/comments.py FILE   (Doxygen's INPUT_FILTER; lines keep their numbers)

A comment above a declaration describes it, one behind it on its line describes it too, the first one of a file
describes the file. `name: text` names the declaration; where several stand below each other without a comment of their
own, each takes the text behind its name, or else all of it.
"""

import pathlib
import re
import sys

BLOCK = re.compile(r"/\*(?P<text>.*?)\*/", re.S)
NAMED = re.compile(r"(?:(?<=^)|(?<=[.;] )|(?<=\n))([a-z]\w*): ")
NOT_DESCRIBED = re.compile(r"\{$|^#|^struct \w+;$")
BEHIND = "/**< @brief "  # all of it: a field has no more
FIELDS = re.compile(r"(?P<indent>\s*)(?P<type>\w[\w ]*[ *])(?P<names>\w+(?:, \w+)+);\s*$")
DECLARED = re.compile(r"\(\*(\w+)\)|\b(\w+)\s*(?:\(|\[|;|=|,)(?!\*)")


def lines_of(text):
    """The text of a block comment without the stars in front of its lines."""
    return re.sub(r"\n[ \t]*\* ?", "\n", text).strip()


def without_name(text):
    """The text of a comment that names what it describes, as a sentence."""
    bare = re.sub(r"^[a-z]\w*: (?=\S)", "", text)
    return bare if re.match(r"\w*_|$", bare) else bare[0].upper() + bare[1:]


def split(text, names):
    """(name, text) for each of `names` that the text names; what stands before the first belongs to the first."""
    found = [match for match in NAMED.finditer(text) if any(of(match[1], name) for name in names)]
    if len(found) < 2:
        return {}
    ends = [match.start() for match in found[1:]] + [len(text)]
    parts = {match[1]: text[match.end():end].strip() for match, end in zip(found, ends)}
    parts[found[0][1]] = text[:found[0].start()] + without_name(parts[found[0][1]])
    return parts


def of(word, name):
    return name == word or name.endswith("_" + word)


def declared(line):
    match = DECLARED.search(re.sub(r"/\*.*?\*/|//.*", "", line))
    return match[1] or match[2] if match else ""


def declarations(lines, first):
    """Numbers of the lines that begin a declaration without a comment of its own, up to a blank line or a comment."""
    found, inside = [], False
    for number in range(first, len(lines)):
        line = lines[number].strip()
        if not line or line[0] in "/*#}" or line.endswith("{"):
            break
        if not inside:
            found.append(number)
        inside = not re.search(r"[;{,]\s*(?:/\*.*)?$", line) or (line.endswith(",") and "(" in line)
    return found


def describe(lines, first, text):
    """Gives the text of a comment above line `first` to what it describes there; returns what is left of it."""
    below = declarations(lines, first)
    names = {number: declared(lines[number]) for number in below}
    parts = split(text, names.values())
    shared = text if all("(" in lines[number] for number in below) else ""
    for number in below[1:]:
        part = next((part for word, part in parts.items() if of(word, names[number])), shared)
        if part and "/*" not in lines[number]:
            part = " ".join(without_name(part).split())
            code = lines[number].lstrip()
            lines[number] = f"{lines[number][:-len(code)]}/** {part} */ {code}"
    return next((part for word, part in parts.items() if below and of(word, names[below[0]])), text)


def apart(code, body):
    """Names that share a type and a comment behind them, as in `int first, last;`, each with both."""
    match = FIELDS.match(code)
    if not match:
        return None
    comment, names = " ".join(body.split()), match["names"].split(", ")
    return match["indent"] + " ".join(f"{match['type']}{name}; {BEHIND}{comment} */" for name in names)


def blocks(text):
    """C comments."""
    lines, number, described = text.split("\n"), 0, False
    while number < len(lines):
        line = lines[number]
        begin = line.find("/*")
        if begin < 0 or line[begin:].startswith("/**") or "SPDX" in line:
            number += 1
            continue
        end = number
        while "*/" not in lines[end]:
            end += 1
        comment = "\n".join(lines[number:end + 1])[begin:]
        body, behind = lines_of(comment[2:comment.rindex("*/")]), line[:begin].strip()
        if not behind and not described:
            described, opened = True, "/** @file\n"
        elif behind:
            opened = "" if NOT_DESCRIBED.search(behind) else BEHIND
        else:
            body, opened = describe(lines, end + 1, body), "/** "
        if opened:
            text = body if "@file" in opened or "<" in opened else without_name(body)
            made = ("<" in opened and apart(line[:begin], body) or line[:begin] + opened + text + " */").split("\n")
            made += [""] * (end + 1 - number - len(made))
            lines[number:end + 1] = made[:end - number] + ["\n".join(made[end - number:])]
        number = end + 1
    return "\n".join(lines)


def slashes(text):
    """C++ comments."""
    lines, described, behind = text.split("\n"), False, 0  # the column of a comment behind a declaration
    for number, line in enumerate(lines):
        code, found, comment = line.partition("//")
        if not found or "SPDX" in line:
            behind = 0
        elif code.strip():
            describes = not code.strip().endswith("{") and not code.startswith("#") and "}" not in code
            behind = len(code) if describes else 0
            lines[number] = behind and apart(code, comment) or code + ("///< @brief" if behind else "//") + comment
        elif behind and len(code) == behind:
            lines[number] = code + "///<" + comment
        else:
            lines[number], behind = code + "///" + comment, 0
            if not described and comment.strip() and lines[number - 1] == "///":
                described, lines[number - 1] = True, "/// @file"
            elif described and not lines[number - 1].lstrip().startswith("//"):
                lines[number] = code + "/// " + without_name(comment.strip())
    return "\n".join(lines)


def filtered(path, text):
    made = blocks(text) if path.endswith(".h") and "/*" in text.split("\n", 1)[0] else slashes(text)
    return made.replace(" .. ", " … ")  # what is brief would end at the first dot


if __name__ == "__main__":
    print(filtered(sys.argv[1], pathlib.Path(sys.argv[1]).read_text(encoding="utf-8")), end="")
