// SPDX-License-Identifier: MIT
#include "isolation/command_ring.hpp"

#include "support/futex.hpp"

#include <cstdlib>
#include <new>

namespace dotcompute::isolated {

std::byte* command_writer::prepare(record_kind kind, std::uint32_t bytes, std::uint64_t number,
                                   std::uint64_t acknowledged) {
  const std::uint32_t size = (bytes + record_alignment - 1) / record_alignment * record_alignment;
  const std::uint64_t written = written_.load(std::memory_order_relaxed), place = written % ring_bytes;
  const std::uint64_t skipped = place + size > ring_bytes ? ring_bytes - place : 0;
  const std::uint64_t consumed = page_.consumed.load(std::memory_order_acquire);
  if (consumed > written || written + skipped + size - consumed > ring_bytes) return nullptr;
  if (skipped != 0)
    new (ring_ + place) record_header{record_kind::skip, static_cast<std::uint32_t>(skipped), number, acknowledged};
  std::byte* const record = ring_ + (written + skipped) % ring_bytes;
  new (record) record_header{kind, size, number, acknowledged};
  prepared_ = written + skipped + size;
  return record;
}

void command_writer::publish() {
  written_.store(prepared_, std::memory_order_release);
  // The worker announces its sleep before it looks at `written` for the last time: either it sees this record, or its
  // announcement is seen here.
  page_.written.store(prepared_, std::memory_order_seq_cst);
  if (page_.worker_sleeps.load(std::memory_order_seq_cst) == 0) return;
  page_.command_bell.fetch_add(1, std::memory_order_seq_cst);
  futex_wake(page_.command_bell, 1, futex_scope::shared);
}

bool command_writer::is_sound() const noexcept {
  const std::uint64_t consumed = page_.consumed.load(std::memory_order_acquire);
  // Read after what was consumed, it can only be larger.
  return consumed <= written_.load(std::memory_order_acquire) && consumed % record_alignment == 0;
}

const record_header* command_reader::next() {
  for (;;) {
    if (page_.written.load(std::memory_order_seq_cst) == consumed_) return nullptr;
    const std::uint64_t place = consumed_ % ring_bytes;
    const auto* const record = reinterpret_cast<const record_header*>(ring_ + place);
    if (record->bytes == 0 || record->bytes % record_alignment != 0 || record->bytes > ring_bytes - place) std::abort();
    if (record->kind != record_kind::skip) return record;
    consume(*record);
  }
}

void command_reader::consume(const record_header& record) {
  consumed_ += record.bytes;
  page_.consumed.store(consumed_, std::memory_order_release);
}

} // namespace dotcompute::isolated
