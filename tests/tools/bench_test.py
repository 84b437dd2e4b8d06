# SPDX-License-Identifier: MIT
"""dotcompute bench --quick: every workload on every side gives right results; nothing is said about speed."""
import json
import unittest

from harness import *

WORKLOADS = ["sgemm", "nbody", "mandelbrot", "reduction", "copy", "mul", "add", "triad", "dot", "black_scholes", "stencil", "spmv",
             "histogram", "scan", "transpose", "empty_launch", "empty_launches"]
ON_GPUS = ["host_copies", "pool_pairs", "queue_overlap", "timelines", "first_kernel"]
GUARDED = ["guarded_memory"]
COMPILING = ["five_kernels"]
ALLOCATORS = ["memory_pair", "memory_churn", "memory_fragmentation", "memory_statistics"]
ALLOCATOR_ROWS = ([f"memory_pair_{holes}_{what}" for what in ("p50", "p99", "uncached") for holes in (1, 64, 256)] +
                  ["memory_pair_growth", "memory_pair_uncached_growth", "memory_churn_1", "memory_churn_2", "memory_fragmentation_10",
                   "memory_fragmentation_25", "memory_fragmentation_mean_10", "memory_statistics_on", "memory_statistics_read",
                   "memory_statistics_disturbance"])


class Bench(ToolTest):
    def test_list(self):
        self.assertEqual(self.tool("bench", "--list").stdout.split(), WORKLOADS + ON_GPUS + GUARDED + COMPILING + ALLOCATORS)
        self.assertEqual(self.json("bench", "--list"), WORKLOADS + ON_GPUS + GUARDED + COMPILING + ALLOCATORS)

    def test_allocators(self):
        done = self.tool("bench", "--quick", "--json", *ALLOCATORS)
        rows = {row["workload"]: row for row in map(json.loads, done.stdout.splitlines())}
        self.assertEqual(list(rows), ALLOCATOR_ROWS)
        for name, row in rows.items():
            self.assertTrue(row["checked"], row)
            self.assertEqual(row["group"], "memory")
            self.assertEqual(row["goals"], [], "the smallest sizes judge no goal")
            if name != "memory_statistics_on":  # a difference, which noise may make negative
                self.assertGreaterEqual(row["value"], 0, row)
        for name in ("memory_pair_64_p50", "memory_churn_2"):
            missing = any("mimalloc is missing" in p for p in rows[name].get("problems", []))
            self.assertEqual(set(rows[name]["peers"]) | ({"mimalloc"} if missing else set()), {"malloc", "mimalloc", "pmr", "linear_list"})
        self.assertEqual(set(rows["memory_fragmentation_10"]["peers"]), {"best_fit"})
        self.assertGreater(rows["memory_pair_256_p99"]["value"], 0)
        table = self.tool("bench", "--quick", "memory_churn", "--peers", "malloc,linear_list").stdout
        self.assertIn("linear list", table)
        self.assertNotIn("PoCL  ", table)

    def test_a_log_of_what_the_workloads_allocate(self):
        self.tool("bench", "--quick", "scan", "--peers", "none", "--memory-log", "scan.log")
        self.assertGreater(self.json("memory", "replay", "scan.log")["allocations"], 0)
        self.refused("bench", "--quick", "scan", "--memory-log", "no/such/x.log", code=OUTPUT, says="no/such")

    def test_quick(self):
        done = self.tool("bench", *WORKLOADS, *COMPILING, "--quick", "--json", "--output", "all.json", limit=800)
        rows = [json.loads(line) for line in done.stdout.splitlines()]
        names = [r["workload"] for r in rows]
        self.assertEqual(names, WORKLOADS + ["first_compile", "first_run", "disk_cache", "memory_cache"])
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

    def test_sides_say_where_the_driver_ran(self):
        for given, where, says in (("process", "process", "in a worker process"), ("none", "none", "in this process"),
                                   (None, "none", "in this process")):
            option = ["--isolation", given] if given else []
            done = self.tool("bench", "--quick", "scan", "--peers", "none", *option, "--output", "scan.json")
            self.assertIn(says, done.stdout)
            whole = json.loads((self.folder / "scan.json").read_text())
            self.assertIn(says, whole["sides"]["dotcompute"])
            self.assertEqual([row["isolation"] for row in whole["rows"]], [where])

    def test_guarded_memory_is_measured_where_it_is_named(self):
        for where in ("none", "process"):
            rows = self.tool("bench", "--quick", "guarded_memory", "--device", "cpu", "--isolation", where, "--json").stdout.splitlines()
            row = json.loads(rows[0])
            self.assertEqual((len(rows), row["workload"], row["unit"], row["isolation"]), (1, "guarded_memory", "GB/s", where))
            self.assertTrue(row["checked"], row)
            self.assertGreater(row["value"], 0)

    def test_an_opencl_device_beside_a_host_program_by_hand_and_beside_another_device(self):
        if not any(d["id"] == "opencl:0" for d in self.json("devices")):
            self.skipTest("there is no OpenCL device")
        copies = ["copy_to_device", "copy_to_host", "write_to_device", "read_to_host", "copy_on_device"]
        done = self.tool("bench", "triad", "empty_launch", "host_copies", "--quick", "-d", "opencl:0", "--beside", "cpu:0", "--json", "-o", "o.json")
        rows = [json.loads(line) for line in done.stdout.splitlines()]
        self.assertEqual([r["workload"] for r in rows], ["triad", "empty_launch"] + copies)
        for row in rows:
            self.assertTrue(row["checked"], row)
            self.assertEqual(set(row["peers"]), {"opencl_host", "cpu:0"}, row)
            self.assertNotIn("problems", row)
        sides = json.loads((self.folder / "o.json").read_text())["sides"]
        self.assertEqual(set(sides), {"dotcompute", "opencl_host", "cpu:0"})
        self.assertIn("cpu:0", sides["cpu:0"])
        table = self.tool("bench", "triad", "--quick", "-d", "opencl:0").stdout.splitlines()[0]
        self.assertRegex(table, "dotcompute +OpenCL by hand +goal")
        self.refused("bench", "triad", "--quick", "-d", "cpu:0", "--beside", "quantum", code=DEVICE, says="quantum")

    def test_what_only_gpus_have(self):
        done = self.tool("bench", "--quick", "pool_pairs", "--device", "cpu", code=CHECK)
        self.assertIn("measured on GPUs only", done.stdout)

    def test_refusals(self):
        self.refused("bench", "--quick", "scan", "--device", "quantum", code=DEVICE, says="quantum")
        self.refused("bench", "--quick", "scan", "--output", "no/such/x.json", code=OUTPUT, says="no/such")


if __name__ == "__main__":
    unittest.main()
