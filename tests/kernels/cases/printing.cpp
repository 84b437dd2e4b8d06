// SPDX-License-Identifier: MIT
// printf: every conversion, vectors, strings, from divergent code.
#include "harness/suite.hpp"

#include <algorithm>

namespace kernel_suite {
namespace {

std::string printed_by(const std::string& body, const launch& l = over(1)) {
  return standard_output_of([&] { run("kernel void k(int zero) {" + body + "}", l, {value(std::int32_t{0})}); });
}

std::vector<std::string> sorted_lines(const std::string& text) {
  std::vector<std::string> lines;
  std::istringstream in_text(text);
  for (std::string line; std::getline(in_text, line);)
    lines.push_back(line);
  std::sort(lines.begin(), lines.end());
  return lines;
}

TEST(printing, integers) {
  EXPECT_EQ(
      printed_by(
          R"(int x = zero - 42; printf("%d %i %u %x %X %o|%5d|%-5d|%05d|%+d|%#x\n", x, 7 + zero, 8u, 255, 255, 8, 42, 42, 42, 42, 255);)"),
      "-42 7 8 ff FF 10|   42|42   |00042|+42|0xff\n");
}

TEST(printing, long_short_and_char) {
  EXPECT_EQ(
      printed_by(
          R"(long big = 1L << 40; printf("%ld %lu %lx %hd %hhd %c%c\n", -big, (ulong)big, big, (short)-3, (char)-4, 'o', 'k' + zero);)"),
      "-1099511627776 1099511627776 10000000000 -3 -4 ok\n");
}

TEST(printing, floating_point) {
  EXPECT_EQ(
      printed_by(
          R"(float f = 1.5f + zero; printf("%f %.2f %e %g|%8.3f|%-8.1f|%a\n", f, 2.25, 12345.678, 0.0001f, f, f, 1.0);)"),
      "1.500000 2.25 1.234568e+04 0.0001|   1.500|1.5     |0x1p+0\n");
}

TEST(printing, strings_and_percent) {
  EXPECT_EQ(printed_by(R"(printf("100%% %s|%6s|%-6s|\n", "text", "ab", "cd"); printf("plain\n");)"),
            "100% text|    ab|cd    |\nplain\n");
}

TEST(printing, vectors) {
  if (pocl_compiles()) GTEST_SKIP() << "PoCL 3.1 prints vectors of char and float with other widths";
  EXPECT_EQ(printed_by(R"(int4 v = (int4)(1, -2, 3, 4 + zero); printf("%v4d|%v2hlu\n", v, (uint2)(7, 8));
                          float2 f = (float2)(1.5f, -2); printf("%.1v2hlf|%5.2v2hlf\n", f, f);
                          printf("%v4hhx %v2hd %v2ld\n", (uchar4)(1, 2, 254, 255), (short2)(-1, 1), (long2)(-5, 5));)"),
            "1,-2,3,4|7,8\n1.5,-2.0| 1.50,-2.00\n1,2,fe,ff -1,1 -5,5\n");
}

TEST(printing, once_for_each_work_item_that_gets_there) {
  const std::string text = printed_by(
      R"(int i = get_global_id(0); if (i % 3 == 1) printf("item %d of %d\n", i, (int)get_global_size(0));)", over(50));
  std::vector<std::string> expected;
  for (int i = 1; i < 50; i += 3)
    expected.push_back("item " + std::to_string(i) + " of 50");
  std::sort(expected.begin(), expected.end());
  EXPECT_EQ(sorted_lines(text), expected);
}

TEST(printing, in_divergent_loops_and_helpers) {
  const std::string text = standard_output_of([] {
    run(R"(
      void show(int i, int j) { if (j == 2) { printf("two\n"); return; } printf("<%d %d>\n", i, j); }
      kernel void k(int zero) { int i = get_global_id(0); for (int j = 0; j < i % 4; ++j) show(i, j); })",
        over(9), {value(std::int32_t{0})});
  });
  std::vector<std::string> expected;
  for (int i = 0; i < 9; ++i) {
    for (int j = 0; j < i % 4; ++j) {
      expected.push_back(j == 2 ? "two" : "<" + std::to_string(i) + " " + std::to_string(j) + ">");
    }
  }
  std::sort(expected.begin(), expected.end());
  EXPECT_EQ(sorted_lines(text), expected);
}

TEST(printing, returns_zero) {
  std::vector<std::int32_t> result(3, 9);
  standard_output_of([&] {
    run(R"(kernel void k(global int* r) { int i = get_global_id(0); r[i] = printf("%d\n", i); })", over(3),
        {out(result)});
  });
  expect_each(result, [](auto) { return 0; });
}

TEST(printing, many_lines_are_whole) {
  const std::string text =
      printed_by(R"(printf("line %d %d %d end\n", (int)get_global_id(0), 12345678, 87654321);)", over(3000));
  const auto lines = sorted_lines(text);
  ASSERT_EQ(lines.size(), 3000u);
  for (const std::string& line : lines) {
    ASSERT_EQ(line.substr(0, 5), "line ");
    ASSERT_NE(line.find(" 12345678 87654321 end"), std::string::npos) << line;
  }
}

// A GPU's ring holds 1 MiB of records: what finds no place is lost, and nothing else is.
TEST(printing, what_finds_no_place_harms_nothing_else) {
  const auto lines =
      sorted_lines(printed_by(R"(printf("%d %v4hld.\n", (int)get_global_id(0), (int4)(1, 2, 3, 4));)", over(100000)));
  ASSERT_GE(lines.size(), 30000u);
  EXPECT_EQ(std::adjacent_find(lines.begin(), lines.end()), lines.end()) << "printed twice";
  for (const std::string& line : lines)
    ASSERT_TRUE(line.ends_with(" 1,2,3,4.")) << line;
  EXPECT_EQ(sorted_lines(printed_by(R"(printf("%d\n", (int)get_global_id(0));)", over(20))).size(), 20u);
}

} // namespace
} // namespace kernel_suite
