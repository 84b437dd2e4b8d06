# SPDX-License-Identifier: MIT
"""Compiles and runs every fenced block of one document, in order, in one folder.

  ```cpp      a program (it has a main) or statements; statements are put into a main behind snippet_prelude.hpp.
              Compiled against the installed package and run; must exit with 0.
  ```opencl   compiled by `dotcompute compile`; must succeed.
  ```c        compiled by the C compiler.
  ```sh       run by bash with the installed tools in PATH; lines that start with `make` only have to be known targets.
  ```cmake    a whole CMakeLists.txt, configured and built against the installed package.
  ```console  lines after `$ ` are run; the lines below must appear in what they print, in that order; `...` skips.
  ```text     neither compiled nor run.

Comments on the lines above a block change that:
  <!-- snippet: file NAME -->       the block is also kept as NAME for the blocks that follow
  <!-- snippet: error TEXT -->      it must fail, and TEXT must be part of the message
  <!-- snippet: not run: WHY -->    it cannot run in a test; WHY says what checks it instead
"""
import argparse
import os
import pathlib
import re
import shlex
import shutil
import subprocess
import sys
import tempfile

BLOCK = re.compile(r"(?P<marks>(?:^<!-- snippet: [^\n]* -->\n)*)^```(?P<language>\w*)\n(?P<text>.*?)^```$",
                   re.MULTILINE | re.DOTALL)
MARK = re.compile(r"^<!-- snippet: (.*) -->$", re.MULTILINE)
SECONDS = 120


class Failure(Exception):
    pass


class Runner:
    def __init__(self, given, folder):
        self.source = pathlib.Path(given.source).resolve()
        self.folder = folder
        self.cxx = given.cxx
        self.cmake = given.cmake
        self.environment = dict(os.environ)
        prefix = given.prefix
        self.environment["PATH"] = f"{prefix}/bin:" + self.environment["PATH"]
        for variable, value in (("PKG_CONFIG_PATH", self.find(prefix, "pkgconfig")), ("CMAKE_PREFIX_PATH", str(prefix)),
                                ("XDG_CACHE_HOME", str(folder / "cache")), ("DOTCOMPUTE_SOURCE", str(self.source))):
            self.environment[variable] = value
        self.count = 0

    @staticmethod
    def find(prefix, name):
        return os.pathsep.join(str(p) for p in pathlib.Path(prefix).rglob(name) if p.is_dir())

    def run(self, command, **more):
        done = subprocess.run(command, cwd=self.folder, env=self.environment, stdin=subprocess.DEVNULL,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=SECONDS, **more)
        return done.returncode, done.stdout

    def flags(self):
        status, out = self.run(["pkg-config", "--cflags", "--libs", "dotcompute"])
        if status:
            raise Failure(out)
        return out.split()

    def name(self, suffix):
        self.count += 1
        return self.folder / f"snippet_{self.count}{suffix}"

    def cpp(self, text):
        if not re.search(r"\bint main\(", text):
            lines = text.splitlines()
            includes = [line for line in lines if line.startswith("#include")]
            rest = [line for line in lines if not line.startswith("#include")]
            prelude = (pathlib.Path(__file__).parent / "snippet_prelude.hpp").read_text()
            text = "\n".join(includes + [prelude, "int main() {", "prelude_objects"] + rest + ["}", ""])
        file, binary = self.name(".cpp"), self.name("")
        file.write_text(text)
        status, out = self.run([self.cxx, "-std=c++20", str(file), "-o", str(binary)] + self.flags())
        if status == 0:
            status, out = self.run([str(binary)])
        return status, out

    def opencl(self, text):
        file = self.name(".cl")
        file.write_text(text)
        return self.run(["dotcompute", "compile", str(file)])

    def c(self, text):
        file = self.name(".c")
        file.write_text(text)
        return self.run(["cc", "-std=c11", "-Wall", "-fsyntax-only", str(file)] + self.flags())

    def sh(self, text):
        lines = [line for line in text.splitlines() if line.strip() and not line.startswith("#")]
        if all(line.startswith("make") for line in lines):
            for line in lines:
                words = shlex.split(line, comments=True)
                status, out = self.run(["make", "-n", "-C", str(self.source)] + words[1:])
                if status:
                    return status, out
            return 0, ""
        return self.run(["bash", "-euo", "pipefail", "-c", text])

    def cmake_project(self, text):
        project = self.folder / f"project_{self.count}"
        self.count += 1
        project.mkdir()
        for file in self.folder.iterdir():
            if file.is_file():
                shutil.copy(file, project)
        (project / "CMakeLists.txt").write_text(text)
        status, out = self.run([self.cmake, "-S", str(project), "-B", str(project / "build"), "-DCMAKE_BUILD_TYPE=Release"])
        if status == 0:
            status, more = self.run([self.cmake, "--build", str(project / "build")])
            out += more
        return status, out

    def console(self, text):
        expected, command = [], None
        whole = ""

        def finish():
            nonlocal whole
            if command is None:
                return
            status, out = self.run(["bash", "-o", "pipefail", "-c", command])
            whole += out
            at = 0
            for line in (e.strip() for e in expected):
                if not line or line == "...":
                    continue
                parts = [p for p in line.split("...") if p]
                for part in parts:
                    found = out.find(part.strip(), at)
                    if found < 0:
                        raise Failure(f"$ {command}\nprinted (status {status})\n{out}\nexpected there: {part.strip()}")
                    at = found + len(part.strip())
            if status and not expected:
                raise Failure(f"$ {command}\nfailed with status {status}:\n{out}")

        for line in text.splitlines():
            if line.startswith("$ "):
                finish()
                command, expected = line[2:], []
            else:
                expected.append(line)
        finish()
        return 0, whole


def check(runner, document, text):
    steps = {"cpp": runner.cpp, "opencl": runner.opencl, "c": runner.c, "sh": runner.sh,
             "cmake": runner.cmake_project, "console": runner.console}
    done, failures = 0, []
    for match in BLOCK.finditer(text):
        marks, language, block = MARK.findall(match.group("marks")), match.group("language"), match.group("text")
        where = f"{document}:{text.count(chr(10), 0, match.start('text'))}"
        for mark in marks:
            if mark.startswith("file "):
                (runner.folder / mark[5:].strip()).write_text(block)
        if any(mark.startswith("not run:") for mark in marks) or language == "text":
            continue
        if language not in steps:
            failures.append(f"{where}: a block of '{language}'; expected one of {', '.join(sorted(steps))}, text")
            continue
        try:
            status, out = steps[language](block)
            wanted = next((mark[6:].strip() for mark in marks if mark.startswith("error ")), None)
            if wanted is None and status:
                raise Failure(out or f"exit status {status}")
            if wanted is not None and (status == 0 or wanted not in out):
                raise Failure(f"expected a failure with '{wanted}', got status {status} and\n{out}")
            done += 1
        except Failure as failure:
            failures.append(f"{where}: {language} block:\n{failure}")
        except subprocess.TimeoutExpired as late:
            failures.append(f"{where}: {language} block did not end within {late.timeout} seconds")
    return done, failures


def main():
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("document", type=pathlib.Path)
    arguments.add_argument("--source", required=True, type=pathlib.Path)
    arguments.add_argument("--prefix", required=True, type=pathlib.Path, help="where the package is installed")
    arguments.add_argument("--cxx", default="g++")
    arguments.add_argument("--cmake", default="cmake")
    given = arguments.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        done, failures = check(Runner(given, pathlib.Path(folder)), given.document, given.document.read_text())
    for failure in failures:
        print(failure)
    print(f"{given.document.name}: {done} blocks work, {len(failures)} do not")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
