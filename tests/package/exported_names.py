#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""The shared library has the name that programs are to be linked with, and shows nothing but the public API.

    exported_names.py LIBRARY SONAME MAP HEADERS"""
import pathlib
import re
import subprocess
import sys


def output_of(*command):
    return subprocess.run(command, check=True, text=True, capture_output=True, timeout=60).stdout


def main():
    library, soname, exports, headers = sys.argv[1:]
    declared = set(re.findall(r"\w+", "".join(header.read_text() for header in pathlib.Path(headers).glob("*.hpp"))))
    wrong = []
    if f"[{soname}]" not in output_of("readelf", "-d", library):
        wrong.append(f"its SONAME is not {soname}")
    names = output_of("nm", "-DC", "--defined-only", library).splitlines()
    shown = [name.split(" ", 2)[2] for name in names]
    for name in shown:
        at = re.match(r"(?:typeinfo for |typeinfo name for |vtable for )?dotcompute::(?:detail::)?(\w+)", name)
        if not at or at[1] not in declared:
            wrong.append(f"{name} is shown, and is not declared in {headers}")
    # A line of the map that nothing answers to is a mistake, or what it named is gone.
    for line in open(exports, encoding="utf-8"):
        pattern = line.strip().rstrip(";").strip('"')
        if "dotcompute::" not in pattern or pattern.startswith("/*"):
            continue
        as_regex = re.escape(pattern).replace(r"\*", ".*").replace(r"\?", ".")
        if not any(re.fullmatch(as_regex, name) for name in shown):
            wrong.append(f"{pattern} of {exports} names nothing")
    if len(shown) < 100:
        wrong.append(f"only {len(shown)} names are shown")
    print(*wrong, sep="\n", file=sys.stderr)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
