// SPDX-License-Identifier: MIT
// Which names a text uses, and the declarations that it needs for them.
#pragma once

#include <span>
#include <string>
#include <string_view>

namespace dotcompute::c_text {

/// Whether `name` stands in `code` as a whole word.
bool names(std::string_view code, std::string_view name);

/// A declaration and a name whose appearance in the code asks for it. A piece uses only pieces before it.
struct piece {
  std::string_view name, text;
};

/// The pieces that `code` needs, in their order.
std::string pieces_for(std::string_view code, std::span<const piece> pieces);

} // namespace dotcompute::c_text
