# SPDX-License-Identifier: MIT
"""Every text file names its licence in one of its first two lines, where its format has comments."""
import argparse
import pathlib
import sys

# Formats without comments, and the licence itself.
EXEMPT_SUFFIXES = (".json", ".npy", ".png", ".csv")
EXEMPT_NAMES = ("LICENSE", ".gitignore", ".gitattributes")
# Inputs of which every byte counts.
EXEMPT_FOLDERS = ("tests/fuzz/corpus/",)
LINE = "SPDX-License-Identifier: MIT"


def offences(root, files):
    out = []
    for name in files:
        path = pathlib.Path(name)
        if path.suffix in EXEMPT_SUFFIXES or path.name in EXEMPT_NAMES or name.startswith(EXEMPT_FOLDERS):
            continue
        data = (root / name).read_bytes()[:4096]
        if b"\0" in data:
            continue
        head = data.decode(errors="replace").splitlines()[:2]
        if not any(LINE in line for line in head):
            out.append(f"{name}:1: no line with '{LINE}'")
    return out


def main():
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--root", required=True, type=pathlib.Path)
    root = arguments.parse_args().root
    from sources import project_files
    files = project_files(root)
    found = offences(root, files)
    print("\n".join(found) if found else f"{len(files)} files are marked")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
