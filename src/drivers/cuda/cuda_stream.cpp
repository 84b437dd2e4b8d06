// SPDX-License-Identifier: MIT
#include "drivers/cuda/cuda_stream.hpp"

#include "drivers/cuda/device_wait.hpp"
#include "support/clock.hpp"

#include <algorithm>
#include <cstring>
#include <utility>

namespace dotcompute::cuda {
namespace {

constexpr auto closing_time = std::chrono::seconds(10);

device_address address_of(const void* pointer) {
  return reinterpret_cast<std::uintptr_t>(pointer);
}

} // namespace

cuda_stream::cuda_stream(stream_origin origin, const drivers::stream_options& options)
    : origin_(std::move(origin)), uploads_(origin_.pool), staged_(origin_.context, origin_.pool) {
  constexpr const char* operation = "make a queue";
  const current_context current(*origin_.context, operation);
  timeline_ = make_timeline(origin_.timeline, origin_.context, origin_.pool);
  if (options.records_times) times_ = std::make_unique<command_times>(origin_.context, origin_.clock);
  int least = 0, greatest = 0; // the greatest priority has the smallest number
  origin_.context->check(api().cuCtxGetStreamPriorityRange(&least, &greatest), "cuCtxGetStreamPriorityRange",
                         operation);
  origin_.context->check(api().cuStreamCreateWithPriority(&stream_, stream_non_blocking,
                                                          std::max(greatest, std::min(options.priority, least))),
                         "cuStreamCreateWithPriority", operation);
}

cuda_stream::~cuda_stream() {
  const current_context current(*origin_.context);
  if (!origin_.context->is_lost()) {
    const auto deadline = deadline_after(closing_time);
    result first = result::success;
    const result last = wait_until_settled([this] { return api().cuStreamQuery(stream_); },
                                           [&] { return std::chrono::steady_clock::now() >= deadline; }, first);
    if (last == result::not_ready)
      origin_.context->mark_lost("a queue was closed, and what it ran did not end within 10 s");
    origin_.context->note(first, "cuStreamQuery", "close a queue");
  }
  collect();
  for (auto& p : printing_)
    p.channel->end();
  if (!origin_.context->is_lost())
    origin_.context->note(api().cuStreamDestroy(stream_), "cuStreamDestroy", "close a queue");
}

bool cuda_stream::drained(const std::function<bool()>& abandoned) {
  const result r = wait_until_ready([this] { return api().cuStreamQuery(stream_); }, abandoned);
  if (r == result::not_ready) return false;
  origin_.context->check(r, "cuStreamQuery", "wait for a queue");
  return true;
}

template <class Command>
void cuda_stream::timed(std::uint64_t number, Command&& command) {
  if (times_) times_->begin(number, stream_);
  command();
  if (times_) times_->end(number, stream_);
}

void cuda_stream::submit(std::uint64_t number, const drivers::launch_command& c) {
  const current_context current(*origin_.context, "launch a kernel");
  const auto& program = static_cast<const cuda_program&>(*c.program);
  const cuda_kernel& kernel = program.kernel(c.kernel);
  if (kernel.prints) [[unlikely]]
    note_printing(number, program);
  timed(number, [&] { launch(program, kernel, c); });
}

void cuda_stream::submit(std::uint64_t number, const drivers::fill_command& c) {
  const current_context current(*origin_.context, "fill");
  timed(number, [&] { fill(c); });
}

bool cuda_stream::submit(std::uint64_t number, const drivers::copy_command& c) {
  const drivers::residence to = origin_.addresses->find(address_of(c.to), c.bytes),
                           from = origin_.addresses->find(address_of(c.from), c.bytes);
  device_address source = address_of(c.from);
  // Between two places of the host's the driver would copy at once, waiting for the stream first.
  if (to != drivers::residence::device && from != drivers::residence::device) return false;
  if (to == drivers::residence::elsewhere) return false;
  const current_context current(*origin_.context, "copy");
  if (from == drivers::residence::elsewhere) {
    if (c.bytes > upload_ring::largest) return false;
    const auto staged = uploads_.put(number, c.from, c.bytes, reached());
    if (!staged) return false;
    source = *staged;
  }
  timed(number, [&] {
    origin_.context->check(api().cuMemcpyAsync(address_of(c.to), source, c.bytes, stream_), "cuMemcpyAsync", "copy");
  });
  return true;
}

bool cuda_stream::transfer(const drivers::copy_command& c, const std::function<bool()>& abandoned) {
  const drivers::residence to = origin_.addresses->find(address_of(c.to), c.bytes),
                           from = origin_.addresses->find(address_of(c.from), c.bytes);
  const current_context current(*origin_.context, "copy");
  if (!drained(abandoned)) return false;
  if (to == drivers::residence::device) return staged_.to_device(c, stream_, abandoned);
  if (from == drivers::residence::device) return staged_.to_host(c, stream_, abandoned);
  constexpr std::uint64_t piece = 4 << 20; // bytes; well below a millisecond
  for (std::uint64_t done = 0; done < c.bytes; done += piece) {
    if (abandoned()) return false;
    std::memmove(static_cast<std::byte*>(c.to) + done, static_cast<const std::byte*>(c.from) + done,
                 std::min(piece, c.bytes - done));
  }
  return true;
}

bool cuda_stream::wait_for(const drivers::stream& other, std::uint64_t number) {
  const current_context current(*origin_.context, "wait for another queue");
  static_cast<const cuda_stream&>(other).timeline_->let_wait(stream_, number);
  return true;
}

void cuda_stream::signal(std::uint64_t number) {
  const current_context current(*origin_.context, "signal");
  timeline_->signal(stream_, number);
}

void cuda_stream::check() {
  const current_context current(*origin_.context, "look at a queue");
  if (const result r = api().cuStreamQuery(stream_); r != result::not_ready)
    origin_.context->check(r, "cuStreamQuery", "run the queue's commands");
}

known<event_times> cuda_stream::times(std::uint64_t number) const noexcept {
  return times_ ? times_->times(number) : known<event_times>();
}

void cuda_stream::note_printing(std::uint64_t number, const cuda_program& program) {
  const std::lock_guard lock(printing_guard_);
  printing_.push_back({number, program.channel()});
  program.channel()->begin(); // ended by whoever takes it off the list
}

void cuda_stream::collect() noexcept {
  // Taken out of the list meanwhile: who receives the text may launch kernels that print.
  std::list<printing> looked_at;
  {
    const std::lock_guard lock(printing_guard_);
    looked_at.swap(printing_);
  }
  if (looked_at.empty()) return;
  // Read first: what was reached before has printed all that it prints.
  const std::uint64_t done = reached();
  print_channel* last = nullptr;
  for (auto& p : looked_at)
    if (p.channel.get() != std::exchange(last, p.channel.get())) p.channel->drain();
  looked_at.remove_if([&](printing& p) {
    if (p.number > done) return false;
    p.channel->end();
    return true;
  });
  const std::lock_guard lock(printing_guard_);
  printing_.splice(printing_.begin(), looked_at);
}

} // namespace dotcompute::cuda
