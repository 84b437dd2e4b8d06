# SPDX-License-Identifier: MIT
"""dotcompute chaos: every kind of fault, what is told of each, and wrong requests."""
import unittest

from harness import *

KINDS = ["wild-write", "wild-read", "null", "hang", "kill", "stop", "reset", "revoke"]
CAUSES = dict(zip(KINDS, ["kernel_crashed"] * 3 + ["kernel_hung", "worker_died", "worker_stopped"] + ["requested"] * 2))


class Chaos(ToolTest):
    def test_every_kind(self):
        done = self.json("chaos", "-d", "cpu", "--faults", 16, "--interval", 0.05, "--hold", "5M")
        self.assertTrue(done["nothing_lost"])
        self.assertEqual([f["kind"] for f in done["faults"]], KINDS * 2)
        for f in done["faults"]:
            self.assertIsNone(f["problem"])
            self.assertEqual(f["recovery"]["cause"], CAUSES[f["kind"]])
            self.assertGreater(f["recovery"]["resumed_ms"], 0)
            self.assertEqual(f["answered_ms"] > 0, f["kind"] in KINDS[:4] + ["revoke"])
        self.assertEqual([f["recovery"]["generation"] for f in done["faults"]], list(range(2, 18)))
        self.assertEqual([f["at_s"] for f in done["faults"]], sorted(f["at_s"] for f in done["faults"]))
        work = done["work"]
        self.assertGreater(work["right"], 0)
        self.assertEqual((work["wrong"], work["failed"]), (0, 0))
        self.assertEqual(done["memory"], {"held_bytes": 5 << 20, "different_bytes": 0})

    def test_text(self):
        text = self.tool("chaos", "-d", "cpu", "-n", 3, "-k", "kill,wild-write", "-i", 0.02).stdout
        self.assertIn("3 faults", text)
        self.assertIn("Nothing was lost.", text)
        self.assertIn("k kill", text)
        self.assertNotIn("h hang", text)

    def test_wrong_requests(self):
        self.refused("chaos", "--kinds", "earthquake", code=USAGE, says="--kinds")
        self.refused("chaos", "--faults", 0, code=USAGE, says="--faults")
        self.refused("chaos", "--interval", -1, code=USAGE, says="--interval")
        self.refused("chaos", "--hold", 1, code=USAGE, says="--hold")
        self.refused("chaos", "-d", "abacus", code=DEVICE, says="abacus")


if __name__ == "__main__":
    unittest.main()
