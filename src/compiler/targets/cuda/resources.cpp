// SPDX-License-Identifier: MIT
#include "compiler/targets/cuda/resources.hpp"

#include <algorithm>
#include <charconv>

namespace dotcompute::cuda {

namespace {

/// The number that stands before `words`.
known<std::uint32_t> number_before(std::string_view text, std::string_view words) {
  const std::size_t at = text.find(words);
  if (at == std::string_view::npos || at == 0) return std::nullopt;
  std::size_t begin = at;
  while (begin > 0 && text[begin - 1] >= '0' && text[begin - 1] <= '9')
    --begin;
  std::uint32_t number = 0;
  const auto [end, failure] = std::from_chars(text.data() + begin, text.data() + at, number);
  if (failure != std::errc() || end != text.data() + at || begin == at) return std::nullopt;
  return number;
}

/// A multiprocessor of compute capability 5.0 and later has 65,536 registers and gives them to warps of 32 threads in
/// steps of 256 (CUDA C++ Programming Guide, technical specifications per compute capability).
std::uint32_t threads_for(std::uint32_t registers) {
  const std::uint32_t of_warp = (std::max(registers, 1u) * 32 + 255) / 256 * 256;
  return std::min(1024u, 65536 / of_warp * 32);
}

} // namespace

kernel_resources resources_in_log(std::string_view log, std::string_view symbol) {
  kernel_resources r;
  const std::string start = "entry function '" + std::string(symbol) + "'";
  const std::size_t begin = log.find(start);
  if (begin == std::string_view::npos) return r;
  const std::size_t end = log.find("entry function '", begin + start.size());
  const std::string_view part = log.substr(begin, end == std::string_view::npos ? end : end - begin);
  r.registers = number_before(part, " registers");
  r.stack_bytes = number_before(part, " bytes stack frame");
  const auto stores = number_before(part, " bytes spill stores"), loads = number_before(part, " bytes spill loads");
  if (stores && loads) r.spill_bytes = std::max(*stores, *loads);
  // The assembler leaves out what is zero, but only once it says anything.
  if (r.registers) {
    r.static_local_bytes = number_before(part, " bytes smem").value_or(0u);
    r.max_local_items = threads_for(*r.registers);
  }
  return r;
}

} // namespace dotcompute::cuda
