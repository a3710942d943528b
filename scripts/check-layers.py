#!/usr/bin/env python3
"""Checks what a compiler does not: that folders include only from those before them, and that nothing grows too long.

The order of the folders is ASHLAR_LAYERS in cmake/layers.cmake. Prints one line for each thing that is wrong, as
file:line: message, and ends with status 1 if there is any.
"""
import re
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
MOST_LINES_OF_FILE = 1000  # from here on too many
MOST_LINES_OF_FUNCTION = 200
# Peers of the row: what they may include besides themselves.
EXCEPTIONS = {"http": {"base", "config"}}
NOTES_TO_SELF = re.compile(r"\b(" + "|".join(["TO" + "DO", "FIX" + "ME"]) + r")\b")
INCLUDE = re.compile(r'^\s*#\s*include\s*([<"])([^>"]+)[>"]')
SOURCE_FOLDERS = ["src", "tests", "bench", "scripts", "cmake"]
TEXT_SUFFIXES = {".cpp", ".h", ".mjs", ".js", ".ts", ".py", ".sh", ".cmake", ".txt"}

problems = []


def report(path, line, message):
    problems.append(f"{path.relative_to(ROOT)}:{line}: {message}")


def layer_order():
    text = (ROOT / "cmake/layers.cmake").read_text()
    found = re.search(r"set\(ASHLAR_LAYERS ([^)]*)\)", text)
    if not found:
        sys.exit("cmake/layers.cmake: set(ASHLAR_LAYERS ...) was not found")
    return found.group(1).split()


def check_includes(path, lines, layers):
    """Of a file under src/: `path` lies in the folder of its layer, or is main.cpp, which may include anything."""
    parts = path.relative_to(ROOT / "src").parts
    own = parts[0] if len(parts) > 1 else None
    if own is not None and own not in layers:
        report(path, 1, f"the folder {own} is not in ASHLAR_LAYERS (cmake/layers.cmake)")
        return
    if own is None:
        allowed = set(layers)
    else:
        allowed = EXCEPTIONS.get(own, set(layers[: layers.index(own)])) | {own}
    for number, line in enumerate(lines, 1):
        found = INCLUDE.match(line)
        if not found:
            continue
        name = found.group(2)
        if name.startswith("boost/beast") and own != "http":
            report(path, number, "Beast is for src/http only: it makes every other file slow to compile")
        folder = name.split("/")[0]
        if found.group(1) != '"' or "/" not in name or folder not in layers:
            continue
        if folder not in allowed:
            report(path, number, f"{own} may not include from {folder}, which stands after it")


def without_texts(source):
    """The source with the inside of comments, strings and characters blanked out; line ends are kept."""
    token = re.compile(
        r'R"([^\s()\\]*)\((?:.|\n)*?\)\1"|//(?:[^\n\\]|\\.|\\\n)*|/\*(?:.|\n)*?\*/|"(?:[^"\\\n]|\\.)*"|\'(?:[^\'\\\n]|\\.)+\''
    )

    def blank(match):
        # Separators of digits (1'000'000) are no characters.
        if match.group().startswith("'") and match.start() > 0 and source[match.start() - 1].isalnum():
            return match.group()
        return re.sub(r"[^\n]", " ", match.group())

    return token.sub(blank, source)


def check_functions(path, source):
    """Whatever opens a brace after a parameter list counts as a function; the outermost one is reported."""
    opened = []  # of each open brace: line, and whether it begins a function
    text = without_texts(source)
    line = 1
    statement = ""  # what was read since the last ; { or }
    for character in text:
        if character == "\n":
            line += 1
        if character == "{":
            begins = "(" in statement and not re.match(r"\s*(namespace|class|struct|enum|union|extern)\b", statement)
            opened.append((line, begins))
            statement = ""
        elif character == "}":
            if opened:
                start, begins = opened.pop()
                length = line - start + 1
                if begins and length >= MOST_LINES_OF_FUNCTION and not any(outer for _, outer in opened):
                    report(path, start, f"a function of {length} lines; at most {MOST_LINES_OF_FUNCTION - 1}")
            statement = ""
        elif character == ";":
            statement = ""
        else:
            statement += character


def main():
    layers = layer_order()
    for folder in SOURCE_FOLDERS:
        for path in sorted((ROOT / folder).rglob("*")):
            if path.suffix not in TEXT_SUFFIXES or not path.is_file() or "node_modules" in path.parts:
                continue
            source = path.read_text(encoding="utf-8")
            lines = source.splitlines()
            if len(lines) >= MOST_LINES_OF_FILE:
                report(path, 1, f"a file of {len(lines)} lines; at most {MOST_LINES_OF_FILE - 1}")
            for number, line in enumerate(lines, 1):
                note = NOTES_TO_SELF.search(line)
                if note:
                    report(path, number, f"{note.group()}: do it, or leave it")
            if path.suffix in {".cpp", ".h"}:
                check_functions(path, source)
                if folder == "src":
                    check_includes(path, lines, layers)
    for problem in problems:
        print(problem)
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
