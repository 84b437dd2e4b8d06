// SPDX-License-Identifier: MIT
#include "drivers/opencl/environment.hpp"

#include <dotcompute/error.hpp>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <span>

namespace dotcompute::opencl {
namespace {

constexpr const char* text_variable = "DOTCOMPUTE_OPENCL_TEXT";
constexpr const char* memory_variable = "DOTCOMPUTE_OPENCL_MEMORY";
constexpr std::array<std::string_view, 2> texts{"source", "printed"};
constexpr std::array<std::string_view, 4> memories{"host", "fine", "coarse", "objects"};

std::string_view value_of(const char* variable) {
  const char* const said = std::getenv(variable);
  return said ? said : "";
}

void require_known(const char* variable, std::span<const std::string_view> words, const std::string& id) {
  const std::string_view said = value_of(variable);
  if (said.empty() || std::find(words.begin(), words.end(), said) != words.end()) return;
  std::string remedy = "Unset it, or set it to ";
  for (std::size_t i = 0; i < words.size(); ++i)
    remedy += std::string(i == 0 ? "" : i + 1 < words.size() ? ", " : " or ") + std::string(words[i]);
  throw error(error_code::invalid_argument, std::string(variable) + " is '" + std::string(said) + "'",
              {id, 1, "open the device", remedy + "."});
}

} // namespace

std::string_view wanted_text() {
  return value_of(text_variable);
}

std::string_view wanted_memory() {
  return value_of(memory_variable);
}

void require_known_words(const std::string& id) {
  require_known(text_variable, texts, id);
  require_known(memory_variable, memories, id);
}

} // namespace dotcompute::opencl
