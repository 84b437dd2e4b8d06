// SPDX-License-Identifier: MIT
#include "harness/oclgrind_log.hpp"

#include "harness/runner.hpp"

#include <cstdlib>
#include <iterator>

namespace kernel_suite {

oclgrind_log::oclgrind_log() {
  const char* const path = std::getenv("OCLGRIND_LOG");
  if (path == nullptr)
    throw runner_missing("run it as oclgrind --uninitialized --data-races --log FILE kernel_suite --driver oclgrind");
  file_.open(path);
  if (!file_) throw runner_missing(std::string("Oclgrind's log cannot be read: ") + path);
}

std::string oclgrind_log::take() {
  // Oclgrind ends each message by flushing the file, so what a finished command did is there.
  file_.clear();
  std::string added(std::istreambuf_iterator<char>(file_), {});
  if (added.size() > most_characters) added.replace(most_characters, std::string::npos, "\n...");
  return added;
}

} // namespace kernel_suite
