# SPDX-License-Identifier: MIT
"""Relative links in the documents lead to files, and links to headings to headings."""
import argparse
import pathlib
import re
import sys

LINK = re.compile(r"!?\[[^\]]*\]\(([^)\s]+)\)")
FENCE = re.compile(r"^```.*?^```", re.MULTILINE | re.DOTALL)


def anchors(text):
    """GitHub's rule: lower case, punctuation dropped, spaces to dashes."""
    out = set()
    for heading in re.findall(r"^#+\s+(.*)$", FENCE.sub("", text), re.MULTILINE):
        words = re.sub(r"[^\w\- ]", "", heading.replace("`", "").lower())
        out.add(words.strip().replace(" ", "-"))
    return out


def offences(root, files):
    out = []
    for name in files:
        if not name.endswith(".md"):
            continue
        text = (root / name).read_text()
        for target in LINK.findall(FENCE.sub("", text)):
            if re.match(r"^[a-z]+:", target):
                continue
            path, _, anchor = target.partition("#")
            there = (root / name).parent / path if path else root / name
            if not there.exists():
                out.append(f"{name}: links to {target}, which does not exist")
            elif anchor and there.suffix == ".md" and anchor not in anchors(there.read_text()):
                out.append(f"{name}: links to {target}, which has no such heading")
    return out


def main():
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--root", required=True, type=pathlib.Path)
    root = arguments.parse_args().root
    from sources import project_files
    found = offences(root, project_files(root))
    print("\n".join(found) if found else "every link leads somewhere")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
