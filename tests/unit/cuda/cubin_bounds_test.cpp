// SPDX-License-Identifier: MIT
#include "drivers/cuda/cubin_bounds.hpp"

#include <gtest/gtest.h>

#include <elf.h>

#include <cstring>
#include <fstream>
#include <iterator>
#include <vector>

namespace dotcompute::cuda {
namespace {

/// An ELF file that is there for certain: this program.
std::vector<std::byte> sample() {
  std::ifstream file("/proc/self/exe", std::ios::binary);
  const std::vector<char> text{std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
  const auto bytes = std::as_bytes(std::span(text));
  return {bytes.begin(), bytes.end()};
}

TEST(cubin_bounds, a_whole_file_is_sound) {
  EXPECT_EQ(find_elf_damage(sample()), "");
}

TEST(cubin_bounds, every_cut_is_found) {
  const std::vector<std::byte> whole = sample();
  for (std::size_t size = 0; size < whole.size(); size += size < 128 ? 1 : whole.size() / 97)
    EXPECT_NE(find_elf_damage(std::span(whole).first(size)), "") << size;
}

TEST(cubin_bounds, what_is_no_elf_is_said_to_be_none) {
  const std::vector<std::byte> zeros(4096);
  EXPECT_EQ(find_elf_damage(zeros), "it is no 64-bit ELF file");
}

TEST(cubin_bounds, sections_beyond_the_end_are_found) {
  std::vector<std::byte> file = sample();
  Elf64_Ehdr header;
  std::memcpy(&header, file.data(), sizeof header);
  Elf64_Shdr section;
  std::memcpy(&section, file.data() + header.e_shoff + sizeof section, sizeof section);
  section.sh_size = ~std::uint64_t{0};
  std::memcpy(file.data() + header.e_shoff + sizeof section, &section, sizeof section);
  EXPECT_EQ(find_elf_damage(file), "section 1 lies beyond its end");
  header.e_shoff = ~std::uint64_t{0} - 8;
  std::memcpy(file.data(), &header, sizeof header);
  EXPECT_EQ(find_elf_damage(file), "its section headers lie beyond its end");
}

} // namespace
} // namespace dotcompute::cuda
