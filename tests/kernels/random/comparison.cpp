// SPDX-License-Identifier: MIT
#include "random/comparison.hpp"
#include "random/choice.hpp"

#include <cerrno>
#include <csignal>
#include <cstring>
#include <deque>
#include <optional>
#include <sstream>
#include <sys/wait.h>
#include <system_error>
#include <unistd.h>

namespace random_programs {
namespace {

using kernel_suite::argument;

constexpr unsigned seconds_a_batch = 120;

/// Everything a kernel reads and writes.
struct memory {
  std::vector<std::int32_t> a;
  std::vector<float> b;
  std::vector<std::uint64_t> out;
  std::vector<std::int32_t> scratch, counters;

  explicit memory(const kernel& k) : a(64), b(64), out(k.items(), 0xdead), scratch(8 * k.items()), counters(14) {
    choice pick(k.seed ^ 0xabcdef);
    for (auto& x : a) {
      const std::uint64_t bits = pick.next();
      const std::int32_t corners[] = {0, 1, -1, INT32_MIN, INT32_MAX, 255, -128, 65536};
      x = bits % 4 == 0 ? corners[(bits >> 8) % 8] : static_cast<std::int32_t>(bits >> 16) >> (bits >> 3) % 31;
    }
    for (auto& x : b)
      x = static_cast<float>(static_cast<std::int32_t>(pick.next() >> 40) - (1 << 23)) / 4096.0f;
    for (auto& x : scratch)
      x = static_cast<std::int32_t>(pick.next());
    for (auto& x : counters)
      x = static_cast<std::int32_t>(pick.next());
  }

  static argument given(auto& data, bool written) {
    argument given_argument;
    given_argument.kind = argument::category::memory;
    given_argument.memory = std::as_writable_bytes(std::span(data));
    given_argument.written = written;
    return given_argument;
  }

  std::vector<argument> arguments(const kernel& k) {
    std::vector<argument> list{given(a, false), given(b, false), given(out, true), given(scratch, true),
                               given(counters, true)};
    argument u0;
    u0.bytes.resize(4);
    const auto uniform = static_cast<std::int32_t>(k.seed % 7);
    std::memcpy(u0.bytes.data(), &uniform, 4);
    list.push_back(u0);
    if (k.local_bytes != 0) {
      argument local;
      local.kind = argument::category::local_memory;
      local.local_bytes = k.local_bytes;
      list.push_back(local);
    }
    return list;
  }
};

memory run_on(kernel_suite::built_program& program, const kernel& k) {
  memory m(k);
  auto arguments = m.arguments(k);
  program.run({.kernel = k.name, .global = k.global, .local = k.local, .offset = {}}, arguments);
  return m;
}

std::string difference(const memory& subject, const memory& reference) {
  std::ostringstream text;
  const auto compare = [&](const char* name, const auto& x, const auto& y) {
    for (std::size_t i = 0; i < x.size(); ++i) {
      if (x[i] == y[i]) continue;
      if (text.tellp() == 0) text << name << "[" << i << "] is " << x[i] << ", the reference has " << y[i];
      return;
    }
  };
  compare("out", subject.out, reference.out);
  compare("scratch", subject.scratch, reference.scratch);
  compare("counters", subject.counters, reference.counters);
  return text.str();
}

std::string first_lines(const std::string& text) {
  const std::size_t error = text.find("error:");
  const std::size_t from = error == std::string::npos ? 0 : text.rfind('\n', error) + 1;
  return text.substr(from, 400);
}

} // namespace

std::vector<verdict> compare_here(const std::vector<kernel>& batch, const comparison_options& options) {
  using category = verdict::category;
  std::vector<verdict> verdicts(batch.size());
  std::string text;
  for (const kernel& k : batch)
    text += render(k);
  text.insert(0, prelude(text));
  const auto all = [&](category kind, const std::string& what) { verdicts.assign(batch.size(), {kind, what}); };
  try {
    const auto reference = kernel_suite::make_runner(options.reference);
    const auto subject = kernel_suite::make_runner(options.subject);
    std::unique_ptr<kernel_suite::built_program> expected, actual;
    try {
      expected = reference->build({text, options.reference_build, ""});
    } catch (const std::exception& e) {
      all(category::reference_failed, reference->name() + ": " + first_lines(e.what()));
      return verdicts;
    }
    try {
      actual = subject->build({text, "", ""});
    } catch (const std::exception& e) {
      all(category::refused, first_lines(e.what()));
      return verdicts;
    }
    for (std::size_t i = 0; i < batch.size(); ++i) {
      std::optional<memory> wanted;
      try {
        wanted.emplace(run_on(*expected, batch[i]));
      } catch (const std::exception& e) {
        verdicts[i] = {category::reference_failed, reference->name() + ": " + first_lines(e.what())};
        continue;
      }
      try {
        const std::string what = difference(run_on(*actual, batch[i]), *wanted);
        if (!what.empty()) verdicts[i] = {category::different, what};
      } catch (const std::exception& e) {
        verdicts[i] = {category::refused, first_lines(e.what())};
      }
    }
  } catch (const kernel_suite::runner_missing& e) {
    all(category::missing, e.what());
  } catch (const std::exception& e) {
    all(category::refused, e.what());
  }
  return verdicts;
}

namespace {

/// A child process at work on a batch, and the pipe that its verdicts come through.
struct child {
  pid_t id = -1;
  int from = -1;
};

child start(const std::vector<kernel>& batch, const comparison_options& options) {
  int ends[2];
  if (pipe(ends) != 0) throw std::system_error(errno, std::generic_category(), "pipe");
  const pid_t id = fork();
  if (id < 0) throw std::system_error(errno, std::generic_category(), "fork");
  if (id != 0) {
    close(ends[1]);
    return {id, ends[0]};
  }
  close(ends[0]);
  alarm(seconds_a_batch); // the default action ends the process
  std::string message;
  for (const verdict& v : compare_here(batch, options)) {
    message += static_cast<char>('0' + static_cast<int>(v.kind));
    for (const char c : v.description)
      message += c == '\0' ? ' ' : c;
    message += '\0';
  }
  for (std::size_t written = 0; written < message.size();) {
    const ssize_t n = write(ends[1], message.data() + written, message.size() - written);
    if (n <= 0) break;
    written += static_cast<std::size_t>(n);
  }
  _exit(0); // nothing of the drivers need be taken down
}

/// The verdicts that came, fewer than kernels if the child died.
std::vector<verdict> finish(const child& c, std::string& death) {
  std::string message;
  std::array<char, 4096> block{};
  for (ssize_t n = 0; (n = read(c.from, block.data(), block.size())) > 0 || (n < 0 && errno == EINTR);) {
    if (n > 0) message.append(block.data(), static_cast<std::size_t>(n));
  }
  close(c.from);
  int status = 0;
  while (waitpid(c.id, &status, 0) < 0 && errno == EINTR) {
  }
  if (WIFSIGNALED(status)) {
    death = WTERMSIG(status) == SIGALRM ? "no answer in " + std::to_string(seconds_a_batch) + " s"
                                        : std::string("died of ") + strsignal(WTERMSIG(status));
  }
  std::vector<verdict> verdicts;
  for (std::size_t at = 0; at < message.size();) {
    const std::size_t end = message.find('\0', at);
    if (end == std::string::npos) break;
    verdicts.push_back({static_cast<verdict::category>(message[at] - '0'), message.substr(at + 1, end - at - 1)});
    at = end + 1;
  }
  return verdicts;
}

bool needs_a_closer_look(const std::vector<verdict>& verdicts, std::size_t expected) {
  if (verdicts.size() != expected) return true;
  for (const verdict& v : verdicts) {
    if (v.kind != verdict::category::same && v.kind != verdict::category::different &&
        v.kind != verdict::category::missing)
      return true;
  }
  return false;
}

/// Halves a batch that failed as a whole until the kernels at fault are found.
std::vector<verdict> settled(const std::vector<kernel>& batch, const comparison_options& options,
                             std::vector<verdict> verdicts, const std::string& death) {
  if (!needs_a_closer_look(verdicts, batch.size())) return verdicts;
  if (batch.size() == 1) {
    if (verdicts.empty())
      verdicts.push_back({verdict::category::crashed, death.empty() ? "died without a word" : death});
    return verdicts;
  }
  const auto middle = batch.begin() + static_cast<std::ptrdiff_t>(batch.size() / 2);
  std::vector<verdict> result = compare_isolated({batch.begin(), middle}, options);
  const std::vector<verdict> rest = compare_isolated({middle, batch.end()}, options);
  result.insert(result.end(), rest.begin(), rest.end());
  return result;
}

} // namespace

std::vector<verdict> compare_isolated(const std::vector<kernel>& batch, const comparison_options& options) {
  std::string death;
  auto verdicts = finish(start(batch, options), death);
  return settled(batch, options, std::move(verdicts), death);
}

void compare_all(const std::vector<std::vector<kernel>>& batches, const comparison_options& options, unsigned jobs,
                 const std::function<void(const kernel&, const verdict&)>& report) {
  std::deque<child> running;
  std::size_t started = 0;
  for (std::size_t done = 0; done < batches.size(); ++done) {
    while (started < batches.size() && running.size() < jobs)
      running.push_back(start(batches[started++], options));
    std::string death;
    auto verdicts = finish(running.front(), death);
    running.pop_front();
    verdicts = settled(batches[done], options, std::move(verdicts), death);
    for (std::size_t i = 0; i < batches[done].size(); ++i)
      report(batches[done][i], verdicts[i]);
  }
}

} // namespace random_programs
