# SPDX-License-Identifier: MIT
"""The examples run and say that their results are right.   examples_test.py SAXPY PHOTO MAKE_JPEG"""
import os
import pathlib
import struct
import subprocess
import sys
import tempfile
import unittest

SAXPY, PHOTO, MAKE_JPEG = sys.argv[1:4]
del sys.argv[1:4]


class Examples(unittest.TestCase):
    def setUp(self):
        self._folder = tempfile.TemporaryDirectory(prefix="dotcompute-examples-")
        self.folder = pathlib.Path(self._folder.name)

    def tearDown(self):
        self._folder.cleanup()

    def run_program(self, *command):
        variables = dict(os.environ, DOTCOMPUTE_CACHE_DIR=str(self.folder / "cache"))
        return subprocess.run(command, cwd=self.folder, env=variables, capture_output=True, text=True, timeout=200)

    def test_saxpy(self):
        done = self.run_program(SAXPY)
        self.assertEqual((done.returncode, done.stdout), (0, "3 * 2 + 1 = 7 on cpu:0\n"), done.stderr)

    def test_photo_at_odd_sizes(self):
        for width, height in ((333, 217), (64, 8), (5, 3)):
            subprocess.run([MAKE_JPEG, str(width), str(height), "in.jpg"], cwd=self.folder, check=True, timeout=60)
            done = self.run_program(PHOTO, "in.jpg", "new/out.png")
            self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
            for stage in ("grey scale", "blur along rows", "blur along columns", "Sobel", "histogram", "ink"):
                self.assertIn(stage, done.stdout)
            self.assertNotIn("WRONG", done.stdout)
            png = (self.folder / "new/out.png").read_bytes()
            self.assertEqual(struct.unpack(">II", png[16:24]), (width, height))

    def test_photo_refuses_what_is_no_photograph(self):
        (self.folder / "bad.jpg").write_text("no photograph")
        for name in ("bad.jpg", "absent.jpg"):
            done = self.run_program(PHOTO, name, "out.png")
            self.assertEqual(done.returncode, 1)
            self.assertIn(name, done.stderr)
            self.assertFalse((self.folder / "out.png").exists())


if __name__ == "__main__":
    unittest.main()
