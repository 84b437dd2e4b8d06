// SPDX-License-Identifier: MIT
// dotcompute-translate FILE.cl [BUILD-OPTIONS]: prints the IR that the front end makes of a file, for developers.
#include "compiler/frontend/frontend.hpp"
#include "compiler/ir/passes.hpp"

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <iostream>
#include <sstream>

int main(int argc, char** argv) {
  if (argc < 2) {
    std::cerr << "usage: dotcompute-translate FILE.cl [BUILD-OPTIONS]\n";
    return 2;
  }
  std::ifstream file(argv[1], std::ios::binary);
  if (!file) {
    std::cerr << "cannot read '" << argv[1] << "'\n";
    return 2;
  }
  std::ostringstream text;
  text << file.rdbuf();
  std::string options;
  for (int i = 2; i < argc; ++i)
    options += std::string(i > 2 ? " " : "") + argv[i];

  const auto start = std::chrono::steady_clock::now();
  const auto result = dotcompute::frontend::translate(text.str(), argv[1], options);
  const std::chrono::duration<double, std::milli> took = std::chrono::steady_clock::now() - start;
  std::cerr << result.log;
  if (!result.program) return 1;
  std::cout << dotcompute::ir::print(*result.program);
  int status = 0;
  for (const std::string& broken : dotcompute::ir::verify(*result.program)) {
    std::cerr << "verify: " << broken << '\n';
    status = 1;
  }
  std::cerr << "translated in " << took.count() << " ms\n";
  return status;
}
