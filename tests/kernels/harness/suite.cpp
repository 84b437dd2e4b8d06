// SPDX-License-Identifier: MIT
#include "harness/suite.hpp"

#include <cctype>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <unistd.h>

namespace kernel_suite {

void program_under_test::run(const launch& l, std::vector<argument> arguments) {
  try {
    program_->run(l, arguments);
  } catch (const launch_endless& endless) {
    const auto* test = testing::UnitTest::GetInstance()->current_test_info();
    std::printf("[  FAILED  ] %s.%s: the suite stops at a kernel that does not end: %s\n",
                test ? test->test_suite_name() : "", test ? test->name() : "", endless.what());
    std::fflush(stdout);
    std::_Exit(1);
  }
}

void run(const source_text& source, const launch& l, std::vector<argument> arguments) {
  program_under_test(source).run(l, std::move(arguments));
}

void run(const std::string& text, const launch& l, std::vector<argument> arguments) {
  run(source_text{text}, l, std::move(arguments));
}

std::string log_of_refused_build(const source_text& source) {
  try {
    current_runner().build(source);
  } catch (const build_failure& failure) {
    return failure.what();
  }
  ADD_FAILURE() << "this builds, and should not:\n" << source.text;
  return {};
}

std::string standard_output_of(const std::function<void()>& action) {
  std::fflush(stdout);
  const int saved = dup(STDOUT_FILENO);
  std::FILE* const file = std::tmpfile();
  if (saved < 0 || file == nullptr || dup2(fileno(file), STDOUT_FILENO) < 0) {
    throw std::runtime_error("the standard output cannot be redirected");
  }
  std::exception_ptr thrown;
  try {
    action();
  } catch (...) {
    thrown = std::current_exception();
  }
  std::fflush(stdout);
  dup2(saved, STDOUT_FILENO);
  close(saved);
  std::string text;
  std::rewind(file);
  std::array<char, 4096> block{};
  while (const std::size_t count = std::fread(block.data(), 1, block.size(), file))
    text.append(block.data(), count);
  std::fclose(file);
  if (thrown) std::rethrow_exception(thrown);
  return text;
}

std::string substitute(std::string text, const std::vector<std::pair<std::string, std::string>>& words) {
  const auto is_word = [](char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_'; };
  std::string result;
  for (std::size_t i = 0; i < text.size();) {
    if (!is_word(text[i])) {
      result += text[i++];
      continue;
    }
    std::size_t end = i;
    while (end < text.size() && is_word(text[end]))
      ++end;
    std::string word = text.substr(i, end - i);
    for (const auto& [from, to] : words) {
      if (word == from) {
        word = to;
        break;
      }
    }
    result += word;
    i = end;
  }
  return result;
}

} // namespace kernel_suite
