// SPDX-License-Identifier: MIT
// Every seed and every input that once went wrong, through its target, as it is and changed in many small ways. The
// changes come from a fixed seed, so a failure repeats; DOTCOMPUTE_FUZZ_ROUNDS multiplies their number.
#include "targets.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <random>
#include <string>
#include <vector>

namespace dotcompute::fuzz {
namespace {

using bytes = std::vector<std::uint8_t>;
using target = void (*)(const std::uint8_t*, std::size_t);

std::vector<bytes> corpus(const std::string& name) {
  std::vector<std::filesystem::path> paths;
  for (const auto& item : std::filesystem::directory_iterator(std::filesystem::path(FUZZ_CORPUS) / name)) {
    paths.push_back(item.path());
  }
  std::sort(paths.begin(), paths.end());
  std::vector<bytes> all;
  for (const auto& path : paths) {
    std::ifstream file(path, std::ios::binary);
    all.emplace_back(std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>());
  }
  return all;
}

unsigned rounds(unsigned usual) {
  const char* factor = std::getenv("DOTCOMPUTE_FUZZ_ROUNDS");
  return factor ? usual * static_cast<unsigned>(std::max(1, std::atoi(factor))) : usual;
}

void change(bytes& input, const std::vector<bytes>& others, std::mt19937_64& random) {
  const auto below = [&random](std::size_t n) {
    return static_cast<std::size_t>(random() % std::max<std::size_t>(n, 1));
  };
  const std::size_t at = below(input.size());
  switch (random() % 6) {
  case 0:
    if (!input.empty()) input[at] ^= static_cast<std::uint8_t>(1u << below(8));
    break;
  case 1:
    if (!input.empty()) input[at] = static_cast<std::uint8_t>(random());
    break;
  case 2: input.resize(at); break;
  case 3: // a piece disappears
    input.erase(input.begin() + static_cast<long>(at),
                input.begin() + static_cast<long>(std::min(input.size(), at + 1 + below(20))));
    break;
  case 4: { // a piece comes twice
    const bytes piece(input.begin() + static_cast<long>(at),
                      input.begin() + static_cast<long>(std::min(input.size(), at + 1 + below(40))));
    input.insert(input.begin() + static_cast<long>(below(input.size())), piece.begin(), piece.end());
    break;
  }
  default: { // a piece of another seed
    const bytes& other = others[below(others.size())];
    const std::size_t from = below(other.size());
    input.insert(input.begin() + static_cast<long>(at), other.begin() + static_cast<long>(from),
                 other.begin() + static_cast<long>(std::min(other.size(), from + 1 + below(60))));
  }
  }
}

void run(const std::string& name, target function, unsigned changed_inputs) {
  const std::vector<bytes> seeds = corpus(name);
  ASSERT_FALSE(seeds.empty());
  for (const bytes& seed : seeds)
    function(seed.data(), seed.size());
  function(nullptr, 0);
  std::mt19937_64 random(20260601);
  for (unsigned i = 0; i < rounds(changed_inputs); ++i) {
    bytes input = seeds[random() % seeds.size()];
    for (unsigned changes = 1 + random() % 5; changes != 0; --changes)
      change(input, seeds, random);
    input.shrink_to_fit(); // so that a sanitiser sees the first byte past the end
    function(input.data(), input.size());
  }
}

TEST(fuzz_corpus, artifact) {
  run("artifact", artifact, 20000);
}
TEST(fuzz_corpus, frames) {
  run("frames", frames, 3000);
}
TEST(fuzz_corpus, print) {
  run("print", print, 20000);
}
TEST(fuzz_corpus, replay) {
  run("replay", replay, 2000);
}
TEST(fuzz_corpus, npy) {
  run("npy", npy, 5000);
}
#ifdef REAL_COMPILER
TEST(fuzz_corpus, service) {
  run("service", service, 60);
}
#endif

} // namespace
} // namespace dotcompute::fuzz
