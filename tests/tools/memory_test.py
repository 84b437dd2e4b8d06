# SPDX-License-Identifier: MIT
"""dotcompute memory: a device's figures, logs played again, and what the page holds."""
import json
import re
import signal
import subprocess
import unittest

from harness import *

SCALE = "kernel void scale(global const float* x, global float* y, float f) { size_t i = get_global_id(0); y[i] = f * x[i]; }\n"


def number(value):
    """LEB128."""
    out = bytearray()
    while value >= 0x80:
        out.append(value & 0x7f | 0x80)
        value >>= 7
    return bytes(out + bytes([value]))


class Log:
    """Writes what src/memory/allocation_log.hpp describes."""

    def __init__(self):
        self.bytes = b"dcmemlog" + struct.pack("<IIQ", 1, 24, 0)
        self.count = 0

    def tag(self, name):
        self.bytes += b"\x04" + number(len(name)) + name

    def allocate(self, size, tag=0, kind=0, after=1000):
        self.bytes += b"\x01" + number(after) + number(1) + number(size) + number(8) + number(kind) + number(tag) + number(0)
        self.count += 1
        return self.count - 1

    def free(self, block, after=1000):
        self.bytes += b"\x02" + number(after) + number(1) + number(self.count - block)

    def failed(self, size, cause):
        self.bytes += b"\x05" + number(1000) + number(1) + number(size) + number(8) + number(0) + number(0) + number(0) + number(cause)

    def end(self):
        return self.bytes + b"\x08" + number(self.count)


def tenants():
    """A log with a peak of 2.5 MiB in the middle, one failure, and 0.5 MiB never freed by a tag that is hostile to HTML."""
    log = Log()
    log.tag(b"weights")
    log.tag(b"</script><b>&\"evil\xff")
    first = log.allocate(1 << 20, 1)
    second = log.allocate(1 << 20, 1)
    log.allocate(1 << 19, 2, after=5_000_000)
    log.failed(1 << 40, 1)
    log.free(first)
    log.free(second)
    return log


class Memory(ToolTest):
    def recorded(self):
        (self.folder / "tenants.log").write_bytes(tenants().end())
        return "tenants.log"

    def test_a_device_as_it_was_opened(self):
        text = self.tool("memory").stdout
        for line in ("In use", "Reserved from the device", "Fragmentation", "nothing is free", "Device", "does not mean zero"):
            self.assertIn(line, text)
        answer = self.json("memory")
        s = answer["statistics"]
        self.assertTrue(answer["device"].startswith("cpu:"))
        self.assertEqual((s["allocated_bytes"], s["live_blocks"], s["reserved_bytes"]), (0, 0, 0))
        self.assertTrue(s["fragmentation"]["nothing_is_free"])
        self.assertIsNone(s["fragmentation"]["p95"], "unknown before the first request")
        self.assertIsNone(s["budget_bytes"])
        self.assertGreater(s["device"]["total_bytes"], 1 << 20)

    def test_a_device_in_a_worker_process(self):
        for where in ("process", "none"):
            self.assertEqual(self.json("memory", "--isolation", where)["isolation"], where)
        self.refused("memory", "--isolation", "both", code=USAGE, says="both")

    def test_watch(self):
        lines = self.tool("memory", "--watch", "--interval", 0.05, "--count", 3).stdout.splitlines()
        self.assertEqual(len(lines), 5, "two lines of heading and three of figures")
        looks = [json.loads(line) for line in self.tool("memory", "-w", "-i", 0.05, "-n", 3, "--json").stdout.splitlines()]
        sequence = [look["statistics"]["sequence"] for look in looks]
        self.assertEqual(sequence, sorted(set(sequence)))

    def test_watch_ends_with_a_signal_and_with_its_reader(self):
        for kind in (signal.SIGINT, signal.SIGTERM):
            process = subprocess.Popen([TOOL, "memory", "--watch", "--interval", "0.02"], stdout=subprocess.PIPE, cwd=self.folder)
            for _ in range(4):
                process.stdout.readline()
            process.send_signal(kind)
            self.assertEqual(process.wait(timeout=30), INTERRUPTED)
            process.stdout.close()
        process = subprocess.Popen([TOOL, "memory", "--watch", "--interval", "0.02"], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, cwd=self.folder)
        process.stdout.close()
        self.assertIn(process.wait(timeout=30), (OUTPUT, -signal.SIGPIPE))

    def test_run_records_what_replay_plays(self):
        self.write("scale.cl", SCALE)
        self.tool("run", "scale.cl", "scale", "-g", 1024, "-a", "float[1024]:ramp", "-a", "float[4096]", "-a", 2, "--memory-log", "scale.log")
        self.assertEqual(self.files(), ["scale.cl", "scale.log"])
        r = self.json("memory", "replay", "scale.log")
        self.assertEqual((r["allocations"], r["frees"], r["failures"], r["not_freed_blocks"]), (2, 2, 0, 0))
        self.assertEqual(r["peak_requested_bytes"], 4096 + 16384)
        live = {t["name"]: t["live_bytes"] for t in r["peak"]["statistics"]["tags"]}
        self.assertEqual((live["x"], live["y"]), (4096, 16384), "a buffer's owner is the argument's name")
        self.assertIsNone(r["problem"])

    def test_a_failed_run_keeps_its_log_and_a_timeout_too(self):
        self.write("scale.cl", SCALE)
        self.refused("run", "scale.cl", "scale", "-g", 1024, "-a", "float[1024]:ramp", "-a", "float[4096]", "-a", "q=2", "--memory-log", "a.log", code=ARGUMENT)
        self.json("memory", "replay", "a.log")
        self.write("hang.cl", "kernel void k(global volatile int* o) { while (o[0] == 0) {} }\n")
        self.refused("run", "hang.cl", "k", "-g", 1, "-a", "int[2]", "--timeout", 0.5, "--memory-log", "b.log", code=TIMEOUT)
        self.assertEqual(self.json("memory", "replay", "b.log")["not_freed_blocks"], 1)
        self.refused("run", "scale.cl", "scale", "-g", 1, "--memory-log", "no/such/c.log", code=OUTPUT, says="no/such")
        self.assertEqual(self.files(), ["a.log", "b.log", "hang.cl", "scale.cl"])

    def test_an_interrupted_run_leaves_no_half_written_log(self):
        self.write("hang.cl", "kernel void k(global volatile int* o) { while (o[0] == 0) {} }\n")
        process = subprocess.Popen([TOOL, "run", "hang.cl", "k", "-g", "1", "-a", "int[2]", "--memory-log", "h.log"], cwd=self.folder)
        for _ in range(600):
            if len(self.files()) == 2:
                break
            try:
                process.wait(timeout=0.1)
            except subprocess.TimeoutExpired:
                pass
        process.send_signal(signal.SIGINT)
        self.assertEqual(process.wait(timeout=60), INTERRUPTED)
        self.assertEqual(self.files(), ["hang.cl"])

    def test_replay(self):
        r = self.json("memory", "replay", self.recorded(), "--repeat", 3)
        self.assertEqual((r["allocations"], r["frees"], r["failures"]), (3, 2, 0))
        self.assertEqual(r["recorded_failures_by_cause"], {"capacity": 0, "fragmentation": 1, "awaiting_queue": 0, "budget": 0, "other_process": 0})
        self.assertEqual((r["peak_requested_bytes"], r["not_freed_bytes"], r["not_freed_blocks"]), (5 << 19, 1 << 19, 1))
        self.assertEqual((r["peak"]["event"], r["end"]["event"]), (5, 8))
        self.assertGreater(r["ns_per_operation"], 0)
        self.assertEqual(r["peak"]["statistics"]["live_blocks"], 3)
        oldest = {t["name"]: t["oldest_age_ns"] for t in r["peak"]["statistics"]["tags"]}
        self.assertEqual(oldest["weights"], 5_001_000, "ages are those of the recording")
        text = self.tool("memory", "replay", "tenants.log").stdout
        for part in ("3 allocations, 2 frees", "fragmentation 1", "2.50 MiB", "512 KiB in 1 blocks", "At the peak", "At the end"):
            self.assertIn(part, text)

    def test_a_smaller_device_fails_and_says_why(self):
        r = self.json("memory", "replay", self.recorded(), "--capacity", "2M", "--no-caches")
        self.assertGreater(r["failures"], 0)
        self.assertEqual(sum(r["failures_by_cause"].values()), r["failures"])

    def test_unusable_logs(self):
        self.refused("memory", "replay", "absent.log", code=INPUT, says=["absent.log", "No such file"])
        self.write("text.log", "this is no log, but long enough to be one")
        self.refused("memory", "replay", "text.log", code=INPUT, says=["text.log", "does not begin"])
        self.refused("memory", "replay", ".", code=INPUT, says="'.'")
        whole = tenants().end()
        for size in range(24, len(whole)):
            if size % 9 and size + 3 < len(whole):
                continue
            (self.folder / "cut.log").write_bytes(whole[:size])
            done = self.refused("memory", "replay", "cut.log", "--json", code=INPUT, says=["cut.log", "damaged at byte"])
            self.assertIn("cut short", json.loads(done.stdout)["problem"]["text"])
        (self.folder / "odd.log").write_bytes(tenants().bytes + b"\x63")
        self.refused("memory", "replay", "odd.log", code=INPUT, says="unknown operation, 99")

    def test_wrong_command_lines(self):
        self.refused("memory", "dance", code=USAGE, says=["dance", "replay"])
        self.refused("memory", "replay", code=USAGE, says="LOG")
        self.refused("memory", "--count", 3, code=USAGE, says="--watch")
        self.refused("memory", "--repeat", 3, code=USAGE, says="replay")
        self.refused("memory", "--interval", 0, code=USAGE, says="--interval")
        self.refused("memory", "replay", "x.log", "--watch", code=USAGE, says="--watch")
        self.refused("memory", "replay", self.recorded(), "--capacity", "many", code=USAGE, says="--capacity")
        self.refused("memory", "--device", "quantum", code=DEVICE, says="quantum")
        self.refused("memory", "--map", "no/such/x.html", code=OUTPUT, says="no/such")

    def page(self):
        self.tool("memory", "replay", self.recorded(), "--map", "map.html")
        return (self.folder / "map.html").read_text()

    def test_the_page_needs_nothing_else_and_names_do_no_harm(self):
        text = self.page()
        self.assertNotRegex(text, r"(?:src|href)\s*=|https?://|@import|url\(|fetch\(|XMLHttpRequest")
        self.assertIn("default-src 'none'", text)
        data, = re.findall(r'<script type="application/json" id="data">(.*?)</script>', text, re.DOTALL)
        data = json.loads(data)
        self.assertEqual([m["name"] for m in data["moments"]], ["peak", "end"])
        peak = data["moments"][0]
        for segment in peak["map"]["segments"]:
            at = 0
            for block in segment["blocks"]:
                self.assertEqual(block[0], at)
                at += block[1]
            self.assertEqual(at, segment["bytes"])
        live = [b for s in peak["map"]["segments"] for b in s["blocks"] if b[2] == 0]
        self.assertEqual(sorted(b[4] for b in live), [1 << 19, 1 << 20, 1 << 20])
        self.assertEqual(sorted(b[5] for b in live), [0, 5_000_000, 5_001_000])
        self.assertEqual(max(data["course"]), 5 << 19)
        self.tool("memory", "--map", "now.html")
        self.assertIn('"name":"now"', (self.folder / "now.html").read_text())


if __name__ == "__main__":
    unittest.main()
