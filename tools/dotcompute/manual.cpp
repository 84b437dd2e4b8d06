// SPDX-License-Identifier: MIT
#include "manual.hpp"

#include "exit_codes.hpp"

#include <array>
#include <dotcompute/version.hpp>
#include <fmt/format.h>

namespace dotcompute::tool {

namespace {

struct variable {
  std::string_view name, meaning;
};

constexpr std::array environment{
    variable{"DOTCOMPUTE_CACHE_DIR",
             "Folder of compiled kernels; without it $XDG_CACHE_HOME/dotcompute or ~/.cache/dotcompute."},
    variable{"DOTCOMPUTE_CACHE_SIZE", "Most bytes that the folder may hold, with K, M or G; 0 turns it off."},
    variable{"DOTCOMPUTE_COMPILER", "The compiler executable, when it is not where it was installed."},
    variable{"DOTCOMPUTE_ISOLATION",
             "Where drivers run, process or none, unless --isolation says it; else what suits the device."},
    variable{"DOTCOMPUTE_LOG", "What is logged to standard error: debug, info, warning, error or off."},
    variable{"DOTCOMPUTE_WORKER", "The worker executable, when it is not where it was installed."},
};

/// Text as roff shows it: no line may begin with a control character, and a backslash is itself.
std::string roff(std::string_view text) {
  std::string out;
  bool line_start = true;
  for (const char c : text) {
    if (line_start && (c == '.' || c == '\'')) out += "\\&";
    if (c == '\\')
      out += "\\e";
    else if (c == '-')
      out += "\\-";
    else
      out += c;
    line_start = c == '\n';
  }
  return out;
}

void describe_options(std::string& out, const CLI::App& app) {
  for (const auto* option : app.get_options()) {
    if (!is_documented(*option)) continue;
    const auto value = option_value(*option);
    out += fmt::format(".TP\n\\fB{}\\fR{}\n{}\n", roff(option_names(*option)),
                       value.empty() ? "" : " \\fI" + roff(value) + "\\fR", roff(option->get_description()));
  }
}

std::string synopsis(const CLI::App& command) {
  std::string line = fmt::format("\\fBdotcompute {}\\fR", roff(command.get_name()));
  for (const auto* option : command.get_options())
    if (is_documented(*option) && option->get_positional())
      line += option->get_required() ? fmt::format(" \fI{}\fR", roff(option_names(*option)))
                                     : fmt::format(" [\fI{}\fR]", roff(option_names(*option)));
  return line + " [\\fIoptions\\fR]";
}

} // namespace

bool is_documented(const CLI::Option& option) {
  return !option.get_group().empty() && option.get_name(false, true).find("--help") == std::string::npos;
}

std::string option_names(const CLI::Option& option) {
  if (option.get_positional()) return option.get_name(true);
  std::string names;
  for (const auto& name : option.get_snames())
    names += (names.empty() ? "-" : ", -") + name;
  for (const auto& name : option.get_lnames())
    names += (names.empty() ? "--" : ", --") + name;
  return names;
}

std::string option_value(const CLI::Option& option) {
  return option.get_positional() || option.get_items_expected_max() == 0 ? "" : option.get_type_name();
}

std::string footer_text() {
  std::string text = "Exit codes:\n";
  for (const auto& row : exit_codes)
    text += fmt::format("  {:<4}{}\n", static_cast<int>(row.code), row.meaning);
  text += "\nEnvironment:\n";
  for (const auto& row : environment)
    text += fmt::format("  {:<23}{}\n", row.name, row.meaning);
  return text;
}

std::string manual_page(const CLI::App& app) {
  std::string out = fmt::format(
      ".TH DOTCOMPUTE 1 \"\" \"dotcompute {}\" \"User Commands\"\n.SH NAME\ndotcompute \\- {}\n.SH SYNOPSIS\n",
      version(), roff(app.get_description()));
  const auto commands = app.get_subcommands([](const CLI::App* c) { return !c->get_group().empty(); });
  for (const auto* command : commands)
    out += synopsis(*command) + "\n.br\n";
  out += ".SH OPTIONS\n";
  describe_options(out, app);
  for (const auto* command : commands) {
    out += fmt::format(".SH DOTCOMPUTE {}\n{}\n", roff(CLI::detail::to_lower(command->get_name())),
                       roff(command->get_description()));
    describe_options(out, *command);
    if (!command->get_footer().empty()) out += fmt::format(".PP\n.nf\n{}\n.fi\n", roff(command->get_footer()));
  }
  out += ".SH EXIT STATUS\n";
  for (const auto& row : exit_codes)
    out += fmt::format(".TP\n\\fB{}\\fR\n{}\n", static_cast<int>(row.code), roff(row.meaning));
  out += ".SH ENVIRONMENT\n";
  for (const auto& row : environment)
    out += fmt::format(".TP\n\\fB{}\\fR\n{}\n", roff(row.name), roff(row.meaning));
  return out;
}

} // namespace dotcompute::tool
