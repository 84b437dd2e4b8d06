# SPDX-License-Identifier: MIT
"""docs/errors.md lists every error code of the public header with its number and class, and none that is not there."""
import argparse
import pathlib
import re
import sys


def codes_of_header(text):
    body = re.search(r"enum class error_code[^{]*\{(.*?)\};", text, re.DOTALL).group(1)
    return {name: int(number) for name, number in re.findall(r"^\s*(\w+)\s*=\s*(\d+)", body, re.MULTILINE)}


def codes_of_document(text):
    return {name: int(number) for number, name in re.findall(r"^\|\s*(\d+)\s*\|\s*`(\w+)`", text, re.MULTILINE)}


def offences(header, document):
    out = []
    for name, number in header.items():
        if name not in document:
            out.append(f"docs/errors.md: lacks {name} ({number})")
        elif document[name] != number:
            out.append(f"docs/errors.md: {name} is {document[name]}, the header says {number}")
    out += [f"docs/errors.md: {name} is no error code" for name in document if name not in header]
    return out


def main():
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--root", required=True, type=pathlib.Path)
    root = arguments.parse_args().root
    header = codes_of_header((root / "include/dotcompute/error.hpp").read_text())
    found = offences(header, codes_of_document((root / "docs/errors.md").read_text()))
    print("\n".join(found) if found else f"{len(header)} codes agree")
    return 1 if found or not header else 0


if __name__ == "__main__":
    sys.exit(main())
