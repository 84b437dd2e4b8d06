// SPDX-License-Identifier: MIT
#include "drivers/cuda/cubin_bounds.hpp"

#include <elf.h>

#include <cstdint>
#include <cstring>

namespace dotcompute::cuda {
namespace {

bool is_inside(std::uint64_t offset, std::uint64_t bytes, std::uint64_t size) {
  return offset <= size && bytes <= size - offset;
}

} // namespace

std::string find_elf_damage(std::span<const std::byte> file) {
  Elf64_Ehdr header;
  if (file.size() < sizeof header) return "it is shorter than the header of an ELF file";
  std::memcpy(&header, file.data(), sizeof header);
  if (std::memcmp(header.e_ident, ELFMAG, SELFMAG) != 0 || header.e_ident[EI_CLASS] != ELFCLASS64)
    return "it is no 64-bit ELF file";
  if (header.e_shnum != 0 && header.e_shentsize != sizeof(Elf64_Shdr)) return "its section headers have another size";
  if (header.e_phnum != 0 && header.e_phentsize != sizeof(Elf64_Phdr)) return "its program headers have another size";
  if (!is_inside(header.e_shoff, std::uint64_t{header.e_shnum} * sizeof(Elf64_Shdr), file.size()))
    return "its section headers lie beyond its end";
  if (!is_inside(header.e_phoff, std::uint64_t{header.e_phnum} * sizeof(Elf64_Phdr), file.size()))
    return "its program headers lie beyond its end";
  for (unsigned i = 0; i < header.e_shnum; ++i) {
    Elf64_Shdr section;
    std::memcpy(&section, file.data() + header.e_shoff + i * sizeof section, sizeof section);
    if (section.sh_type != SHT_NOBITS && !is_inside(section.sh_offset, section.sh_size, file.size()))
      return "section " + std::to_string(i) + " lies beyond its end";
  }
  for (unsigned i = 0; i < header.e_phnum; ++i) {
    Elf64_Phdr segment;
    std::memcpy(&segment, file.data() + header.e_phoff + i * sizeof segment, sizeof segment);
    if (!is_inside(segment.p_offset, segment.p_filesz, file.size()))
      return "segment " + std::to_string(i) + " lies beyond its end";
  }
  return {};
}

} // namespace dotcompute::cuda
