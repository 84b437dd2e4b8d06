// SPDX-License-Identifier: MIT
// What the commands share: how to print, what to run, and what completion and manual need to know of the options.
#pragma once

#include <CLI/App.hpp>
#include <CLI/Validators.hpp>
#include <cstdlib>
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

/// For commands that open a device as their user wants it. Every device that this process, or a probe that it starts,
/// opens without saying where its driver runs, goes by the variable; so the option and the variable are one thing.
inline void add_isolation_option(CLI::App& command, session& s) {
  const std::vector<std::string> words{"none", "process"};
  s.takes_one_of(command
                     .add_option_function<std::string>(
                         "--isolation",
                         [](const std::string& word) { ::setenv("DOTCOMPUTE_ISOLATION", word.c_str(), 1); },
                         "Where the device's driver runs: process, a worker process; none, this one; else what suits "
                         "the device or the command")
                     ->check(CLI::IsMember(words))
                     ->type_name("WHERE"),
                 words);
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
