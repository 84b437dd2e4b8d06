// SPDX-License-Identifier: MIT
#include "isolation/refusal_record.hpp"

#include <algorithm>
#include <cstring>

namespace dotcompute::isolated {
namespace {

template <std::size_t n>
void put(char (&to)[n], const std::string& text) noexcept {
  const std::size_t length = std::min(text.size(), n - 1);
  std::memcpy(to, text.data(), length);
  to[length] = 0;
}

template <std::size_t n>
std::string text_in(const char (&room)[n]) {
  return std::string(room, strnlen(room, n));
}

} // namespace

void write_refusal(refusal_record& out, std::uint64_t number, const error& e) noexcept {
  out.number = number;
  out.kind = e.kind();
  out.code = e.code();
  put(out.message, e.message());
  put(out.operation, e.operation());
  put(out.remedy, e.remedy());
}

error read_refusal(const refusal_record& r, const std::string& device) {
  return error(r.kind <= error_class::fatal ? r.kind : error_class::fatal, r.code, text_in(r.message),
               {device, 1, text_in(r.operation), text_in(r.remedy)});
}

} // namespace dotcompute::isolated
