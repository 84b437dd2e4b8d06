# SPDX-License-Identifier: MIT
"""Every test has one of the suite's labels and a time limit of its own of at most 15 minutes."""
import argparse
import json
import subprocess
import sys

LABELS = {"unit", "kernels", "random", "accuracy", "faults", "package", "tools", "docs", "fuzz", "hardware"}
LONGEST_SECONDS = 900


def offences(tests):
    out = []
    for test in tests:
        properties = {p["name"]: p["value"] for p in test.get("properties", [])}
        labels = set(properties.get("LABELS", []))
        if not labels & LABELS:
            out.append(f"{test['name']}: has the labels {sorted(labels)}, expected one of {sorted(LABELS)}")
        if not 0 < properties.get("TIMEOUT", 0) <= LONGEST_SECONDS:
            out.append(f"{test['name']}: TIMEOUT is {properties.get('TIMEOUT')}, expected 1 to {LONGEST_SECONDS} seconds")
    return out


def main():
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--build", required=True)
    arguments.add_argument("--ctest", required=True)
    given = arguments.parse_args()
    shown = subprocess.run([given.ctest, "--show-only=json-v1"], cwd=given.build, capture_output=True, check=True,
                           timeout=45)
    tests = json.loads(shown.stdout)["tests"]
    found = offences(tests)
    print("\n".join(found) if found else f"{len(tests)} tests keep the rule")
    return 1 if found or not tests else 0


if __name__ == "__main__":
    sys.exit(main())
