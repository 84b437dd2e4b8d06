// SPDX-License-Identifier: MIT
// The library as text: what it promises is there, once, and each file keeps the rules that results depend on.
#include "compiler/builtins/builtins.hpp"
#include "function_table.hpp"

#include <gtest/gtest.h>

#include <map>
#include <regex>
#include <string>

namespace {

using dotcompute::builtins::files;
using dotcompute::builtins::find;
using dotcompute::builtins::library_file;

/// Names that a file defines, or declares, at the start of a line.
std::vector<std::string> names(const library_file& file, bool definitions) {
  static const std::regex definition(R"((?:^|\n)[a-z][a-z0-9 ]* (__dc_[a-z0-9_]+)\([^;{]*\) \{)");
  static const std::regex declaration(R"((?:^|\n)[a-z][a-z0-9 ]* (__dc_[a-z0-9_]+)\([^;{]*\);)");
  const std::string text(file.text);
  std::vector<std::string> found;
  const std::regex& form = definitions ? definition : declaration;
  for (std::sregex_iterator at(text.begin(), text.end(), form), end; at != end; ++at)
    found.push_back((*at)[1]);
  return found;
}

TEST(builtin_library, has_every_function_of_the_table) {
  for (const accuracy::function& f : accuracy::functions()) {
    if (!f.in_library) continue;
    for (const auto& [limit, suffix] : {std::pair(f.limit_f32, "_f32"), std::pair(f.limit_f64, "_f64")}) {
      if (limit < 0) continue;
      const std::string name = "__dc_" + std::string(f.name) + suffix;
      const library_file* file = find(name);
      ASSERT_NE(file, nullptr) << name;
      EXPECT_NE(file->text.find(" " + name + "("), std::string_view::npos) << name << " is not in " << file->name;
    }
  }
}

TEST(builtin_library, has_no_function_of_another_name) {
  EXPECT_EQ(find(""), nullptr);
  EXPECT_EQ(find("sin"), nullptr);
  EXPECT_EQ(find("__dc_sin"), nullptr);
  EXPECT_EQ(find("__dc_sin_f32("), nullptr);
  EXPECT_EQ(find("__dc_no_such_function_f32"), nullptr);
}

TEST(builtin_library, defines_each_function_once_and_finds_it) {
  std::map<std::string, std::string_view> defined;
  for (const library_file& file : files())
    for (const std::string& name : names(file, true)) {
      EXPECT_TRUE(defined.emplace(name, file.name).second) << name << " is also in " << defined[name];
      ASSERT_NE(find(name), nullptr) << name;
      EXPECT_EQ(find(name)->name, file.name) << name;
    }
  EXPECT_GT(defined.size(), 200u);
}

TEST(builtin_library, declares_only_what_another_file_defines) {
  for (const library_file& file : files())
    for (const std::string& name : names(file, false)) {
      ASSERT_NE(find(name), nullptr) << name << " declared in " << file.name;
      EXPECT_NE(find(name)->name, file.name) << name;
    }
}

// Contracted or not, a product and a sum would give other results on another target.
TEST(builtin_library, turns_contraction_off_before_any_code) {
  for (const library_file& file : files()) {
    const std::size_t pragma = file.text.find("\n#pragma OPENCL FP_CONTRACT OFF\n");
    ASSERT_NE(pragma, std::string_view::npos) << file.name;
    EXPECT_EQ(file.text.substr(0, pragma).find('{'), std::string_view::npos) << file.name;
  }
}

// One implementation serves devices without double precision: f32 functions may not compute in double.
TEST(builtin_library, f32_files_use_no_double) {
  for (const library_file& file : files()) {
    if (!file.name.ends_with("_f32.cl")) continue;
    const std::string text = std::regex_replace(std::string(file.text), std::regex("//[^\n]*"), "");
    EXPECT_EQ(text.find("double"), std::string::npos) << file.name;
    EXPECT_FALSE(std::regex_search(text, std::regex(R"([^0-9a-fx.p+-][0-9]+\.[0-9]+[^0-9f])"))) << file.name;
  }
}

} // namespace
