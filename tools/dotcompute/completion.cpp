// SPDX-License-Identifier: MIT
// dotcompute completion: scripts for the shells, from the same options as --help.
#include "completion.hpp"

#include "exit_codes.hpp"
#include "manual.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <nlohmann/json.hpp>

namespace dotcompute::tool {

namespace {

std::vector<const CLI::App*> commands_of(const CLI::App& app) {
  return app.get_subcommands([](const CLI::App* c) { return !c->get_group().empty(); });
}

std::vector<const CLI::Option*> options_of(const CLI::App& app) {
  std::vector<const CLI::Option*> options;
  for (const auto* o : app.get_options())
    if (is_documented(*o) && !o->get_positional()) options.push_back(o);
  return options;
}

std::vector<std::string> names_of(const CLI::Option& option) {
  std::vector<std::string> names;
  for (const auto& n : option.get_snames())
    names.push_back("-" + n);
  for (const auto& n : option.get_lnames())
    names.push_back("--" + n);
  return names;
}

/// Words that the positional arguments of a command can be; empty when they are files or free text.
std::vector<std::string> positional_words(const CLI::App& command, const session& s) {
  for (const auto* o : command.get_options())
    if (o->get_positional())
      if (const auto found = s.values.find(o); found != s.values.end() && !found->second.empty()) return found->second;
  return {};
}

bool takes_value(const CLI::Option& option) {
  return option.get_items_expected_max() != 0;
}

/// Inside single quotes of any of the shells.
std::string in_single_quotes(const std::string& text) {
  std::string out;
  for (const char c : text)
    out += c == '\'' ? std::string("'\\''") : std::string(1, c);
  return out;
}

std::string first_line(const std::string& text) {
  return text.substr(0, text.find('\n'));
}

} // namespace

std::string bash_completion(const CLI::App& app, const session& s) {
  std::vector<std::string> commands;
  std::string cases, values;
  for (const auto* c : commands_of(app)) {
    commands.push_back(c->get_name());
    std::vector<std::string> words{"--help"};
    for (const auto* o : options_of(*c)) {
      const auto names = names_of(*o);
      words.insert(words.end(), names.begin(), names.end());
      if (!takes_value(*o)) continue;
      const auto found = s.values.find(o);
      const auto reply = found == s.values.end() ? std::string("COMPREPLY=()")
                         : found->second.empty() ? std::string("COMPREPLY=($(compgen -f -- \"$current\"))")
                                                 : fmt::format("COMPREPLY=($(compgen -W '{}' -- \"$current\"))",
                                                               fmt::join(found->second, " "));
      for (const auto& n : names)
        values += fmt::format("    '{} {}') {}; return ;;\n", c->get_name(), n, reply);
    }
    const auto positional = positional_words(*c, s);
    words.insert(words.end(), positional.begin(), positional.end());
    cases += fmt::format("    {}) words='{}' ;;\n", c->get_name(), fmt::join(words, " "));
  }
  return fmt::format(R"(# bash completion for dotcompute
_dotcompute() {{
  local current="${{COMP_WORDS[COMP_CWORD]}}" previous="${{COMP_WORDS[COMP_CWORD-1]}}" command="" words="" i
  for ((i = 1; i < COMP_CWORD; i++)); do
    case "${{COMP_WORDS[i]}}" in {0}) command="${{COMP_WORDS[i]}}"; break ;; esac
  done
  case "$command $previous" in
{2}  esac
  case "$command" in
{1}    *) words='{3} --help --version' ;;
  esac
  if [[ -n "$command" && "$current" != -* ]]; then
    COMPREPLY=($(compgen -W "$words" -- "$current") $(compgen -f -- "$current"))
  else
    COMPREPLY=($(compgen -W "$words" -- "$current"))
  fi
}}
complete -o filenames -F _dotcompute dotcompute
)",
                     fmt::join(commands, "|"), cases, values, fmt::join(commands, " "));
}

std::string zsh_completion(const CLI::App& app, const session& s) {
  // _arguments reads a description in brackets, where a bracket or colon must be escaped.
  const auto described = [](const std::string& text) {
    std::string out;
    for (const char c : first_line(text))
      out += c == '[' || c == ']' || c == ':' ? std::string("\\") + c : std::string(1, c);
    return in_single_quotes(out);
  };
  std::string descriptions, cases;
  for (const auto* c : commands_of(app)) {
    descriptions += fmt::format("    '{}:{}'\n", c->get_name(), described(c->get_description()));
    std::string arguments = "        '--help[Print help and exit]' \\\n";
    for (const auto* o : options_of(*c)) {
      const auto found = s.values.find(o);
      const auto value = !takes_value(*o)          ? std::string()
                         : found == s.values.end() ? ":" + option_value(*o) + ": "
                         : found->second.empty()   ? std::string(":file:_files")
                                                   : fmt::format(":value:({})", fmt::join(found->second, " "));
      for (const auto& n : names_of(*o))
        arguments +=
            fmt::format("        '*{}[{}]{}' \\\n", n, described(o->get_description()), in_single_quotes(value));
    }
    const auto positional = positional_words(*c, s);
    arguments += positional.empty() ? "        '*:file:_files'"
                                    : fmt::format("        '*:word:({})'", fmt::join(positional, " "));
    cases += fmt::format("      {})\n      _arguments \\\n{} ;;\n", c->get_name(), arguments);
  }
  return fmt::format(R"(#compdef dotcompute
_dotcompute() {{
  local -a commands
  commands=(
{0}  )
  if (( CURRENT == 2 )); then
    _describe command commands
    _arguments '--help[Print help and exit]' '--version[Print the version and exit]'
    return
  fi
  local command=$words[2]
  shift words
  (( CURRENT-- ))
  case $command in
{1}  esac
}}
_dotcompute "$@"
)",
                     descriptions, cases);
}

std::string fish_completion(const CLI::App& app, const session& s) {
  std::string out = "# fish completion for dotcompute\n";
  std::vector<std::string> commands;
  for (const auto* c : commands_of(app))
    commands.push_back(c->get_name());
  const auto before = fmt::format("not __fish_seen_subcommand_from {}", fmt::join(commands, " "));
  out += fmt::format("complete -c dotcompute -n '{}' -f -l version -d 'Print the version and exit'\n", before);
  for (const auto* c : commands_of(app)) {
    out += fmt::format("complete -c dotcompute -n '{}' -f -a {} -d '{}'\n", before, c->get_name(),
                       in_single_quotes(first_line(c->get_description())));
    const auto inside = "__fish_seen_subcommand_from " + c->get_name();
    for (const auto* o : options_of(*c)) {
      std::string line = fmt::format("complete -c dotcompute -n '{}'", inside);
      for (const auto& n : o->get_snames())
        line += " -s " + n;
      for (const auto& n : o->get_lnames())
        line += " -l " + n;
      if (takes_value(*o)) {
        const auto found = s.values.find(o);
        if (found == s.values.end())
          line += " -x";
        else if (found->second.empty())
          line += " -r -F";
        else
          line += fmt::format(" -x -a '{}'", fmt::join(found->second, " "));
      }
      out += fmt::format("{} -d '{}'\n", line, in_single_quotes(first_line(o->get_description())));
    }
    if (const auto words = positional_words(*c, s); !words.empty())
      out += fmt::format("complete -c dotcompute -n '{}' -f -a '{}'\n", inside, fmt::join(words, " "));
  }
  return out;
}

void add_completion(CLI::App& app, session& s) {
  auto* command = app.add_subcommand("completion", "Print a completion script for a shell");
  auto shell = std::make_shared<std::string>();
  const std::vector<std::string> shells{"bash", "zsh", "fish"};
  s.takes_one_of(command->add_option("SHELL", *shell, "bash, zsh or fish")->required(), shells);
  add_common_options(*command, s);
  command->footer("For instance, in ~/.bashrc:  source <(dotcompute completion bash)");
  command->callback([shell, &app, &s] {
    s.action = [shell, &app, &s] {
      std::string script;
      if (*shell == "bash")
        script = bash_completion(app, s);
      else if (*shell == "zsh")
        script = zsh_completion(app, s);
      else if (*shell == "fish")
        script = fish_completion(app, s);
      else
        throw failure(exit_code::usage, fmt::format("completion: '{}' is not bash, zsh or fish", *shell));
      if (s.json)
        fmt::print("{}\n", nlohmann::json{{"shell", *shell}, {"script", script}}.dump());
      else
        fmt::print("{}", script);
    };
  });
}

} // namespace dotcompute::tool
