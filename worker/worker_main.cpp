// SPDX-License-Identifier: MIT
// dotcompute-worker: the process that drives one device for a service, which starts it.
#include "isolation/worker_server.hpp"

#include <charconv>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string_view>

int main(int argc, char** argv) {
  long parent = 0;
  const std::string_view text = argc == 3 ? argv[2] : "";
  const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), parent);
  if (argc != 3 || std::strcmp(argv[1], "--serve") != 0 || failure != std::errc() || end != text.data() + text.size()) {
    std::fputs("dotcompute-worker drives a device for a service that uses dotcompute, which starts it by itself.\n",
               stderr);
    return 2;
  }
  // No destructor of static objects: a driver's own threads may still run.
  std::_Exit(dotcompute::isolated::serve_worker(parent));
}
