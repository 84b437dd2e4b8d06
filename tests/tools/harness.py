# SPDX-License-Identifier: MIT
"""Runs the command line in a folder of its own and reads what it wrote."""
import ast
import json
import os
import pathlib
import struct
import subprocess
import sys
import tempfile
import unittest

TOOL = pathlib.Path(sys.argv.pop(1)) if len(sys.argv) > 1 and not sys.argv[1].startswith("-") else None

# The table of exit_codes.hpp.
SUCCESS, INTERNAL, USAGE, INPUT, SOURCE, ARGUMENT, DEVICE, MEMORY, DEVICE_FAILED, TIMEOUT, OUTPUT, CHECK = range(12)
INTERRUPTED = 130


class ToolTest(unittest.TestCase):
    def setUp(self):
        self._folder = tempfile.TemporaryDirectory(prefix="dotcompute-tools-")
        self.folder = pathlib.Path(self._folder.name)
        self.cache = self.folder / ".cache"

    def tearDown(self):
        self._folder.cleanup()

    def tool(self, *arguments, code=SUCCESS, stdin=None, environment=None, limit=120):
        """Runs `dotcompute arguments...`; fails unless it ends with `code`. Returns the finished process."""
        variables = dict(os.environ, DOTCOMPUTE_CACHE_DIR=str(self.cache), DOTCOMPUTE_LOG="warning", **(environment or {}))
        done = subprocess.run([TOOL, *map(str, arguments)], cwd=self.folder, env=variables, input=stdin, timeout=limit,
                              capture_output=True, text=True, errors="replace")
        self.assertEqual(done.returncode, code, f"dotcompute {' '.join(map(str, arguments))}\n{done.stdout}\n{done.stderr}")
        return done

    def refused(self, *arguments, code, says=(), **more):
        """The command must end with `code` and say each of `says` on standard error."""
        done = self.tool(*arguments, code=code, **more)
        for text in [says] if isinstance(says, str) else says:
            self.assertIn(text, done.stderr)
        return done

    def json(self, *arguments, **more):
        return json.loads(self.tool(*arguments, "--json", **more).stdout)

    def write(self, name, text):
        (self.folder / name).write_text(text)
        return name

    def files(self):
        return sorted(p.name for p in self.folder.iterdir() if p.name != ".cache")


def write_npy(path, descr, shape, values):
    header = repr({"descr": descr, "fortran_order": False, "shape": tuple(shape)}).encode()
    header += b" " * (-(len(header) + 11) % 64) + b"\n"
    letter = {"i1": "b", "u1": "B", "i2": "h", "u2": "H", "i4": "i", "u4": "I", "i8": "q", "u8": "Q", "f2": "e", "f4": "f",
              "f8": "d"}[descr[1:]]
    path.write_bytes(b"\x93NUMPY\x01\x00" + struct.pack("<H", len(header)) + header +
                     struct.pack(f"<{len(values)}{letter}", *values))


def read_npy(path):
    """Type, shape and values."""
    content = path.read_bytes()
    assert content[:8] == b"\x93NUMPY\x01\x00", content[:8]
    length, = struct.unpack_from("<H", content, 8)
    header = ast.literal_eval(content[10:10 + length].decode())
    letter = {"i1": "b", "u1": "B", "i2": "h", "u2": "H", "i4": "i", "u4": "I", "i8": "q", "u8": "Q", "f2": "e", "f4": "f",
              "f8": "d"}[header["descr"][1:]]
    count = (len(content) - 10 - length) // struct.calcsize(letter)
    return header["descr"], header["shape"], list(struct.unpack_from(f"<{count}{letter}", content, 10 + length))
