// SPDX-License-Identifier: MIT
#include "memory/allocation_log.hpp"

#include <dotcompute/error.hpp>

#include <bit>
#include <cstring>

namespace dotcompute::memory {
namespace {

constexpr std::string_view magic = "dcmemlog";
constexpr std::uint32_t version = 1, header_bytes = 24;
constexpr std::uint64_t longest_name = 4096;

template <class T>
T read_little_endian(const std::byte* from) {
  T value = 0;
  for (std::size_t i = sizeof(T); i-- != 0;)
    value = static_cast<T>(value << 8 | static_cast<T>(from[i]));
  return value;
}

} // namespace

log_writer::log_writer(std::uint64_t start) {
  for (const char c : magic)
    bytes_.push_back(static_cast<std::byte>(c));
  const auto put_fixed = [this](std::uint64_t value, int count) {
    for (int i = 0; i < count; ++i)
      bytes_.push_back(static_cast<std::byte>(value >> (8 * i)));
  };
  put_fixed(version, 4);
  put_fixed(header_bytes, 4);
  put_fixed(start, 8);
}

void log_writer::put(std::uint64_t value) {
  for (; value >= 0x80; value >>= 7)
    bytes_.push_back(static_cast<std::byte>(value | 0x80));
  bytes_.push_back(static_cast<std::byte>(value));
}

void log_writer::write(const log_event& e) {
  bytes_.push_back(static_cast<std::byte>(e.operation));
  const auto put_place = [&] {
    put(static_cast<std::uint64_t>(e.time - time_));
    time_ = e.time;
    put(e.thread);
  };
  switch (e.operation) {
  case log_operation::allocate:
  case log_operation::failed:
    put_place();
    put(e.bytes);
    put(static_cast<std::uint64_t>(std::bit_width(e.alignment)) - 1);
    put(static_cast<std::uint64_t>(e.kind));
    put(e.tag);
    put(e.queue);
    if (e.queue != 0) put(e.completed);
    if (e.operation == log_operation::failed)
      put(static_cast<std::uint64_t>(e.cause));
    else
      ++allocations_;
    break;
  case log_operation::free:
  case log_operation::free_on:
    put_place();
    put(allocations_ - e.block);
    if (e.operation == log_operation::free) break;
    put(e.queue);
    put(e.number);
    put(e.completed);
    break;
  case log_operation::tag:
    put(e.name.size());
    for (const char c : e.name)
      bytes_.push_back(static_cast<std::byte>(c));
    break;
  case log_operation::trim: put_place(); break;
  case log_operation::budget:
    put_place();
    put(e.tag);
    put(e.has_budget);
    put(e.bytes);
    break;
  case log_operation::end: put(allocations_); break;
  }
}

std::vector<std::byte> log_writer::take() {
  return std::exchange(bytes_, {});
}

log_reader::log_reader(std::span<const std::byte> bytes) : bytes_(bytes) {
  const auto refuse = [](const std::string& what) {
    throw error(error_code::file_invalid, what,
                {"", 0, "read an allocation log", "Record one with memory_pool::record()."});
  };
  if (bytes.size() < header_bytes || std::memcmp(bytes.data(), magic.data(), magic.size()) != 0)
    refuse("it does not begin as an allocation log does");
  const auto found = read_little_endian<std::uint32_t>(bytes.data() + 8);
  if (found != version)
    refuse("its version is " + std::to_string(found) + ", this dotcompute reads version " + std::to_string(version));
  if (read_little_endian<std::uint32_t>(bytes.data() + 12) != header_bytes) refuse("its header has another size");
  start_ = read_little_endian<std::uint64_t>(bytes.data() + 16);
  at_ = header_bytes;
}

bool log_reader::read(std::uint64_t& value) {
  value = 0;
  for (unsigned shift = 0; shift < 64; shift += 7) {
    if (at_ == bytes_.size()) return false;
    const auto here = static_cast<std::uint64_t>(bytes_[at_++]);
    if (shift == 63 && here > 1) return false;
    value |= (here & 0x7f) << shift;
    if (here < 0x80) return true;
  }
  return false;
}

std::optional<log_event> log_reader::fail(std::uint64_t offset, std::string text) {
  problem_ = {offset, std::move(text)};
  ended_ = true;
  return {};
}

std::optional<log_event> log_reader::next() {
  if (ended_) return {};
  const std::uint64_t offset = at_;
  if (at_ == bytes_.size()) return fail(offset, "cut short: there is no end record");
  const auto cut = [&] {
    return fail(offset, at_ == bytes_.size() ? "cut short within a record" : "a number of more than 64 bits");
  };
  log_event e;
  const auto operation = static_cast<std::uint8_t>(bytes_[at_++]);
  if (operation < 1 || operation > static_cast<std::uint8_t>(log_operation::end))
    return fail(offset, "an unknown operation, " + std::to_string(operation));
  e.operation = static_cast<log_operation>(operation);
  std::uint64_t number = 0;
  if (e.operation != log_operation::tag && e.operation != log_operation::end) {
    if (!read(number) || !read(e.thread)) return cut();
    if (number > static_cast<std::uint64_t>(INT64_MAX - time_)) return fail(offset, "a time beyond all time");
    e.time = time_ += static_cast<std::int64_t>(number);
  }
  switch (e.operation) {
  case log_operation::allocate:
  case log_operation::failed: {
    std::uint64_t alignment = 0, kind = 0, cause = 0;
    if (!read(e.bytes) || !read(alignment) || !read(kind) || !read(e.tag) || !read(e.queue)) return cut();
    if (e.queue != 0 && !read(e.completed)) return cut();
    if (alignment > 63) return fail(offset, "an alignment of 2^" + std::to_string(alignment));
    if (kind >= buffer_kinds) return fail(offset, "an unknown kind of memory, " + std::to_string(kind));
    if (e.tag > tags_) return fail(offset, "a tag without a name");
    e.alignment = std::uint64_t{1} << alignment;
    e.kind = static_cast<buffer_kind>(kind);
    if (e.operation == log_operation::allocate) {
      e.block = allocations_++;
      break;
    }
    if (!read(cause)) return cut();
    if (cause >= allocation_failures) return fail(offset, "an unknown cause, " + std::to_string(cause));
    e.cause = static_cast<allocation_failure>(cause);
    break;
  }
  case log_operation::free:
  case log_operation::free_on:
    if (!read(number)) return cut();
    if (number == 0 || number > allocations_) return fail(offset, "a free of what was not allocated before");
    e.block = allocations_ - number;
    if (e.operation == log_operation::free) break;
    if (!read(e.queue) || !read(e.number) || !read(e.completed)) return cut();
    if (e.queue == 0) return fail(offset, "a free on no queue");
    break;
  case log_operation::tag:
    if (!read(number)) return cut();
    if (number > longest_name) return fail(offset, "a name of " + std::to_string(number) + " bytes");
    if (number > bytes_.size() - at_) return fail(offset, "cut short within a record");
    e.name = {reinterpret_cast<const char*>(bytes_.data()) + at_, static_cast<std::size_t>(number)};
    at_ += static_cast<std::size_t>(number);
    e.tag = ++tags_;
    break;
  case log_operation::trim: break;
  case log_operation::budget:
    if (!read(e.tag) || !read(number) || !read(e.bytes)) return cut();
    if (e.tag > tags_ || number > 1) return fail(offset, "a budget that makes no sense");
    e.has_budget = number == 1;
    break;
  case log_operation::end:
    if (!read(number)) return cut();
    if (number != allocations_) return fail(offset, "the end record counts other allocations than there are");
    if (at_ != bytes_.size()) return fail(at_, "bytes behind the end record");
    ended_ = true;
    return {};
  }
  return e;
}

} // namespace dotcompute::memory
