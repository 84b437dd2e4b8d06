// SPDX-License-Identifier: MIT
#include "drivers/print_format.hpp"
#include "targets.hpp"

#include <cstring>
#include <vector>

namespace dotcompute::fuzz {

void print(const std::uint8_t* data, std::size_t size) {
  // The format ends at the first zero; what follows are values. A value for %s is an address that the compiler made, so
  // only formats without it can meet any bytes.
  if (size == 0) data = reinterpret_cast<const std::uint8_t*>(""); // no bytes may come without an address
  const std::size_t length = strnlen(reinterpret_cast<const char*>(data), size);
  const std::string_view format(reinterpret_cast<const char*>(data), length);
  // Field widths have the text's full length made, by design.
  unsigned digits = 0;
  for (const char c : format) {
    digits = c >= '0' && c <= '9' ? digits + 1 : 0;
    if (digits > 4 || c == 's') return;
  }
  const std::vector<std::byte> values(std::as_bytes(std::span(data, size)).begin() + static_cast<long>(length),
                                      std::as_bytes(std::span(data, size)).end());
  (void)drivers::format_print(format, values);
}

} // namespace dotcompute::fuzz
