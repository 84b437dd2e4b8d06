// SPDX-License-Identifier: MIT
// Conversions of numbers with an explicit rounding mode, composed of operations that round to nearest.
#pragma once

#include "compiler/frontend/function_lowering.hpp"

namespace dotcompute::frontend {

enum class rounding : std::uint8_t { unspecified, to_nearest_even, toward_zero, upward, downward };

/// The mode that a name's end asks for ("_rte", "_rtz", "_rtp", "_rtn"), which is cut off.
rounding take_rounding(llvm::StringRef& name);

ir::operation* round_to_integer_value(function_lowering& f, ir::operation* v, rounding mode);
ir::operation* float_to_integer(function_lowering& f, ir::operation* v, ir::type to, bool sign, bool saturate,
                                rounding mode);
ir::operation* integer_to_float(function_lowering& f, ir::operation* v, bool sign, ir::type to, rounding mode);
ir::operation* float_to_float(function_lowering& f, ir::operation* v, ir::type to, rounding mode);

} // namespace dotcompute::frontend
