// SPDX-License-Identifier: MIT
// The compiler's own corpus, in this process: seeds and past failures only. Changed inputs are libFuzzer's business
// and, behind a process boundary, that of corpus_test.cpp.
#include "targets.hpp"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

namespace dotcompute::fuzz {
namespace {

void run(const std::string& name, void (*function)(const std::uint8_t*, std::size_t)) {
  unsigned seeds = 0;
  for (const auto& item : std::filesystem::directory_iterator(std::filesystem::path(FUZZ_CORPUS) / name)) {
    SCOPED_TRACE(item.path().string());
    std::ifstream file(item.path(), std::ios::binary);
    const std::string text(std::istreambuf_iterator<char>(file), {});
    function(reinterpret_cast<const std::uint8_t*>(text.data()), text.size());
    ++seeds;
  }
  EXPECT_GT(seeds, 0u);
}

TEST(fuzz_compiler_corpus, source) {
  run("source", source);
}
TEST(fuzz_compiler_corpus, options) {
  run("options", options);
}

} // namespace
} // namespace dotcompute::fuzz
