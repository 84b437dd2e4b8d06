// SPDX-License-Identifier: MIT
// One compiler process as its parent sees it: started, asked, buried.
#pragma once

#include "compiler/server/channel.hpp"

#include <memory>
#include <string>
#include <sys/types.h>

namespace dotcompute::compiler {

/// How a compiler process ended.
struct death {
  enum class manner : std::uint8_t { exited, signalled, unknown };
  manner how = manner::unknown;
  int number = 0;         ///< exit status or signal
  std::string last_words; ///< the end of what it wrote to standard error

  /// "died of signal 11 (Segmentation fault)", "exited with status 127".
  std::string describe() const;
};

/// Not thread-safe: whoever holds it has it alone.
class compiler_process {
 public:
  /// Starts `executable` without waiting for it to be ready. Throws dotcompute::error (compiler_unavailable and what
  /// system_error() gives).
  static std::unique_ptr<compiler_process> start(const std::string& executable);
  /// Kills it.
  ~compiler_process();
  compiler_process(const compiler_process&) = delete;
  compiler_process& operator=(const compiler_process&) = delete;

  struct reply {
    transfer state = transfer::failed;
    /// With `malformed`: in which way. With `failed`: errno's text.
    std::string problem;
    std::vector<std::byte> answer;
  };
  /// Sends a request and waits for the answer. After any other state than `done` the process is of no more use.
  reply ask(std::span<const std::byte> compile_payload, time_point deadline, const std::stop_token& stop);

  /// It ended between two requests, as a process that was idle for long or grew large does.
  bool has_left() const { return channel_.is_closed(); }
  bool has_greeted() const { return greeted_; }
  const hello& greeting() const { return greeting_; }
  const std::string& executable() const { return executable_; }
  pid_t id() const { return id_; }

  /// Kills it if it still runs, waits for it, and says how it ended by itself or, if it still ran, `signalled` 9.
  death bury();
  /// Lets go of it without killing: in a child made by fork() it is the parent's.
  void disown();

 private:
  compiler_process(std::string executable, pid_t id, file_descriptor socket, file_descriptor words);
  reply greet(time_point deadline, const std::stop_token& stop);
  std::string last_words() const;

  std::string executable_;
  pid_t id_ = -1;
  channel channel_;
  file_descriptor words_; ///< memory file that is its standard error
  bool greeted_ = false;
  hello greeting_;
  std::uint64_t number_ = 0;
};

} // namespace dotcompute::compiler
