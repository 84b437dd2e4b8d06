// SPDX-License-Identifier: MIT
#include "drivers/print_format.hpp"

#include <cmath>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <optional>

namespace dotcompute::drivers {
namespace {

constexpr std::string_view integers = "diouxX", floats = "fFeEgGaA";

/// `%[flags][width][.precision][vn][length]conversion`, OpenCL 1.2 section 6.12.13.
struct specification {
  std::string flags; ///< flags, width and precision, as they stand
  unsigned components = 1;
  std::string_view length; ///< "", "hh", "h", "hl", "l"
  char conversion = 0;
  std::size_t end = 0; ///< behind the conversion
};

std::size_t skip_any(std::string_view text, std::size_t at, std::string_view set) {
  const auto end = text.find_first_not_of(set, at);
  return end == std::string_view::npos ? text.size() : end;
}

std::optional<specification> parse(std::string_view format, std::size_t percent) {
  constexpr std::string_view digits = "0123456789";
  specification s;
  std::size_t at = skip_any(format, percent + 1, "-+ #0");
  at = skip_any(format, at, digits);
  if (at < format.size() && format[at] == '.') at = skip_any(format, at + 1, digits);
  s.flags = format.substr(percent + 1, at - percent - 1);
  if (s.flags.size() > 32) // widths of that many digits are no widths
    return {};
  if (at < format.size() && format[at] == 'v') {
    const std::size_t end = skip_any(format, at + 1, digits);
    const std::string_view n = format.substr(at + 1, end - at - 1);
    for (const unsigned known : {2u, 3u, 4u, 8u, 16u})
      if (n == std::to_string(known)) s.components = known;
    if (s.components == 1) return {};
    at = end;
  }
  for (const std::string_view length : {"hh", "hl", "h", "l"})
    if (format.substr(at, length.size()) == length) {
      s.length = length;
      at += length.size();
      break;
    }
  if (at >= format.size()) return {};
  s.conversion = format[at];
  s.end = at + 1;
  const bool known = integers.find(s.conversion) != std::string_view::npos ||
                     floats.find(s.conversion) != std::string_view::npos ||
                     (s.components == 1 && std::string_view("csp").find(s.conversion) != std::string_view::npos);
  // There is no floating type of eight bits; its values would be read with another size than they were counted with.
  const bool byte_float = s.length == "hh" && floats.find(s.conversion) != std::string_view::npos;
  return known && !byte_float ? std::optional(s) : std::nullopt;
}

/// Takes values off the front; each begins on a multiple of eight bytes.
class value_reader {
 public:
  explicit value_reader(std::span<const std::byte> bytes) : bytes_(bytes) {}

  bool begin(std::size_t bytes) {
    at_ = (at_ + 7) / 8 * 8;
    return bytes <= bytes_.size() && at_ <= bytes_.size() - bytes;
  }
  template <class T>
  T take() {
    T value;
    std::memcpy(static_cast<void*>(&value), bytes_.data() + at_, sizeof(T));
    at_ += sizeof(T);
    return value;
  }

 private:
  std::span<const std::byte> bytes_;
  std::size_t at_ = 0;
};

double widen_half(std::uint16_t bits) {
  const int exponent = bits >> 10 & 31, fraction = bits & 1023;
  const double magnitude = exponent == 31  ? (fraction ? std::nan("") : HUGE_VAL)
                           : exponent == 0 ? std::ldexp(fraction, -24)
                                           : std::ldexp(1024 + fraction, exponent - 25);
  return bits & 0x8000 ? -magnitude : magnitude;
}

template <class T>
void append(std::string& out, const std::string& format, T value) {
  char small[128];
  const int length = std::snprintf(small, sizeof small, format.c_str(), value);
  if (length < 0) return;
  if (static_cast<std::size_t>(length) < sizeof small) {
    out.append(small, static_cast<std::size_t>(length));
    return;
  }
  std::string large(static_cast<std::size_t>(length) + 1, '\0');
  std::snprintf(large.data(), large.size(), format.c_str(), value);
  out.append(large, 0, static_cast<std::size_t>(length));
}

unsigned element_bytes(const specification& s) {
  if (s.components == 1) return s.length == "l" ? 8 : 4;
  return s.length == "hh" ? 1 : s.length == "h" ? 2 : s.length == "l" ? 8 : 4;
}

void append_integer(std::string& out, const specification& s, value_reader& values) {
  std::int64_t value = 0;
  switch (element_bytes(s)) {
  case 1: value = values.take<std::int8_t>(); break; // NOLINT(bugprone-signed-char-misuse): a number, no character
  case 2: value = values.take<std::int16_t>(); break;
  case 4: value = values.take<std::int32_t>(); break;
  default: value = values.take<std::int64_t>(); break;
  }
  // A scalar was promoted to int by the caller; its length says what it was.
  if (s.components == 1 && s.length == "hh") value = static_cast<std::int8_t>(value);
  if (s.components == 1 && s.length == "h") value = static_cast<std::int16_t>(value);
  const std::string format = "%" + s.flags + "ll" + s.conversion;
  if (s.conversion == 'd' || s.conversion == 'i') {
    append(out, format, static_cast<long long>(value));
    return;
  }
  const unsigned bits = s.length == "hh" ? 8 : s.length == "h" ? 16 : s.length == "l" ? 64 : 32;
  const std::uint64_t mask = bits == 64 ? ~std::uint64_t{0} : (std::uint64_t{1} << bits) - 1;
  append(out, format, static_cast<unsigned long long>(static_cast<std::uint64_t>(value) & mask));
}

void append_float(std::string& out, const specification& s, value_reader& values) {
  double value = 0;
  if (s.components == 1)
    value = values.take<double>();
  else
    switch (element_bytes(s)) {
    case 2: value = widen_half(values.take<std::uint16_t>()); break;
    case 8: value = values.take<double>(); break;
    default: value = values.take<float>(); break;
    }
  append(out, "%" + s.flags + s.conversion, value);
}

const char* text_of(value_reader& values, const std::vector<std::string>* texts) {
  if (!texts) {
    const auto* text = values.take<const char*>();
    return text ? text : "(null)";
  }
  const auto index = values.take<std::uint64_t>();
  return index < texts->size() ? (*texts)[index].c_str() : "(null)";
}

bool append_conversion(std::string& out, const specification& s, value_reader& values,
                       const std::vector<std::string>* texts) {
  const bool is_float = floats.find(s.conversion) != std::string_view::npos;
  const bool is_wide = s.conversion == 's' || s.conversion == 'p' || (is_float && s.components == 1);
  if (!values.begin(is_wide ? 8 : std::size_t{element_bytes(s)} * s.components)) return false;
  if (s.conversion == 's') {
    append(out, "%" + s.flags + "s", text_of(values, texts));
  } else if (s.conversion == 'p') {
    append(out, "%" + s.flags + "p", values.take<const void*>());
  } else if (s.conversion == 'c') {
    append(out, "%" + s.flags + "c", values.take<std::int32_t>());
  } else {
    for (unsigned i = 0; i < s.components; ++i) {
      if (i != 0) out += ',';
      is_float ? append_float(out, s, values) : append_integer(out, s, values);
    }
  }
  return true;
}

} // namespace

std::string format_print(std::string_view format, std::span<const std::byte> bytes,
                         const std::vector<std::string>* texts) {
  std::string out;
  value_reader values(bytes);
  std::size_t at = 0;
  while (at < format.size()) {
    const std::size_t percent = std::min(format.find('%', at), format.size());
    out.append(format, at, percent - at);
    if (percent == format.size()) break;
    if (percent + 1 < format.size() && format[percent + 1] == '%') {
      out += '%';
      at = percent + 2;
      continue;
    }
    const auto s = parse(format, percent);
    if (s && append_conversion(out, *s, values, texts)) {
      at = s->end;
    } else {
      out += '%';
      at = percent + 1;
    }
  }
  return out;
}

} // namespace dotcompute::drivers
