# SPDX-License-Identifier: MIT
"""The command line as a whole: help, manual, completion, exit codes, devices."""
import json
import os
import pathlib
import re
import shutil
import subprocess
import unittest

from harness import *

COMMANDS = ["devices", "run", "compile", "bench", "memory", "completion"]


class CommandLine(ToolTest):
    def test_help_names_every_command_and_exit_code(self):
        text = self.tool("--help").stdout
        for command in COMMANDS:
            self.assertIn(command, text)
        header = pathlib.Path(os.environ["DOTCOMPUTE_SOURCE"], "tools/dotcompute/exit_codes.hpp").read_text()
        rows = re.findall(r"exit_code_row\{exit_code::\w+,\s*\"([^\"]+)\"", header)
        self.assertEqual(len(rows), 13)
        for row in rows:
            self.assertIn(row, text)

    def test_every_command_has_help_and_json(self):
        for command in COMMANDS:
            text = self.tool(command, "--help").stdout
            self.assertIn("--json", text)

    def test_version(self):
        self.assertRegex(self.tool("--version").stdout, r"^dotcompute \d+\.\d+\.\d+\n$")

    def test_wrong_command_lines(self):
        self.assertIn("devices", self.tool(code=USAGE).stderr)
        self.refused("frobnicate", code=USAGE, says="frobnicate")
        self.refused("run", code=USAGE, says="FILE")
        self.refused("run", "a.cl", code=USAGE, says="KERNEL")
        self.refused("run", "a.cl", "k", code=USAGE, says="--global")
        self.refused("run", "a.cl", "k", "--global", "4", "--blue", code=USAGE, says="--blue")
        self.refused("run", "a.cl", "k", "--global", "4", "--repeat", "0", code=USAGE, says="--repeat")
        self.refused("run", "a.cl", "k", "--global", "4", "--timeout", "-1", code=USAGE, says="--timeout")
        self.refused("compile", "a.cl", "--emit", "sparkle", code=USAGE, says=["sparkle", "llvm"])
        self.refused("completion", "tcsh", code=USAGE, says="tcsh")
        self.refused("bench", "sorting", code=USAGE, says=["sorting", "sgemm"])
        self.refused("bench", "--peers", "quantum", code=USAGE, says=["quantum", "pocl"])

    def test_manual_page_has_what_help_has(self):
        page = self.tool("--help-man").stdout
        plain = page.replace("\\-", "-")
        for command in COMMANDS:
            text = self.tool(command, "--help").stdout
            for option in set(re.findall(r"(--[a-z][a-z-]+)", text)) - {"--help"}:
                self.assertIn(option, plain, command)
        self.assertIn(".SH EXIT STATUS", page)
        if shutil.which("man") and shutil.which("groff"):
            pathlib.Path(self.folder, "dotcompute.1").write_text(page)
            done = subprocess.run(["groff", "-man", "-Tutf8", "-ww", "-z", "dotcompute.1"], cwd=self.folder, capture_output=True, text=True)
            self.assertEqual((done.returncode, done.stderr), (0, ""))

    def test_completion_scripts_are_accepted_by_their_shells(self):
        for shell, check in (("bash", ["bash", "-n"]), ("zsh", ["zsh", "-n"]), ("fish", ["fish", "--no-execute"])):
            script = self.tool("completion", shell).stdout
            for word in COMMANDS + ["repeat", "emit"]:
                self.assertIn(word, script)
            if shutil.which(shell):
                self.write("script", script)
                done = subprocess.run([*check, "script"], cwd=self.folder, capture_output=True, text=True)
                self.assertEqual((done.returncode, done.stderr), (0, ""), shell)

    def test_completion_as_json(self):
        answer = self.json("completion", "fish")
        self.assertEqual(answer, {"shell": "fish", "script": self.tool("completion", "fish").stdout})

    def complete(self, *words):
        """What bash offers for the last of `words`."""
        self.write("script", self.tool("completion", "bash").stdout)
        quoted = " ".join(f"'{w}'" for w in ("dotcompute",) + words)
        done = subprocess.run(["bash", "-c", f"source ./script; COMP_WORDS=({quoted}); COMP_CWORD={len(words)}; _dotcompute; "
                               "printf '%s\\n' \"${COMPREPLY[@]}\""], cwd=self.folder, capture_output=True, text=True, check=True)
        return done.stdout.split()

    def test_bash_offers_commands_options_values_and_files(self):
        self.assertEqual(self.complete("comp"), ["compile", "completion"])
        self.assertIn("--repeat", self.complete("run", "--r"))
        self.assertEqual(self.complete("compile", "--emit", "l"), ["llvm"])
        self.assertEqual(self.complete("completion", "z"), ["zsh"])
        self.assertIn("sgemm", self.complete("bench", "sg"))
        self.write("kernel.cl", "")
        self.assertIn("kernel.cl", self.complete("run", "ker"))
        self.assertEqual(self.complete("run", "--seed", ""), [])
        self.assertEqual(self.complete("run", "--isolation", ""), ["none", "process"])

    def test_devices(self):
        text = self.tool("devices").stdout
        self.assertIn("cpu:0", text)
        devices = self.json("devices")
        cpu = next(d for d in devices if d["id"] == "cpu:0")
        self.assertEqual(cpu["backend"], "cpu")
        for key in ("name", "target", "compute_units", "max_work_group_size", "local_memory_bytes", "simd_lanes", "fp64", "numa_node"):
            self.assertIn(key, cpu)
            self.assertNotEqual(cpu[key], 0, f"{key}: unknown is null, not zero") if key not in ("numa_node", "fp64") else None
        self.assertTrue(cpu["target"], "what code is for is known")
        self.assertLessEqual(cpu["compute_units"], len(os.sched_getaffinity(0)))

    def test_devices_stand_by_platform_and_name_the_same_hardware_elsewhere(self):
        devices = self.json("devices")
        groups = [d["backend"] if d["platform"] is None else d["platform"] for d in devices]
        self.assertEqual(len(set(groups)), sum(a != b for a, b in zip(groups, [None] + groups)), groups)
        pocl = next((d for d in devices if (d["platform"] or "").startswith("Portable Computing Language, OpenCL ")), None)
        if pocl is None:
            self.skipTest("there is no PoCL")
        cpu = next(d for d in devices if d["id"] == "cpu:0")
        self.assertIsNone(cpu["platform"])
        self.assertEqual(pocl["better_as"], "cpu:0")
        self.assertIn("vector", pocl["better_because"])
        self.assertEqual(pocl["also_as"], [])
        self.assertEqual(cpu["also_as"], [d["id"] for d in devices if d["better_as"] == "cpu:0"])
        text = self.tool("devices").stdout
        self.assertRegex(text, r"(?m)^Processors\n  cpu:0\n    the hardware of .*" + pocl["id"])
        self.assertRegex(text, r"(?m)^OpenCL, Portable Computing Language, OpenCL .*\n(    ?.*\n)*?  " + pocl["id"] +
                         r"\n    the hardware of cpu:0, which is better: ")

    def test_a_full_disk_behind_standard_output_is_an_error(self):
        with open("/dev/full", "w") as full:
            done = subprocess.run([TOOL, "devices"], stdout=full, stderr=subprocess.PIPE, text=True, timeout=60)
        self.assertEqual(done.returncode, OUTPUT, done.stderr)


if __name__ == "__main__":
    unittest.main()
