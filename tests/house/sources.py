# SPDX-License-Identifier: MIT
"""Which files belong to the project: what git tracks, or without git everything outside of build folders."""
import pathlib
import subprocess


def project_files(root):
    root = pathlib.Path(root)
    try:
        listed = subprocess.run(
            ["git", "-C", str(root), "-c", f"safe.directory={root}", "ls-files", "-z"],
            capture_output=True, check=True, timeout=20)
        names = [n for n in listed.stdout.decode().split("\0") if n]
    except (OSError, subprocess.SubprocessError):
        names = []
    if not names:  # a tarball
        names = [str(p.relative_to(root)) for p in root.rglob("*") if p.is_file()]
        names = [n for n in names if not n.startswith(("build", ".git/", "out/"))]
    return sorted(n for n in names if (root / n).is_file())
