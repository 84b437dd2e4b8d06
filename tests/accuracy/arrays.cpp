// SPDX-License-Identifier: MIT
#include "arrays.hpp"

namespace accuracy {

namespace {

template <class To, class From>
std::vector<std::byte> column(const std::vector<From>& from, std::size_t begin, std::size_t end) {
  std::vector<std::byte> out((end - begin) * sizeof(To));
  for (std::size_t i = begin; i < end; ++i) {
    const To value = static_cast<To>(from[i]);
    std::memcpy(out.data() + (i - begin) * sizeof(To), &value, sizeof(To));
  }
  return out;
}

std::size_t number_size(precision p) {
  return p == precision::f32 ? 4 : 8;
}

void* pointer(std::vector<std::byte>& column) {
  return column.empty() ? nullptr : column.data();
}

} // namespace

std::size_t result_size(const function& f, precision p) {
  return f.form == shape::to_int ? 4 : number_size(p);
}

std::size_t other_size(const function& f, precision p) {
  if (!has_second_output(f.form)) return 0;
  return second_output_is_int(f.form) ? 4 : number_size(p);
}

arrays::arrays(const function& f, precision p, const inputs& in, std::size_t begin, std::size_t end)
    : count_(end - begin) {
  const bool single = p == precision::f32;
  if (f.form == shape::from_code)
    first_ = single ? column<std::uint32_t>(in.code, begin, end) : column<std::uint64_t>(in.code, begin, end);
  else
    first_ = single ? column<float>(in.a, begin, end) : column<double>(in.a, begin, end);
  if (second_input_is_int(f.form))
    second_ = column<std::int32_t>(in.n, begin, end);
  else if (has_second_input(f.form))
    second_ = single ? column<float>(in.b, begin, end) : column<double>(in.b, begin, end);
  result_.resize(count_ * result_size(f, p));
  other_.resize(count_ * other_size(f, p));
}

batch arrays::data() {
  return {pointer(first_), pointer(second_), pointer(result_), pointer(other_), count_};
}

} // namespace accuracy
