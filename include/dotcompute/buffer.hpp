// SPDX-License-Identifier: MIT
// Device memory that holds elements of one type.
#pragma once

#include <dotcompute/device.hpp>
#include <dotcompute/memory_statistics.hpp>

#include <cstddef>
#include <memory>
#include <source_location>
#include <span>
#include <string_view>
#include <type_traits>
#include <vector>

namespace dotcompute {

namespace detail {
class mapping;
class memory_object;
} // namespace detail

class queue;

/// How a buffer's memory is allocated.
struct allocation_options {
  buffer_kind kind = buffer_kind::device_local;
  std::size_t alignment = 256; ///< bytes; a power of two of at most 2 MiB, at least 256 are kept in any case
  std::string_view tag{};      ///< owner for statistics and budgets: a tenant, a grain, a call site
  bool zeroed = true;          ///< off: the content is whatever was there; for buffers of a lease it is always on
  /// The queue whose commands use it first: the buffer may take the place of what was released on that queue without
  /// waiting, and is zeroed in its order. The host must wait for the queue before it looks inside.
  const dotcompute::queue* first_used_on = nullptr;
};

enum class map_access : std::uint8_t { read, write, read_write };

/// A piece of device memory without a type; buffer<T> is this with one. Copies share the memory, which is freed when
/// the last of them, and the last command that uses it, is gone.
class untyped_buffer {
 public:
  untyped_buffer() = default;
  /// Throws invalid_size for zero bytes, invalid_argument for an alignment that cannot be, allocation_error when there
  /// is no memory (see memory_pool).
  untyped_buffer(const dotcompute::device& owner, std::size_t bytes, const allocation_options& options,
                 const std::source_location& where = std::source_location::current());
  untyped_buffer(const dotcompute::device& owner, std::size_t bytes, buffer_kind kind,
                 const std::source_location& where = std::source_location::current())
      : untyped_buffer(owner, bytes, in(kind), where) {}

  std::size_t size_bytes() const noexcept { return bytes_; }
  std::size_t offset_bytes() const noexcept { return offset_; }

  /// A command that could write the memory, this part of it or another, was cut short when the device's worker process
  /// was replaced. Until accept_contents(), or a write, fill or copy that covers all of the memory.
  bool is_suspect() const noexcept;
  /// What is in it is right, or does not matter. For all handles of the memory.
  void accept_contents() const noexcept;

  /// Guards the memory, all of it and for all handles, against changes that no command of it makes: those of kernels
  /// that write outside their arguments. A checksum of what is in it is taken in the background whenever it is at rest:
  /// when, for some 10 ms, no command that may write it was under way and the host has not mapped it for writing. After
  /// every recovery, and by verify() and device::verify_guarded(), what is in it is compared with that. Memory that is
  /// not what it was is suspect, and commands that read it fail with buffer_changed until accept_contents(), or until a
  /// command covers all of it. Called again: what is in it now is right. To be called after the host has written
  /// through span() or host_address(), which nobody can see. For what changes seldom and must not change silently, such
  /// as weights and tables: a checksum takes as long as reading the memory. Throws invalid_handle, stale_handle,
  /// buffer_released, out_of_threads, and on a GPU, whose memory a kernel reads, what compiling throws.
  void guard() const;
  void unguard() const noexcept;
  /// It is guarded, and a checksum of what is in it is known.
  bool is_guarded() const noexcept;
  /// Compares it now. False when it is not what it was. Throws as guard(), invalid_argument unless is_guarded(),
  /// deadline_exceeded, device_lost.
  bool verify() const;
  explicit operator bool() const noexcept { return memory_ != nullptr; }

  // The following throw invalid_handle when the buffer is empty or moved from, stale_handle when its device was
  // replaced, lease_revoked when its lease was, and buffer_released when it was given to queue::release().
  dotcompute::device owner() const;
  buffer_kind kind() const;
  /// The host can read and write the bytes where they are: host-shared buffers, and all of devices with unified memory.
  bool is_host_visible() const;
  /// Where the first byte lies in this process. Throws unsupported when the host cannot reach it.
  std::byte* host_address() const;
  /// Where the first byte lies for kernels.
  std::byte* device_address() const;
  untyped_buffer subrange(std::size_t offset, std::size_t bytes) const;

  const std::shared_ptr<detail::memory_object>& memory() const noexcept { return memory_; }

  static allocation_options in(buffer_kind kind, bool zeroed = true) {
    allocation_options o;
    o.kind = kind;
    o.zeroed = zeroed;
    return o;
  }

  /// For buffer<T>: memory that begins with a copy of as many bytes.
  untyped_buffer(const dotcompute::device& owner, const void* elements, std::size_t bytes, buffer_kind kind,
                 const std::source_location& where);

 private:
  friend class detail::mapping;

  /// What is in `from`, where the host can look at it.
  static untyped_buffer copied(const untyped_buffer& from,
                               const std::source_location& where = std::source_location::current());
  enum class content : std::uint8_t { as_asked_for, given };
  untyped_buffer(const dotcompute::device& owner, std::size_t bytes, const allocation_options& options, content first,
                 const std::source_location& where);
  /// At once, or as a command of the queue.
  void clear(const queue* in_order_of) const;

  std::shared_ptr<detail::memory_object> memory_;
  std::size_t offset_ = 0, bytes_ = 0;
};

namespace detail {
/// Host memory that stands for a buffer: its own where the host reaches it, else a copy that is written back at the
/// end.
class mapping {
 public:
  mapping(untyped_buffer whole, map_access access);
  /// Writes back; what fails is logged.
  ~mapping();
  mapping(const mapping&) = delete;
  mapping& operator=(const mapping&) = delete;

  std::byte* address() const noexcept { return address_; }
  void write_back();

 private:
  untyped_buffer whole_, seen_;
  std::shared_ptr<const void> access_; ///< what is looked at stays memory
  std::byte* address_ = nullptr;
  bool is_owed_ = false;
  std::shared_ptr<void> writing_; ///< in place
};
} // namespace detail

/// Buffer contents as host memory until it goes out of scope. Where the host cannot reach device memory they are a
/// copy, which is written back then. Move-only.
template <class T>
class mapped_span {
 public:
  mapped_span(const untyped_buffer& whole, map_access access)
      : mapping_(std::make_unique<detail::mapping>(whole, std::is_const_v<T> ? map_access::read : access)),
        elements_(reinterpret_cast<T*>(mapping_->address()), whole.size_bytes() / sizeof(T)) {}
  mapped_span(mapped_span&&) noexcept = default;
  mapped_span& operator=(mapped_span&&) noexcept = default;
  mapped_span(const mapped_span&) = delete;
  mapped_span& operator=(const mapped_span&) = delete;

  T* data() const noexcept { return elements_.data(); }
  std::size_t size() const noexcept { return elements_.size(); }
  T& operator[](std::size_t i) const { return elements_[i]; }
  auto begin() const noexcept { return elements_.begin(); }
  auto end() const noexcept { return elements_.end(); }
  operator std::span<T>() const noexcept { return elements_; }

  /// Ends the mapping now, so that errors of writing back are thrown rather than logged. The elements are gone.
  void unmap() {
    elements_ = {};
    if (auto ended = std::move(mapping_)) ended->write_back();
  }

 private:
  std::unique_ptr<detail::mapping> mapping_;
  std::span<T> elements_;
};

namespace detail {
/// n * size, or throws invalid_size when that overflows or is zero.
std::size_t checked_bytes(std::size_t n, std::size_t size);
/// Throws invalid_range unless [offset, offset + count) lies in [0, size) and count is not zero.
void check_subrange(std::size_t offset, std::size_t count, std::size_t size);
void require_host_shared(const untyped_buffer& b);
/// Copies as many bytes as the buffer has.
void upload(const untyped_buffer& to, const void* from);
void download(const untyped_buffer& from, void* to);
} // namespace detail

/// `size()` elements of T in device memory. A handle: copies share the memory. `buffer<const T>` cannot be given to a
/// kernel that writes it. Handles may be used from several threads; who reads and writes the elements when is the
/// caller's business, through queues and events.
template <class T>
class buffer {
 public:
  static_assert(std::is_trivially_copyable_v<T>, "kernels see bytes: elements must be trivially copyable");
  using element_type = T;
  using value_type = std::remove_const_t<T>;

  /// Refers to nothing.
  buffer() = default;
  /// Zeroed memory for `size` elements, aligned to at least 256 bytes. Throws invalid_size, allocation_error.
  buffer(const dotcompute::device& owner, std::size_t size, buffer_kind kind = buffer_kind::device_local,
         const std::source_location& where = std::source_location::current())
      : raw_(owner, detail::checked_bytes(size, sizeof(T)), kind, where) {}
  /// The same as the options say.
  buffer(const dotcompute::device& owner, std::size_t size, const allocation_options& options,
         const std::source_location& where = std::source_location::current())
      : raw_(owner, detail::checked_bytes(size, sizeof(T)), options, where) {}
  /// A copy of `elements`, complete when the constructor returns.
  buffer(const dotcompute::device& owner, std::span<const value_type> elements,
         buffer_kind kind = buffer_kind::device_local,
         const std::source_location& where = std::source_location::current())
      : raw_(owner, elements.data(), detail::checked_bytes(elements.size(), sizeof(T)), kind, where) {}
  buffer(const dotcompute::device& owner, const std::vector<value_type>& elements,
         buffer_kind kind = buffer_kind::device_local,
         const std::source_location& where = std::source_location::current())
      : buffer(owner, std::span<const value_type>(elements), kind, where) {}
  /// A buffer can be seen as read-only.
  template <class U>
  requires std::is_const_v<T> && std::is_same_v<U, value_type> buffer(const buffer<U>& other) : raw_(other.raw()) {}

  static buffer host_shared(const dotcompute::device& owner, std::size_t size,
                            const std::source_location& where = std::source_location::current()) {
    return buffer(owner, size, buffer_kind::host_shared, where);
  }

  std::size_t size() const noexcept { return raw_.size_bytes() / sizeof(T); }
  std::size_t size_bytes() const noexcept { return raw_.size_bytes(); }
  bool empty() const noexcept { return raw_.size_bytes() == 0; }
  /// As untyped_buffer's.
  bool is_suspect() const noexcept { return raw_.is_suspect(); }
  void accept_contents() const noexcept { raw_.accept_contents(); }
  void guard() const { raw_.guard(); }
  void unguard() const noexcept { raw_.unguard(); }
  bool is_guarded() const noexcept { return raw_.is_guarded(); }
  bool verify() const { return raw_.verify(); }

  /// `count` elements from `offset` on, sharing the memory. Throws invalid_range.
  buffer slice(std::size_t offset, std::size_t count) const {
    detail::check_subrange(offset, count, size());
    return buffer(raw_.subrange(offset * sizeof(T), count * sizeof(T)));
  }

  /// The elements as host memory. Commands that write them must have completed, and no command may use them while they
  /// are mapped for writing; no command of another queue is waited for here.
  mapped_span<T> map(map_access access = map_access::read_write) const { return mapped_span<T>(raw_, access); }
  /// Host-shared buffers only (else invalid_argument): the elements in place, for as long as the buffer lives.
  std::span<T> span() const {
    detail::require_host_shared(raw_);
    return {reinterpret_cast<T*>(raw_.host_address()), size()};
  }
  /// A copy. Commands that write the elements must have completed.
  std::vector<value_type> to_vector() const {
    std::vector<value_type> elements(size());
    detail::download(raw_, elements.data());
    return elements;
  }

  const untyped_buffer& raw() const noexcept { return raw_; }
  explicit buffer(untyped_buffer raw) : raw_(std::move(raw)) {}

 private:
  untyped_buffer raw_;
};

template <class T>
buffer(const dotcompute::device&, std::span<const T>) -> buffer<T>;
template <class T>
buffer(const dotcompute::device&, std::span<T>) -> buffer<T>;
template <class T>
buffer(const dotcompute::device&, const std::vector<T>&) -> buffer<T>;

} // namespace dotcompute
