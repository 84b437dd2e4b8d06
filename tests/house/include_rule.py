# SPDX-License-Identifier: MIT
"""A room includes only headers of the rooms above it, drivers never know each other, the public headers stand on their
own, and nothing that runs in the service process includes LLVM or clang, not even through another header."""
import argparse
import pathlib
import re
import sys

# From the top of the house down. The longest prefix decides; `compiler` itself has a top, its plain data, and a bottom,
# the pipeline that knows all of the compiler.
ROOMS = [
    "include/dotcompute",
    "src/support",
    "src/compiler/ir",
    "src/compiler/compile.hpp",
    "src/compiler/reflection.hpp",
    "src/compiler/builtins",
    "src/compiler/analysis",
    "src/compiler/frontend",
    "src/compiler/targets",
    "src/compiler",
    "src/compiler/cache",
    "src/compiler/server",
    "src/drivers",
    "src/memory",
    "src/execution",
    "src/observe",
    "src/group",
    "src/api",
    "worker",
    "tools",
    "bindings",
    "examples",
    "benchmarks",
]
# The compiler process: the only rooms that may use LLVM and clang.
COMPILER_PROCESS = ("src/compiler/frontend/", "src/compiler/targets/", "src/compiler/analysis/", "src/compiler/pipeline",
                    "worker/")
FOREIGN = re.compile(r"^(llvm|clang|lld)(-c)?/")
INCLUDE = re.compile(r'^[ \t]*#[ \t]*include[ \t]*([<"])([^>"]+)[>"]', re.MULTILINE)
SUFFIXES = (".cpp", ".hpp", ".h", ".c", ".inc")


def room_of(path):
    best = None
    for room in ROOMS:
        if (path == room or path.startswith(room + "/")) and (best is None or len(room) > len(best)):
            best = room
    return best


def rank(room):
    if room == "src/compiler/reflection.hpp":
        room = "src/compiler/compile.hpp"
    return ROOMS.index(room)


def read_includes(root, files):
    """path -> list of (line, spelled, path of the project's file or None)."""
    known = set(files)
    graph = {}
    for path in files:
        if not path.endswith(SUFFIXES):
            continue
        text = (root / path).read_text(errors="replace")
        found = []
        for match in INCLUDE.finditer(text):
            spelled = match.group(2)
            candidates = ["src/" + spelled, "include/" + spelled]
            if match.group(1) == '"':
                candidates.insert(0, str(pathlib.PurePosixPath(path).parent / spelled))
            target = next((c for c in candidates if c in known), None)
            found.append((text.count("\n", 0, match.start()) + 1, spelled, target))
        graph[path] = found
    return graph


def driver_of(path):
    parts = path.split("/")
    return parts[2] if path.startswith("src/drivers/") and len(parts) > 3 else None


def offences(root, files):
    graph = read_includes(root, files)
    out = []
    for path, includes in graph.items():
        room = room_of(path)
        if room is None:
            continue
        for line, spelled, target in includes:
            where = f"{path}:{line}: includes {spelled}"
            if FOREIGN.match(spelled) and not path.startswith(COMPILER_PROCESS):
                out.append(f"{where}; only the compiler process knows LLVM and clang")
            if target is None:
                continue
            other = room_of(target)
            if other is not None and rank(other) > rank(room):
                out.append(f"{where}; {room} stands above {other} and must not know it")
            if path.startswith("include/") and not target.startswith("include/"):
                out.append(f"{where}; public headers include public headers only")
            if path.startswith("examples/") and target.startswith("src/"):
                out.append(f"{where}; examples use the public API only")
            a, b = driver_of(path), driver_of(target)
            if a and b and a != b:
                out.append(f"{where}; drivers never know each other")
    out += reaches_llvm(graph)
    return sorted(out)


def reaches_llvm(graph):
    out = []
    for start in graph:
        if room_of(start) is None or start.startswith(COMPILER_PROCESS):
            continue
        todo, seen = [(start, [start])], {start}
        while todo:
            path, way = todo.pop()
            for _, spelled, target in graph.get(path, []):
                if FOREIGN.match(spelled) and len(way) > 1:
                    out.append(f"{start}: reaches {spelled} through {' -> '.join(way[1:])}")
                if target and target not in seen:
                    seen.add(target)
                    todo.append((target, way + [target]))
    return out


def main():
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--root", required=True, type=pathlib.Path)
    root = arguments.parse_args().root
    from sources import project_files
    files = project_files(root)
    found = offences(root, files)
    print("\n".join(found) if found else f"{sum(1 for f in files if room_of(f))} files keep the rule")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
