// SPDX-License-Identifier: MIT
// Arguments and results in the formats that evaluators take.
#pragma once

#include "evaluator.hpp"
#include "inputs.hpp"

#include <cstring>
#include <vector>

namespace accuracy {

/// Elements begin to end of `in` as arrays for `f`, and room for the results.
class arrays {
 public:
  arrays(const function& f, precision p, const inputs& in, std::size_t begin, std::size_t end);

  std::size_t count() const { return count_; }
  batch data();

  /// Elements; an absent column reads as zero.
  template <class T>
  T first(std::size_t i) const {
    return at<T>(first_, i);
  }
  template <class T>
  T second(std::size_t i) const {
    return at<T>(second_, i);
  }
  template <class T>
  T result(std::size_t i) const {
    return at<T>(result_, i);
  }
  template <class T>
  T other(std::size_t i) const {
    return at<T>(other_, i);
  }

 private:
  using bytes = std::vector<std::byte>;

  template <class T>
  static T at(const bytes& column, std::size_t i) {
    T value{};
    if (!column.empty()) std::memcpy(&value, column.data() + i * sizeof(T), sizeof(T));
    return value;
  }

  std::size_t count_;
  bytes first_, second_, result_, other_;
};

/// Bytes of one element of the result and of the second result.
std::size_t result_size(const function& f, precision p);
std::size_t other_size(const function& f, precision p);

} // namespace accuracy
