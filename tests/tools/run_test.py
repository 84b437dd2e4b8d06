# SPDX-License-Identifier: MIT
"""dotcompute run: arguments, outputs, limits, and every way to be wrong."""
import json
import os
import pty
import signal
import subprocess
import time
import unittest

from harness import *

SAXPY = """kernel void saxpy(float a, global const float* x, global float* y) {
  size_t i = get_global_id(0);
  y[i] = a * x[i] + y[i];
}
"""


class Run(ToolTest):
    def test_npy_in_and_out(self):
        self.write("saxpy.cl", SAXPY)
        write_npy(self.folder / "x.npy", "<f4", [5], [1, 2, 3, 4, 5])
        write_npy(self.folder / "y.npy", "<f4", [5], [10, 20, 30, 40, 50])
        done = self.tool("run", "saxpy.cl", "saxpy", "--global", 5, "--arg", "a=2", "--arg", "x=x.npy", "--arg", "y=y.npy", "--out", "y=out.npy")
        self.assertIn("out.npy", done.stdout)
        self.assertEqual(read_npy(self.folder / "out.npy"), ("<f4", (5,), [12, 24, 36, 48, 60]))

    def test_arguments_by_index_and_in_order(self):
        self.write("saxpy.cl", SAXPY)
        for arguments in (["-a", "2=float[3]:ones", "-a", "0=3", "-a", "1=float[3]:ramp"], ["-a", "3", "-a", "float[3]:ramp", "-a", "float[3]:ones"],
                          ["-a", "y=float[3]:1", "-a", "3", "-a", "float[3]:ramp"]):
            self.tool("run", "saxpy.cl", "saxpy", "-g", 3, *arguments, "-o", "2=out.npy")
            self.assertEqual(read_npy(self.folder / "out.npy")[2], [1, 4, 7])

    def test_repeat_writes_what_the_first_launch_left(self):
        self.write("saxpy.cl", SAXPY)
        report = self.json("run", "saxpy.cl", "saxpy", "-g", 3, "-a", 1, "-a", "float[3]:ones", "-a", "float[3]", "-o", "y=out.npy", "-r", 5)
        self.assertEqual(read_npy(self.folder / "out.npy")[2], [1, 1, 1])
        self.assertEqual(report["launches"], 5)
        self.assertEqual(report["outputs"], [{"name": "y", "file": "out.npy", "type": "float", "shape": [3]}])
        for key in ("compile_ms", "first_ms", "best_ms", "median_ms"):
            self.assertGreaterEqual(report[key], 0)

    def test_vectors_and_shapes(self):
        self.write("v.cl", "kernel void v(float4 f, uint3 u, global float3* p, global long2* q) {\n"
                           "  size_t i = get_global_id(0);\n  p[i] = p[i] + f.xyz + convert_float3(u);\n  q[i] = (long2)(i, -(long)i);\n}\n")
        write_npy(self.folder / "p.npy", "<f4", [2, 3], [1, 2, 3, 4, 5, 6])
        self.tool("run", "v.cl", "v", "-g", 2, "-a", "f=1,2,3,4", "-a", "u=10", "-a", "p=p.npy", "-a", "q=long2[2x1]", "-o", "p=p2.npy", "-o", "q=q.npy")
        self.assertEqual(read_npy(self.folder / "p2.npy"), ("<f4", (2, 3), [12, 14, 16, 15, 17, 19]))
        self.assertEqual(read_npy(self.folder / "q.npy"), ("<i8", (2, 1, 2), [0, 0, 1, -1]))

    def test_local_memory_local_size_offset_and_build_options(self):
        self.write("g.cl", "kernel void g(global int* o, local int* t) {\n  size_t i = get_global_id(0) - get_global_offset(0);\n"
                           "  t[get_local_id(0)] = (int)get_global_id(0) + N;\n  barrier(CLK_LOCAL_MEM_FENCE);\n"
                           "  o[i] = t[get_local_size(0) - 1 - get_local_id(0)];\n}\n")
        self.tool("run", "g.cl", "g", "-g", 8, "-l", 4, "--offset", 100, "-b", "-D N=1000", "-a", "int[8]", "-a", "local:int[4]", "-o", "o=o.npy")
        self.assertEqual(read_npy(self.folder / "o.npy")[2], [1103, 1102, 1101, 1100, 1107, 1106, 1105, 1104])

    def test_pictures(self):
        self.write("p.cl", "kernel void make(global uchar4* p) { int x = get_global_id(0), y = get_global_id(1);\n"
                           "  p[y * get_global_size(0) + x] = (uchar4)(x, y, x + y, 255); }\n"
                           "kernel void grey(global const float4* p, global float* g) { size_t i = get_global_id(0); g[i] = p[i].x; }\n")
        self.tool("run", "p.cl", "make", "-g", "20x10", "-a", "uchar4[200]", "-o", "p=p.png")
        done = self.tool("run", "p.cl", "grey", "-g", 200, "-a", "p.png", "-a", "float[10x20]", "-o", "g=g.npy", "-o", "g=g.png")
        self.assertIn("10x20", done.stdout)
        _, shape, values = read_npy(self.folder / "g.npy")
        self.assertEqual(shape, (10, 20))
        self.assertAlmostEqual(values[25], 5 / 255, places=6)

    def test_random_repeats_with_its_seed(self):
        self.write("saxpy.cl", SAXPY)
        results = []
        for seed in (1, 1, 2):
            self.tool("run", "saxpy.cl", "saxpy", "-g", 100, "-a", 1, "-a", "float[100]:random", "-a", "float[100]", "--seed", seed, "-o", "y=y.npy")
            results.append(read_npy(self.folder / "y.npy")[2])
        self.assertEqual(results[0], results[1])
        self.assertNotEqual(results[0], results[2])

    def test_source_from_standard_input_and_includes_beside_the_file(self):
        self.tool("run", "-", "k", "-g", 1, "-a", "int[1]", stdin="kernel void k(global int* o) { o[0] = 1; }")
        (self.folder / "sub").mkdir()
        self.write("sub/value.h", "#define VALUE 42\n")
        self.write("sub/k.cl", '#include "value.h"\nkernel void k(global int* o) { o[0] = VALUE; }\n')
        self.tool("run", "sub/k.cl", "k", "-g", 1, "-a", "int[1]", "-o", "o=o.npy")
        self.assertEqual(read_npy(self.folder / "o.npy")[2], [42])

    def test_printf_goes_to_standard_output_and_beside_json(self):
        self.write("p.cl", 'kernel void p(int n) { printf("n is %d\\n", n); }\n')
        self.assertIn("n is 7\n", self.tool("run", "p.cl", "p", "-g", 1, "-a", 7).stdout)
        done = self.tool("run", "p.cl", "p", "-g", 1, "-a", 7, "--json")
        json.loads(done.stdout)
        self.assertIn("n is 7\n", done.stderr)

    def test_wrong_arguments_say_what_was_given_and_expected(self):
        self.write("saxpy.cl", SAXPY)
        good = {"a": "a=1", "x": "x=float[4]", "y": "y=float[4]"}
        write_npy(self.folder / "d.npy", "<f8", [4], [1, 2, 3, 4])
        write_npy(self.folder / "empty.npy", "<f4", [0], [])

        def wrong(says, code=ARGUMENT, drop=None, **change):
            arguments = [a for name, a in {**good, **change}.items() if name != drop]
            self.refused("run", "saxpy.cl", "saxpy", "-g", 4, *[w for a in arguments for w in ("-a", a)], "-o", "y=never.npy", code=code, says=says)
            self.assertNotIn("never.npy", self.files())

        wrong(["'x'", "no --arg"], drop="x")
        wrong(["'q'", "a, x, y"], x="q=1")
        wrong(["'a'", "given before"], x="a=2")
        wrong(["'7=float[4]'", "3 arguments"], x="7=float[4]")
        wrong(["x=1.5", "global float*"], x="x=1.5")
        wrong(["a=float[4]", "'a' is float"], a="a=float[4]")
        wrong(["a=1,2", "takes 1 number"], a="a=1,2")
        wrong(["int", "float*"], x="x=int[4]")
        wrong(["local"], x="x=local:float[4]")
        wrong(["hello"], a="a=hello")
        wrong(["empty"], x="x=float[0]")
        wrong(["1e99", "float"], a="a=1e99")
        wrong(["d.npy", "<f8", "astype"], x="x=d.npy", code=INPUT)
        wrong(["empty.npy"], x="x=empty.npy", code=INPUT)
        wrong(["absent.npy", "No such file"], x="x=absent.npy", code=INPUT)

    def test_unusable_input_files(self):
        self.write("saxpy.cl", SAXPY)
        self.write("bad.npy", "this is no array")
        self.write("bad.png", "this is no picture")
        for name in ("bad.npy", "bad.png"):
            self.refused("run", "saxpy.cl", "saxpy", "-g", 4, "-a", 1, "-a", name, "-a", "float[4]", code=INPUT, says=name)
        self.refused("run", "absent.cl", "k", "-g", 1, code=INPUT, says=["absent.cl", "No such file"])
        self.refused("run", ".", "k", "-g", 1, code=INPUT, says="directory")
        self.write("nothing.cl", " \n")
        self.refused("run", "nothing.cl", "k", "-g", 1, code=INPUT, says="empty")

    def test_source_errors_show_the_users_file_name(self):
        self.write("broken.cl", "kernel void k(global int* o) {\n  o[0] = undefined_name;\n}\n")
        self.refused("run", "broken.cl", "k", "-g", 1, "-a", "int[1]", code=SOURCE, says=["broken.cl:2:", "undefined_name"])
        self.write("saxpy.cl", SAXPY)
        self.refused("run", "saxpy.cl", "sax", "-g", 1, code=SOURCE, says=["sax", "saxpy"])
        self.refused("run", "saxpy.cl", "saxpy", "-g", 1, "-b", "--no-such-option", code=SOURCE, says="--no-such-option")

    def test_ranges_and_limits(self):
        self.write("k.cl", "kernel void k(global int* o) { o[0] = 1; }\n"
                           "kernel __attribute__((reqd_work_group_size(8, 1, 1))) void eight(global int* o) { o[0] = 1; }\n")
        for given in ("0", "4x0", "", "4x4x4x4", "four"):
            self.refused("run", "k.cl", "k", "-g", given, "-a", "int[1]", code=ARGUMENT, says="--global")
        self.refused("run", "k.cl", "k", "-g", "4", "-l", "2x2", "-a", "int[1]", code=ARGUMENT, says="--local")
        self.refused("run", "k.cl", "k", "-g", "10", "-l", "4", "-a", "int[1]", code=ARGUMENT)
        self.refused("run", "k.cl", "k", "-g", "1048576", "-l", "1048576", "-a", "int[1]", code=ARGUMENT)
        self.refused("run", "k.cl", "eight", "-g", "16", "-l", "16", "-a", "int[1]", code=ARGUMENT)
        self.refused("run", "k.cl", "k", "-g", "4", "--offset", "x", "-a", "int[1]", code=ARGUMENT, says="--offset")

    def test_devices_and_memory(self):
        self.write("k.cl", "kernel void k(global int* o) { o[0] = 1; }\n")
        self.refused("run", "k.cl", "k", "-g", 1, "-a", "int[1]", "-d", "quantum:0", code=DEVICE, says="quantum")
        self.refused("run", "k.cl", "k", "-g", 1, "-a", "int[1125899906842624]", code=MEMORY)
        self.refused("run", "k.cl", "k", "-g", 1, "-a", "int[1125899906842624]:ones", code=MEMORY)
        self.refused("run", "k.cl", "k", "-g", 1, "-a", "int[4611686018427387904]", code=ARGUMENT, says="any memory")

    def test_threads_are_told_where_they_are_ours(self):
        self.write("saxpy.cl", SAXPY)
        command = ("run", "saxpy.cl", "saxpy", "-g", 3, "-a", 1, "-a", "float[3]:ones", "-a", "float[3]:ones", "-o", "y=out.npy")
        self.assertRegex(self.tool(*command, "-d", "cpu").stdout, r"saxpy on cpu:0 \(.*, \d+ threads\)")
        if not any(d["id"] == "opencl:0" for d in self.json("devices")):
            self.skipTest("there is no OpenCL device")
        told = self.tool(*command, "-d", "opencl:0").stdout
        self.assertRegex(told, r"saxpy on opencl:0 \(.*\)\n")
        self.assertNotIn("threads)", told)

    def test_outputs_that_cannot_be_written_are_found_before_the_launch(self):
        self.write("k.cl", "kernel void k(global int* o, int n, global float* f) { o[0] = 1; }\n")
        common = ["run", "k.cl", "k", "-g", 1, "-a", "int[4]", "-a", "1", "-a", "float[2x2]"]
        self.refused(*common, "-o", "o=no/such/folder/o.npy", code=OUTPUT, says="no/such/folder")
        self.refused(*common, "-o", "o=o.txt", code=ARGUMENT, says=".npy")
        self.refused(*common, "-o", "q=o.npy", code=ARGUMENT, says="'q'")
        self.refused(*common, "-o", "n=o.npy", code=ARGUMENT, says="'n'")
        self.refused(*common, "-o", "o=o.png", code=ARGUMENT, says="int")
        self.assertEqual(self.files(), ["k.cl"])

    def test_a_full_disk_is_an_error(self):
        self.write("k.cl", "kernel void k(global int* o) { o[get_global_id(0)] = 1; }\n")
        os.symlink("/dev/full", self.folder / "full.npy")
        self.refused("run", "k.cl", "k", "-g", 4, "-a", "int[4]", "-o", "o=full.npy", code=OUTPUT, says=["full.npy", "No space left"])
        self.assertEqual(self.files(), ["full.npy", "k.cl"])

    def test_errors_as_json(self):
        done = self.tool("run", "absent.cl", "k", "-g", 1, "--json", code=INPUT)
        error = json.loads(done.stdout)["error"]
        self.assertEqual(error["exit_code"], INPUT)
        self.assertIn("absent.cl", error["message"])

    def test_isolation_is_what_the_option_says_else_the_environment(self):
        self.write("k.cl", "kernel void k(global int* o) { o[0] = 1; }\n")
        run = ["run", "k.cl", "k", "-g", 1, "-a", "int[1]"]
        for option, variable, result in (("process", None, "process"), ("none", None, "none"), ("none", "process", "none"),
                                         ("process", "none", "process"), (None, "process", "process"), (None, "none", "none"),
                                         (None, None, "process")):
            environment = {} if variable is None else {"DOTCOMPUTE_ISOLATION": variable}
            given = [] if option is None else ["--isolation", option]
            self.assertEqual(self.json(*run, *given, environment=environment)["isolation"], result, (option, variable))
        self.refused(*run, "--isolation", "glass", code=USAGE, says=["glass", "none", "process"])

    def test_without_a_worker_nothing_is_run_unless_that_is_asked_for(self):
        self.write("k.cl", "kernel void k(global int* o) { o[0] = 1; }\n")
        run = ["run", "k.cl", "k", "-g", 1, "-a", "int[1]"]
        missing = {"DOTCOMPUTE_WORKER": "/no/such/worker"}
        for asked in (["--isolation", "process"], []):
            self.refused(*run, *asked, environment=missing, code=DEVICE, says=["/no/such/worker", "isolation::none"])
        self.tool(*run, "--isolation", "none", environment=missing)

    def test_a_crash_in_a_worker_process_is_an_error(self):
        self.write("wild.cl", "kernel void wild(global int* o, ulong far) { *(global int*)((ulong)o + far) = 1; }\n")
        self.refused("run", "wild.cl", "wild", "-g", 1, "-a", "int[1]", "-a", 1 << 44, "-o", "o=o.npy", "--isolation", "process",
                     code=DEVICE_FAILED, says=["kernel 'wild'", "signal 11"])
        self.assertNotIn("o.npy", self.files())

    ENDLESS = "kernel void k(global volatile int* o) { while (o[0] == 0) o[1] = 1; }\n"

    def test_timeout(self):
        self.write("k.cl", self.ENDLESS)
        begin = time.monotonic()
        self.refused("run", "k.cl", "k", "-g", 1, "-a", "int[2]", "--timeout", 0.5, "-o", "o=o.npy", code=TIMEOUT, says="0.5 s")
        self.assertLess(time.monotonic() - begin, 60)
        self.assertEqual(self.files(), ["k.cl"])

    def test_progress_is_shown_on_a_terminal_only(self):
        self.write("k.cl", self.ENDLESS)
        command = [TOOL, "run", "k.cl", "k", "-g", "1", "-a", "int[2]", "--timeout", "4"]
        ours, theirs = pty.openpty()
        process = subprocess.Popen(command, cwd=self.folder, stdout=subprocess.DEVNULL, stderr=theirs)
        os.close(theirs)
        shown = b""
        try:
            while block := os.read(ours, 4096):
                shown += block
        except OSError:  # the terminal's other end is closed
            pass
        os.close(ours)
        self.assertEqual(process.wait(timeout=60), TIMEOUT)
        self.assertRegex(shown.decode(), r"running k \(\d+ s\)")
        done = self.tool(*command[1:], code=TIMEOUT)
        self.assertNotIn("running k", done.stderr)

    def test_interrupt(self):
        self.write("k.cl", self.ENDLESS)
        process = subprocess.Popen([TOOL, "run", "k.cl", "k", "-g", "1", "-a", "int[2]", "-o", "o=o.npy"], cwd=self.folder,
                                   stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        time.sleep(1)
        process.send_signal(signal.SIGINT)
        self.assertEqual(process.wait(timeout=60), INTERRUPTED)
        self.assertEqual(self.files(), ["k.cl"])


if __name__ == "__main__":
    unittest.main()
