# SPDX-License-Identifier: MIT
"""docs/command-line.md names every option that --help lists, under its command, and every exit code with its meaning."""
import argparse
import pathlib
import re
import subprocess
import sys

COMMANDS = ("run", "compile", "bench", "memory")
COMMON = {"--help", "--json", "--version"}


def options_of(help_text):
    return set(re.findall(r"(?<![\w-])--[a-z][a-z-]+", help_text.split("Example")[0])) - COMMON


def exit_codes_of(help_text):
    part = help_text.partition("Exit codes:")[2].partition("Environment:")[0]
    return dict(re.findall(r"^\s+(\d+)\s+(.*?)\s*$", part, re.MULTILINE))


def offences(document, helps):
    out = []
    for command in COMMANDS:
        section = re.search(rf"^## {command}$(.*?)(?=^## |\Z)", document, re.MULTILINE | re.DOTALL)
        if not section:
            out.append(f"docs/command-line.md: no section '{command}'")
            continue
        named = set(re.findall(r"`(--[a-z-]+)`", section.group(1)))
        out += [f"docs/command-line.md: {command} lacks {o}" for o in sorted(options_of(helps[command]) - named)]
        out += [f"docs/command-line.md: {command} has no option {o}" for o in sorted(named - options_of(helps[command]) - COMMON)]
    listed = dict(re.findall(r"^\| (\d+) \| (.*?) \|$", document, re.MULTILINE))
    wanted = exit_codes_of(helps[""])
    out += [f"docs/command-line.md: exit code {n} should be '{text}'" for n, text in wanted.items() if listed.get(n) != text]
    out += [f"docs/command-line.md: there is no exit code {n}" for n in listed if n not in wanted]
    return out


def main():
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--root", required=True, type=pathlib.Path)
    arguments.add_argument("--tool", required=True)
    given = arguments.parse_args()
    helps = {}
    for command in ("",) + COMMANDS:
        words = [given.tool] + ([command] if command else []) + ["--help"]
        helps[command] = subprocess.run(words, capture_output=True, check=True, text=True, timeout=20).stdout
    found = offences((given.root / "docs/command-line.md").read_text(), helps)
    if not exit_codes_of(helps[""]) or not all(options_of(helps[c]) for c in COMMANDS):
        found.append("the help texts could not be read")
    print("\n".join(found) if found else "every option and exit code is documented")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
