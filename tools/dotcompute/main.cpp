// SPDX-License-Identifier: MIT
// The command line: reads it, runs the one command, and turns every failure into a message and an exit code.
#include "errors.hpp"
#include "files.hpp"
#include "session.hpp"

#include <CLI/CLI.hpp>
#include <cstdio>
#include <fmt/format.h>
#include <iostream>
#include <nlohmann/json.hpp>

namespace {

using namespace dotcompute::tool;

int report(const session& s, const explained& what) {
  fmt::print(stderr, "dotcompute: {}\n", what.message);
  if (s.json && !s.error_in_json)
    fmt::print("{}\n",
               nlohmann::json{{"error", {{"exit_code", static_cast<int>(what.code)}, {"message", what.message}}}}.dump(
                   -1, ' ', false, nlohmann::json::error_handler_t::replace));
  return static_cast<int>(what.code);
}

/// Results that do not reach standard output, into a full disk or a closed pipe, are not a success.
int flush_output(const session& s) {
  std::cout.flush();
  if (std::cout.good() && std::fflush(stdout) == 0) return static_cast<int>(exit_code::success);
  return report(s, {exit_code::output, "cannot write to standard output"});
}

int run_application(int count, char** arguments, session& s) {
  auto app = make_application(s);
  try {
    app->parse(count, arguments);
  } catch (const CLI::Success& asked) {
    app->exit(asked); // --help and --version, printed by CLI11
    return flush_output(s);
  } catch (const CLI::ParseError& wrong) {
    const auto used = app->get_subcommands();
    return report(s, {exit_code::usage, fmt::format("{}\nTry 'dotcompute {}--help'.", wrong.what(),
                                                    used.empty() ? "" : used.front()->get_name() + " ")});
  }
  if (!s.action) {
    fmt::print(stderr, "{}", app->help());
    return static_cast<int>(exit_code::usage);
  }
  s.action();
  return flush_output(s);
}

} // namespace

int main(int count, char** arguments) {
  session s;
  s.executable = "/proc/self/exe";
  std::error_code unreadable;
  if (const auto path = std::filesystem::read_symlink(s.executable, unreadable); !unreadable) s.executable = path;
  handle_interrupts();
  try {
    return run_application(count, arguments, s);
  } catch (...) {
    return report(s, explain_current_exception());
  }
}
