// SPDX-License-Identifier: MIT
#include "manual.hpp"
#include "session.hpp"

#include <CLI/CLI.hpp>
#include <dotcompute/version.hpp>
#include <iostream>

namespace dotcompute::tool {

std::unique_ptr<CLI::App> make_application(session& s) {
  auto app = std::make_unique<CLI::App>("Runs, compiles and measures OpenCL C kernels", "dotcompute");
  app->set_version_flag("--version", "dotcompute " + std::string(version()), "Print the version and exit");
  app->add_flag_callback(
         "--help-man", [&s, whole = app.get()] { s.action = [whole] { std::cout << manual_page(*whole); }; },
         "Print this help as a manual page and exit")
      ->group("");
  app->footer(footer_text());
  app->require_subcommand(0, 1);
  add_devices(*app, s);
  add_run(*app, s);
  add_compile(*app, s);
  add_bench(*app, s);
  add_memory(*app, s);
  add_reset(*app, s);
  add_chaos(*app, s);
  add_completion(*app, s);
  return app;
}

} // namespace dotcompute::tool
