# SPDX-License-Identifier: MIT
"""dotcompute compile: stages, remarks, specialisation, refusals."""
import json
import unittest

from harness import *

KERNELS = """kernel void scale(global const float* x, global float* y, float a) {
  size_t i = get_global_id(0);
  y[i] = a * x[i];
}
kernel void gather(global const float* x, global const int* at, global float* y) {
  size_t i = get_global_id(0);
  y[i] = x[at[i]];
}
kernel void reverse(global float* x, local float* t) {
  size_t i = get_local_id(0), n = get_local_size(0);
  t[i] = x[get_global_id(0)];
  barrier(CLK_LOCAL_MEM_FENCE);
  x[get_global_id(0)] = t[n - 1 - i];
}
"""


class Compile(ToolTest):
    def setUp(self):
        super().setUp()
        self.write("k.cl", KERNELS)

    def test_summary_shows_the_kernels(self):
        done = self.tool("compile", "k.cl")
        self.assertIn("scale(global const float* x, global float* y, float a)", done.stdout)
        self.assertIn("has barriers", done.stdout)

    def test_stages(self):
        self.assertIn("scale", self.tool("compile", "k.cl", "--emit", "ir").stdout)
        llvm = self.tool("compile", "k.cl", "--emit", "llvm").stdout
        self.assertIn("define", llvm)
        assembly = self.tool("compile", "k.cl", "-e", "asm").stdout
        self.assertIn("scale", assembly)
        self.tool("compile", "k.cl", "-e", "object", "-o", "k.o")
        self.assertEqual((self.folder / "k.o").read_bytes()[:4], b"\x7fELF")

    def test_remarks_name_the_source_line(self):
        done = self.tool("compile", "k.cl")
        self.assertRegex(done.stderr, r"k\.cl:7:\d+: remark: .*gather")
        self.assertNotIn("remark", self.tool("compile", "k.cl", "--no-remarks").stderr.replace("--no-remarks", ""))

    def test_specialisation(self):
        plain = self.json("compile", "k.cl")
        self.assertFalse([e for e in plain["entries"] if e["kernel"] == "reverse"])
        special = self.json("compile", "k.cl", "--kernel", "reverse", "--local-size", "64")
        self.assertIn([64, 1, 1], [e["local_size"] for e in special["entries"] if e["kernel"] == "reverse"])
        self.refused("compile", "k.cl", "--local-size", "64", code=USAGE, says="--kernel")
        self.refused("compile", "k.cl", "--local-size", "64", "--kernel", "nothing", code=SOURCE, says=["nothing", "reverse"])
        self.refused("compile", "k.cl", "--local-size", "0", "--kernel", "reverse", code=ARGUMENT, says="--local-size")
        self.refused("compile", "k.cl", "--kernel", "reverse", code=USAGE, says="--local-size")
        every = self.json("compile", "k.cl", "--any-local-size")
        self.assertEqual({e["kernel"] for e in every["entries"]}, {"scale", "gather", "reverse"})

    def test_json(self):
        report = self.json("compile", "k.cl")
        self.assertTrue(report["succeeded"])
        scale = report["kernels"][0]
        self.assertEqual([(a["name"], a["type"], a["space"]) for a in scale["arguments"]],
                         [("x", "float*", "global"), ("y", "float*", "global"), ("a", "float", "value")])
        self.assertEqual([(a["read"], a["written"]) for a in scale["arguments"]],
                         [(True, False), (False, True), (False, False)])
        self.assertTrue(scale["is_flat"])
        self.assertTrue(report["kernels"][2]["has_barrier"])

    def test_a_source_sees_nothing_of_the_compiler_process(self):
        for file in ("/proc/self/environ", "/proc/self/maps", "/proc/1/environ", "/dev/zero"):
            self.write("spy.cl", f'#include "{file}"\nkernel void k(global int* x) {{ x[0] = 1; }}\n')
            done = self.tool("compile", "spy.cl", code=SOURCE, environment={"DOTCOMPUTE_TEST_SECRET": "sesame"})
            if "not fully confined" in done.stderr:
                self.skipTest("this kernel has no landlock, or the compiler is built with a sanitizer")
            self.assertIn(file, done.stderr)
            self.assertNotIn("sesame", done.stderr + done.stdout)

    def test_the_second_time_comes_from_the_disk(self):
        self.assertEqual(self.json("compile", "k.cl")["from"], "compiler process")
        self.assertEqual(self.json("compile", "k.cl")["from"], "disk cache")

    def test_lanes(self):
        for lanes in (1, 4):
            report = self.json("compile", "k.cl", "--lanes", lanes)
            self.assertEqual({e["lanes"] for e in report["entries"]}, {lanes})

    def test_source_errors(self):
        self.write("b.cl", "kernel void k(global int* o) {\n  o[0] = nothing;\n}\n")
        self.refused("compile", "b.cl", code=SOURCE, says=["b.cl:2:", "nothing", "1 error"])
        done = self.tool("compile", "b.cl", "--json", code=SOURCE)
        report = json.loads(done.stdout)
        self.assertEqual(report["error"]["exit_code"], SOURCE)
        self.assertFalse(report["succeeded"])
        self.assertEqual([(d["severity"], d["line"]) for d in report["diagnostics"]][0], ("error", 2))
        self.write("g.cl", "kernel void k(global int* o) {\nagain:\n  if (o[0]++ < 3) goto again;\n}\n")
        self.refused("compile", "g.cl", code=SOURCE, says=["g.cl:3:", "goto"])
        self.write("d.cl", "kernel void k(global int* o) {\n  if (get_local_id(0) == 0)\n    barrier(CLK_LOCAL_MEM_FENCE);\n}\n")
        self.refused("compile", "d.cl", code=SOURCE, says=["d.cl:3:", "barrier"])

    def test_usage(self):
        self.refused("compile", "k.cl", "-o", "x", code=USAGE, says="--emit")
        self.refused("compile", "k.cl", "-e", "ir", "--json", code=USAGE, says="--output")
        self.refused("compile", "k.cl", "-e", "ir", "-o", "no/such/x", code=OUTPUT, says="no/such")
        self.refused("compile", "absent.cl", code=INPUT, says="absent.cl")

    def test_a_missing_compiler_is_named(self):
        self.refused("compile", "k.cl", code=DEVICE_FAILED, environment={"DOTCOMPUTE_COMPILER": "/no/such/compiler"}, says="/no/such/compiler")


if __name__ == "__main__":
    unittest.main()
