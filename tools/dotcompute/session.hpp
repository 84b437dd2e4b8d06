// SPDX-License-Identifier: MIT
// What the commands share: how to print, what to run, and what completion and manual need to know of the options.
#pragma once

#include <CLI/App.hpp>
#include <filesystem>
#include <functional>
#include <map>
#include <string>
#include <vector>

namespace dotcompute::tool {

struct session {
  bool json = false;
  bool error_in_json = false;       ///< the command's own JSON tells the error that it ends with
  std::filesystem::path executable; ///< this program's file

  /// Set by the command that was given; main() runs it after the whole command line was read.
  std::function<void()> action;

  /// What an option or argument takes, for shell completion: one of these words; or, when empty, a file.
  std::map<const CLI::Option*, std::vector<std::string>> values;

  CLI::Option* takes_file(CLI::Option* option) {
    values[option] = {};
    return option;
  }
  CLI::Option* takes_one_of(CLI::Option* option, std::vector<std::string> words) {
    values[option] = std::move(words);
    return option;
  }
};

/// Options that every command has.
inline void add_common_options(CLI::App& command, session& s) {
  command.add_flag("--json", s.json, "Print results, and errors, as JSON on standard output");
}

// One for each command, in the file of its name.
void add_devices(CLI::App& app, session& s);
void add_run(CLI::App& app, session& s);
void add_compile(CLI::App& app, session& s);
void add_bench(CLI::App& app, session& s);
void add_memory(CLI::App& app, session& s);
void add_reset(CLI::App& app, session& s);
void add_chaos(CLI::App& app, session& s);
void add_completion(CLI::App& app, session& s);

/// The whole command line.
std::unique_ptr<CLI::App> make_application(session& s);

} // namespace dotcompute::tool
