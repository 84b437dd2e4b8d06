# SPDX-License-Identifier: MIT
"""dotcompute reset: what each level leaves, and wrong requests."""
import unittest

from harness import *

STAGES = ["worker_stopped_ms", "worker_started_ms", "memory_mapped_ms", "programs_loaded_ms", "canary_done_ms", "resumed_ms"]


class Reset(ToolTest):
    def test_levels(self):
        for level, memory in (("context", "kept"), ("hard", "discarded"), ("full", "discarded")):
            done = self.json("reset", "-d", "cpu", "--level", level, "--repeat", 2, "--hold", "3M")
            self.assertEqual(done["device"], "cpu:0")
            self.assertEqual(done["held_bytes"], 3 << 20)
            self.assertEqual([r["replacement"]["generation"] for r in done["resets"]], [2, 3])
            for r in done["resets"]:
                self.assertEqual((r["level"], r["memory"]), (level, memory))
                times = [r["replacement"][s] for s in STAGES]
                self.assertEqual(times, sorted(times), "stages come one after another")
                self.assertLessEqual(times[-1], r["total_ms"])
                self.assertTrue(r["replacement"]["canary_passed"])
                self.assertEqual(r["replacement"]["bytes_lost"] >= 3 << 20, memory == "discarded")
                if level == "full":
                    self.assertFalse(r["replacement"]["used_spare"])

    def test_soft(self):
        done = self.json("reset", "-d", "cpu", "--level", "soft")
        self.assertIsNone(done["resets"][0]["replacement"])
        self.assertEqual(done["resets"][0]["memory"], "kept")

    def test_without_a_spare(self):
        done = self.json("reset", "-d", "cpu", "--no-spare", "--drop-programs", "--pause", 0, "--timeout", 5)
        self.assertFalse(done["resets"][0]["replacement"]["used_spare"])
        self.assertEqual(done["resets"][0]["memory"], "kept")

    def test_text(self):
        lines = self.tool("reset", "-d", "cpu", "-r", 3).stdout.splitlines()
        self.assertEqual(len(lines), 5)
        self.assertIn("resets of level context", lines[0])
        for line in lines[2:]:
            self.assertIn("right", line)
            self.assertTrue(line.endswith("kept"), line)

    def test_wrong_requests(self):
        self.refused("reset", "--level", "warm", code=USAGE, says="--level")
        self.refused("reset", "--hold", 1, code=USAGE, says="--hold")
        self.refused("reset", "--repeat", 0, code=USAGE, says="--repeat")
        self.refused("reset", "--timeout", 0, code=USAGE, says="--timeout")
        self.refused("reset", "-d", "abacus", code=DEVICE, says="abacus")
        self.refused("reset", "-d", "cpu", "--hold", "900G", code=MEMORY, says="bytes")
        self.refused("reset", "-d", "cpu", code=DEVICE, says="DOTCOMPUTE_WORKER", environment={"DOTCOMPUTE_WORKER": "/nowhere"})


if __name__ == "__main__":
    unittest.main()
