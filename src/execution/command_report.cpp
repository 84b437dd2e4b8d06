// SPDX-License-Identifier: MIT
#include "execution/command_report.hpp"

#include <new>

namespace dotcompute::execution {

std::string describe(const command& c) {
  if (c.subject) return c.subject->describe();
  if (const auto* copy = std::get_if<drivers::copy_command>(&c.action))
    return "copy of " + std::to_string(copy->bytes) + " bytes";
  if (const auto* fill = std::get_if<drivers::fill_command>(&c.action))
    return "fill of " + std::to_string(fill->bytes) + " bytes";
  if (std::holds_alternative<wait_command>(c.action)) return "wait for an event";
  return "marker";
}

failed_command report_of(const command& c, const std::string& queue, bool is_culprit) {
  failed_command f;
  f.queue = queue;
  f.number = c.number;
  f.what = describe(c);
  f.is_culprit = is_culprit;
  if (const auto* launch = std::get_if<drivers::launch_command>(&c.action)) {
    f.global_size = launch->global_size;
    f.local_size = launch->local_size;
    if (c.subject) f.arguments = c.subject->describe_arguments(launch->arguments);
  }
  return f;
}

void abandoned_commands::add(const command& c, const std::string& queue) noexcept {
  ++count;
  if (named.size() >= most_named) return;
  try {
    named.push_back(report_of(c, queue, false));
  } catch (const std::bad_alloc&) {
  } // counted all the same
}

} // namespace dotcompute::execution
