// SPDX-License-Identifier: MIT
#include "random/shrink.hpp"

#include <algorithm>
#include <utility>

namespace random_programs {
namespace {

class shrinker {
 public:
  shrinker(kernel k, const std::function<bool(const kernel&)>& still_fails, std::size_t attempts)
      : kernel_(std::move(k)), still_fails_(still_fails), attempts_(attempts) {}

  kernel run() {
    bool smaller = true;
    while (smaller && attempts_ > 0) {
      smaller = false;
      for (std::size_t i = kernel_.functions.size(); i-- > 0;) {
        smaller |= drop_function(i);
        if (i < kernel_.functions.size()) smaller |= shrink_body(kernel_.functions[i].body);
      }
      smaller |= shrink_sizes();
    }
    return kernel_;
  }

 private:
  bool fails() {
    if (attempts_ == 0) return false;
    --attempts_;
    return still_fails_(kernel_);
  }

  bool drop_function(std::size_t i) {
    if (i + 1 == kernel_.functions.size()) return false;
    function removed = std::move(kernel_.functions[i]);
    kernel_.functions.erase(kernel_.functions.begin() + static_cast<std::ptrdiff_t>(i));
    if (fails()) return true;
    kernel_.functions.insert(kernel_.functions.begin() + static_cast<std::ptrdiff_t>(i), std::move(removed));
    return false;
  }

  /// Fewer work-items, where the sizes are not part of the text.
  bool shrink_sizes() {
    bool smaller = false;
    for (std::size_t d = 0; d < kernel_.global.size(); ++d) {
      const std::size_t unit = d < kernel_.local.size() ? kernel_.local[d] : 1;
      const std::size_t before = kernel_.global[d];
      if (before == unit) continue;
      kernel_.global[d] = unit;
      if (fails())
        smaller = true;
      else
        kernel_.global[d] = before;
    }
    return smaller;
  }

  bool shrink_body(std::vector<statement>& body) {
    bool smaller = false;
    // Halves, quarters and so on first: most of a failing program has nothing to do with the failure.
    for (std::size_t length = body.size() / 2; length > 1; length /= 2) {
      for (std::size_t at = 0; at + length <= body.size();) {
        if (!drop(body, at, length))
          at += length;
        else
          smaller = true;
      }
    }
    for (std::size_t i = body.size(); i-- > 0;) {
      if (drop(body, i, 1) || unwrap(body, i)) {
        smaller = true;
        continue;
      }
      for (auto& inner : body[i].bodies)
        smaller |= shrink_body(inner);
      for (auto& e : body[i].expressions)
        smaller |= shrink_expression(e);
    }
    return smaller;
  }

  bool drop(std::vector<statement>& body, std::size_t at, std::size_t length) {
    const auto first = body.begin() + static_cast<std::ptrdiff_t>(at);
    const auto last = first + static_cast<std::ptrdiff_t>(length);
    if (std::any_of(first, last, [](const statement& s) { return s.fixed; })) return false;
    const std::vector<statement> before = body;
    body.erase(first, last);
    if (fails()) return true;
    body = before;
    return false;
  }

  /// A statement becomes one of its bodies.
  bool unwrap(std::vector<statement>& body, std::size_t at) {
    if (body[at].bodies.empty()) return false;
    const std::vector<statement> before = body;
    for (std::size_t i = 0; i < before[at].bodies.size(); ++i) {
      const auto& inner = before[at].bodies[i];
      body = before;
      body.erase(body.begin() + static_cast<std::ptrdiff_t>(at));
      body.insert(body.begin() + static_cast<std::ptrdiff_t>(at), inner.begin(), inner.end());
      if (fails()) return true;
    }
    body = before;
    return false;
  }

  /// An expression becomes a literal, or a part of itself that has its type.
  bool shrink_expression(expression& e) {
    if (e.operands.empty() && e.text.starts_with("((") &&
        e.text.find_first_of("abcdefghijklmnopqrstuvwxyz") != std::string::npos && e.text.size() < 14) {
      return false; // a literal
    }
    const expression before = e;
    for (const char* const digit : {"0", "1"}) {
      e = {"((" + before.type + ")(" + digit + "))", before.type, {}};
      if (fails()) return true;
    }
    std::vector<const expression*> parts;
    collect(before, before.type, parts);
    for (const expression* const part : parts) {
      e = *part;
      if (fails()) return true;
    }
    e = before;
    bool smaller = false;
    for (expression& part : e.operands)
      smaller |= shrink_expression(part);
    return smaller;
  }

  static void collect(const expression& e, const std::string& type, std::vector<const expression*>& into) {
    for (const expression& part : e.operands) {
      if (part.type == type)
        into.push_back(&part);
      else
        collect(part, type, into);
    }
  }

  kernel kernel_;
  const std::function<bool(const kernel&)>& still_fails_;
  std::size_t attempts_;
};

} // namespace

kernel shrink(kernel failing, const std::function<bool(const kernel&)>& still_fails, std::size_t attempts) {
  return shrinker(std::move(failing), still_fails, attempts).run();
}

} // namespace random_programs
