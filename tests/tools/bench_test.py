# SPDX-License-Identifier: MIT
"""dotcompute bench --quick: every workload on every side gives right results; nothing is said about speed."""
import json
import unittest

from harness import *

WORKLOADS = ["sgemm", "nbody", "mandelbrot", "reduction", "copy", "mul", "add", "triad", "dot", "black_scholes", "stencil", "spmv",
             "histogram", "scan", "empty_launch", "five_kernels"]


class Bench(ToolTest):
    def test_list(self):
        self.assertEqual(self.tool("bench", "--list").stdout.split(), WORKLOADS)
        self.assertEqual(self.json("bench", "--list"), WORKLOADS)

    def test_quick(self):
        done = self.tool("bench", "--quick", "--json", "--output", "all.json", limit=800)
        rows = [json.loads(line) for line in done.stdout.splitlines()]
        names = [r["workload"] for r in rows]
        self.assertEqual(names, WORKLOADS[:-1] + ["first_compile", "first_run", "disk_cache", "memory_cache"])
        for row in rows:
            self.assertTrue(row["checked"], row)
            self.assertGreater(row["value"], 0, row)
            self.assertEqual(set(row["ratio"]), set(row["peers"]), row)
            self.assertEqual(row["goals"], [], "the smallest sizes judge no goal")
        whole = json.loads((self.folder / "all.json").read_text())
        self.assertEqual(whole["rows"], rows)
        for key in ("date", "processor", "processors", "sides"):
            self.assertTrue(whole[key], key)
        self.assertIn("dotcompute", whole["sides"])

    def test_one_workload_without_peers(self):
        done = self.tool("bench", "--quick", "scan", "--peers", "none")
        self.assertIn("work-group scan", done.stdout)
        row = json.loads(self.tool("bench", "--quick", "scan", "--peers", "none", "--json").stdout)
        self.assertEqual(row["peers"], {})

    def test_refusals(self):
        self.refused("bench", "--quick", "scan", "--device", "quantum", code=DEVICE, says="quantum")
        self.refused("bench", "--quick", "scan", "--output", "no/such/x.json", code=OUTPUT, says="no/such")


if __name__ == "__main__":
    unittest.main()
