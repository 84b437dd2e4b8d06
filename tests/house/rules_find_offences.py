# SPDX-License-Identifier: MIT
"""Each rule is shown a small tree that breaks it: a check that cannot fail proves nothing."""
import argparse
import pathlib
import tempfile
import unittest

import error_codes
import include_rule
import license_rule
import links
import snippets
import test_rule


class Tree(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        self.root = pathlib.Path(self.folder.name)
        self.files = []

    def tearDown(self):
        self.folder.cleanup()

    def add(self, name, text):
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        self.files.append(name)


class IncludeRule(Tree):
    def found(self):
        return include_rule.offences(self.root, self.files)

    def test_looking_up_is_fine(self):
        self.add("src/support/log.hpp", "")
        self.add("src/drivers/cpu/driver.cpp", '#include "support/log.hpp"\n')
        self.assertEqual(self.found(), [])

    def test_looking_down_is_not(self):
        self.add("src/drivers/driver.hpp", "")
        self.add("src/support/log.cpp", '\n#include "drivers/driver.hpp"\n')
        self.assertEqual(len(self.found()), 1)
        self.assertIn("src/support/log.cpp:2", self.found()[0])

    def test_drivers_do_not_know_each_other(self):
        self.add("src/drivers/cuda/driver.hpp", "")
        self.add("src/drivers/cpu/driver.cpp", '#include "drivers/cuda/driver.hpp"\n')
        self.assertIn("never know each other", self.found()[0])

    def test_the_service_process_knows_no_llvm(self):
        self.add("src/compiler/server/service.cpp", "#include <llvm/IR/Module.h>\n")
        self.assertIn("only the compiler process", self.found()[0])
        self.add("src/compiler/frontend/x.cpp", "#include <clang/AST/Decl.h>\n")
        self.assertEqual(len(self.found()), 1)

    def test_not_even_through_another_header(self):
        self.add("src/compiler/targets/cpu/emit.hpp", "#include <llvm/IR/Module.h>\n")
        self.add("src/drivers/cpu/a.hpp", '#include "compiler/targets/cpu/emit.hpp"\n')
        self.add("src/api/device.cpp", '#include "drivers/cpu/a.hpp"\n')
        self.assertEqual(sum("reaches" in f for f in self.found()), 2)

    def test_public_headers_stand_alone(self):
        self.add("src/support/log.hpp", "")
        self.add("include/dotcompute/a.hpp", '#include "support/log.hpp"\n')
        self.assertTrue(any("public headers" in f for f in self.found()))

    def test_examples_use_the_public_api(self):
        self.add("src/support/log.hpp", "")
        self.add("examples/a.cpp", '#include "support/log.hpp"\n')
        self.assertTrue(any("public API only" in f for f in self.found()))


class LicenseRule(Tree):
    def test_unmarked_files_are_named(self):
        self.add("a.cpp", "int a;\n")
        self.add("b.cpp", "// SPDX-License-Identifier: MIT\n")
        self.add("c.sh", "#!/bin/sh\n# SPDX-License-Identifier: MIT\n")
        self.assertEqual(license_rule.offences(self.root, self.files), ["a.cpp:1: no line with '" + license_rule.LINE + "'"])


class Links(Tree):
    def test_dead_links_and_missing_headings(self):
        self.add("docs/a.md", "# One thing\n[x](b.md) [y](#one-thing) [z](#two) [w](https://example.org)\n")
        self.assertEqual(len(links.offences(self.root, self.files)), 2)

    def test_code_is_not_read_as_links(self):
        self.add("a.md", "```cpp\n[](int)(x);\n```\n")
        self.assertEqual(links.offences(self.root, self.files), [])


class TestRule(unittest.TestCase):
    def test_labels_and_limits(self):
        good = {"name": "a", "properties": [{"name": "LABELS", "value": ["unit"]}, {"name": "TIMEOUT", "value": 30.0}]}
        self.assertEqual(test_rule.offences([good]), [])
        self.assertEqual(len(test_rule.offences([{"name": "b"}])), 2)
        slow = {"name": "c", "properties": [{"name": "LABELS", "value": ["unit"]}, {"name": "TIMEOUT", "value": 1500.0}]}
        self.assertEqual(len(test_rule.offences([slow])), 1)


class Snippets(Tree):
    def failures(self, text):
        given = argparse.Namespace(source=self.root, prefix=self.root / "none", cxx="c++", cmake="cmake")
        return snippets.check(snippets.Runner(given, self.root), "a.md", text)[1]

    def test_a_failing_command_is_found_with_its_line(self):
        found = self.failures("text\n\n```sh\nls /nowhere\n```\n")
        self.assertEqual(len(found), 1)
        self.assertTrue(found[0].startswith("a.md:3:"), found[0])
        self.assertEqual(self.failures("```sh\ntrue\n```\n"), [])

    def test_a_block_that_must_fail_and_does_not(self):
        mark = "<!-- snippet: error No such file -->\n"
        self.assertEqual(self.failures(mark + "```sh\nls /nowhere\n```\n"), [])
        self.assertEqual(len(self.failures(mark + "```sh\ntrue\n```\n")), 1)
        self.assertEqual(len(self.failures(mark + "```sh\nfalse\n```\n")), 1)

    def test_files_are_kept_for_later_blocks(self):
        text = "<!-- snippet: file a.txt -->\n<!-- snippet: not run: x -->\n```text\nhello\n```\n```sh\ngrep hello a.txt\n```\n"
        self.assertEqual(self.failures(text), [])

    def test_printed_text_is_compared(self):
        self.assertEqual(self.failures("```console\n$ printf 'a\\nb 12 c\\n'\na\nb ... c\n```\n"), [])
        self.assertEqual(len(self.failures("```console\n$ echo a\nb\n```\n")), 1)

    def test_unknown_languages_are_refused(self):
        self.assertEqual(len(self.failures("```\nx\n```\n")), 1)


class ErrorCodes(unittest.TestCase):
    def test_differences_either_way(self):
        header = error_codes.codes_of_header("enum class error_code : int {\n  a = 1, ///< x\n  b = 2,\n};\n")
        document = error_codes.codes_of_document("| 1 | `a` | x |\n| 3 | `b` | y |\n| 4 | `c` | z |\n")
        self.assertEqual(len(error_codes.offences(header, document)), 2)


if __name__ == "__main__":
    unittest.main()
