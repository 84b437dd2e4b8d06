# SPDX-License-Identifier: MIT
"""A browser draws the page of dotcompute memory --map, and it does what a person asks of it."""
import re
import shutil
import subprocess
import unittest

from harness import *
from memory_test import tenants

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")


class MemoryPage(ToolTest):
    def page(self):
        (self.folder / "tenants.log").write_bytes(tenants().end())
        self.tool("memory", "replay", "tenants.log", "--map", "map.html")
        return (self.folder / "map.html").read_text()

    def test_a_browser_draws_the_page(self):
        # What a person would do, done by the page itself: errors would leave the marks out.
        act = """<script>
          const map = document.getElementById("map"), box = map.getBoundingClientRect(), marks = document.documentElement.dataset;
          const point = (x, y) => map.dispatchEvent(new PointerEvent("pointermove", {clientX: box.left + x, clientY: box.top + y}));
          point(5, 30); marks.hover = document.getElementById("tip").textContent;
          map.dispatchEvent(new KeyboardEvent("keydown", {key: "End"})); marks.last = document.getElementById("detail").textContent;
          document.querySelector("input[value=age]").click(); marks.ages = document.getElementById("keys").textContent;
          document.querySelector(".key").click(); marks.pressed = document.querySelectorAll(".key[aria-pressed=true]").length;
          document.querySelectorAll("input[name=moment]")[1].click(); marks.summary = document.getElementById("summary").textContent;
          const pixels = map.getContext("2d").getImageData(0, 0, map.width, map.height).data;
          marks.colours = new Set(new Uint32Array(pixels.buffer)).size;
          marks.overflow = document.documentElement.scrollWidth - innerWidth;
        </script></body>"""
        (self.folder / "acted.html").write_text(self.page().replace("</body>", act))
        for size in ("390,844", "1400,900"):
            done = subprocess.run([CHROMIUM, "--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", f"--window-size={size}",
                                   f"--user-data-dir={self.folder}/.cache/chromium", "--virtual-time-budget=3000", "--dump-dom",
                                   f"file://{self.folder}/acted.html"], capture_output=True, text=True, timeout=120)
            dom = done.stdout
            marks = dict(re.findall(r' data-(\w+)="([^"]*)"', dom[:dom.find("<head")]))
            self.assertEqual(set(marks), {"drawn", "hover", "last", "ages", "pressed", "summary", "colours", "overflow"}, done.stderr)
            self.assertIn("weights: 1.00 MiB", marks["hover"])
            self.assertIn("5.00 ms old", marks["hover"])
            self.assertIn("free:", marks["last"])
            self.assertIn("older", marks["ages"])
            self.assertEqual(marks["pressed"], "1")
            self.assertIn("1 live blocks", marks["summary"])
            self.assertGreater(int(marks["colours"]), 5)
            self.assertLessEqual(int(marks["overflow"]), 0, "nothing sticks out sideways")
            self.assertIn("evil", dom)
            self.assertNotIn("<b>&amp;", dom)
            self.assertIn("512 KiB", dom[dom.find('id="owners"'):])


if __name__ == "__main__":
    if not CHROMIUM:
        print("SKIPPED: chromium is not installed (Debian: chromium), so no browser has drawn the page")
        sys.exit(0)
    unittest.main()
