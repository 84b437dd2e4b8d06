// SPDX-License-Identifier: MIT
// The fields of requests and results, one after another, in the order of their declarations.
#pragma once

#include "compiler/cache/byte_stream.hpp"
#include "compiler/compile.hpp"

namespace dotcompute::compiler {

void write(byte_writer& w, const request& r);
void write(byte_writer& w, const result& r);

/// What could not be read leaves `r` half-filled and the reader failed.
void read(byte_reader& in, request& r);
void read(byte_reader& in, result& r);

} // namespace dotcompute::compiler
