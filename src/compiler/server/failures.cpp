// SPDX-License-Identifier: MIT
#include "compiler/server/failures.hpp"

#include <fmt/format.h>

#include <csignal>

namespace dotcompute::compiler {
namespace {

std::string last_words(const death& d) {
  return d.last_words.empty() ? std::string() : "; its last words: " + d.last_words;
}

} // namespace

std::string describe(const request& r) {
  std::string text = fmt::format("compile '{}'", r.file_name);
  if (r.specialize) {
    const auto& size = r.specialize->local_size;
    text += fmt::format(", kernel '{}' for local size {}x{}x{}", r.specialize->kernel, size[0], size[1], size[2]);
  }
  return text;
}

error crashed(const request& r, const death& d, bool twice) {
  const std::string message = fmt::format("the compiler process {}{}{}", d.describe(),
                                          twice ? ", and so did the one that replaced it" : "", last_words(d));
  // Nobody but the system kills with signal 9, and mostly because memory ran out.
  if (d.how == death::manner::signalled && d.number == SIGKILL) {
    return {error_class::resource,
            error_code::compiler_crashed,
            message,
            {"", 0, describe(r), "Memory probably ran out: free some, or make the kernel smaller."}};
  }
  return {twice ? error_class::fatal : error_class::transient,
          error_code::compiler_crashed,
          message,
          {"", 0, describe(r),
           "This process and its devices are unharmed. Change the kernel (unusual constructs first) and please report "
           "this one; it is not compiled again by this process."}};
}

error refused(const request& r, const std::string& earlier) {
  return {error_class::fatal,
          error_code::compiler_crashed,
          "refused, since it brought down the compiler process twice: " + earlier,
          {"", 0, describe(r), "Change the kernel, or restart this process to try it once more."}};
}

error unusable(const request& r, const std::string& executable, const std::string& problem, const death& d) {
  std::string message = fmt::format("the compiler process {} cannot be used: {}", executable, problem);
  if (d.how != death::manner::unknown) message += fmt::format("; it {}", d.describe());
  return {error_code::compiler_unavailable,
          message + last_words(d),
          {"", 0, describe(r),
           "Install the dotcompute-compiler that belongs to this library, or set DOTCOMPUTE_COMPILER to it."}};
}

error late(const request& r, std::chrono::milliseconds timeout, bool while_waiting) {
  return {error_code::deadline_exceeded,
          while_waiting ? fmt::format("no compiler process was free within {} ms", timeout.count())
                        : fmt::format("not compiled within {} ms; the compiler process was replaced", timeout.count()),
          {"", 0, describe(r),
           "Allow more time, or make the kernel smaller (unrolled loops and large local sizes cost most)."}};
}

error cancelled(const request& r) {
  return {error_code::cancelled, "a stop was requested", {"", 0, describe(r), ""}};
}

} // namespace dotcompute::compiler
