// SPDX-License-Identifier: MIT
// Errors in shared memory: texts are cut to the room that there is.
#pragma once

#include <dotcompute/error.hpp>

#include <cstdint>
#include <string>

namespace dotcompute::isolated {

/// A command that the driver refused while the queue goes on, or why the driver does not answer any more.
struct refusal_record {
  std::uint64_t number;
  error_class kind;
  error_code code;
  char message[300], operation[120], remedy[160]; ///< closed with a zero, unless a hostile worker wrote them
};

void write_refusal(refusal_record& out, std::uint64_t number, const error& e) noexcept;
/// Whatever stands in it, an error about `device`.
error read_refusal(const refusal_record& r, const std::string& device);

} // namespace dotcompute::isolated
