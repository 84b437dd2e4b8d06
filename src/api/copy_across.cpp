// SPDX-License-Identifier: MIT
// Copies between two devices.
#include "api/pending_command.hpp"
#include "api/transfer_queue.hpp"

#include <algorithm>
#include <array>

namespace dotcompute::api {
namespace {

constexpr std::size_t largest_piece = 8 << 20; // bytes; milliseconds on any bus, so that both halves of the way overlap

/// In pieces through two places in host memory, each filled on one queue and emptied on the other.
event copy_through_host(queue q, const untyped_buffer& from, const untyped_buffer& to) {
  const auto& here = q.state()->device;
  const bool is_outward = from.memory()->device == here;
  // A queue of its own, so that nothing but this copy fails with it. What is stored outlives the handle.
  queue far = transfer_queue(device((is_outward ? to : from).memory()->device));
  queue &filling = is_outward ? q : far, &emptying = is_outward ? far : q;

  const std::size_t bytes = from.size_bytes(), piece = std::min(bytes, largest_piece);
  const untyped_buffer host(device(here), piece * std::min<std::size_t>((bytes + piece - 1) / piece, 2),
                            buffer_kind::host_shared);
  if (!is_outward) far.wait(q.marker());
  if (to.size_bytes() == to.memory()->size) to.memory()->accept(); // by all pieces together
  std::array<event, 2> emptied;
  for (std::size_t done = 0, i = 0; done < bytes; done += piece, i ^= 1) {
    const std::size_t size = std::min(piece, bytes - done);
    std::byte* const place = host.host_address() + i * piece;
    filling.wait(emptied[i]);
    const event filled =
        submit_copy(*filling.state(), place, from.device_address() + done, size, {.read = &from, .host = &host});
    emptying.wait(filled);
    emptied[i] =
        submit_copy(*emptying.state(), to.device_address() + done, place, size, {.written = &to, .host = &host});
  }
  // Whatever failed on the way fails the far queue, which skips what follows, and with its last command the copy's
  // event.
  for (const event& e : emptied)
    far.wait(e);
  return q.wait(far.marker());
}

} // namespace

execution::buffer_use write_of(const untyped_buffer& b, std::size_t bytes) {
  const bool is_whole = bytes == b.memory()->size;
  if (is_whole) b.memory()->accept();
  return {b.memory().get(), false, true, is_whole};
}

event submit_copy(detail::queue_state& q, void* to, const void* from, std::size_t bytes,
                  const copied_buffers& buffers) {
  pending_command c(q);
  c->action = drivers::copy_command{to, from, bytes};
  if (buffers.read) {
    c->keep.add(buffers.read->memory());
    c->uses.push_back({buffers.read->memory().get(), true, false});
  }
  if (buffers.written) {
    c->keep.add(buffers.written->memory());
    c->uses.push_back(write_of(*buffers.written, bytes));
  }
  if (buffers.host) c->keep.add(buffers.host->memory());
  return c.submit();
}

event copy_across(const queue& q, const untyped_buffer& from, const untyped_buffer& to) {
  detail::device_state& here = *q.state()->device;
  detail::device_state& there = *(from.memory()->device.get() == &here ? to : from).memory()->device;
  there.require_present("copy a buffer");
  if (here.driver->reach(*there.driver).is_direct)
    return submit_copy(*q.state(), to.device_address(), from.device_address(), from.size_bytes(),
                       {.read = &from, .written = &to});
  return copy_through_host(q, from, to);
}

} // namespace dotcompute::api
