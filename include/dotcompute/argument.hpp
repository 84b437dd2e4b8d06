// SPDX-License-Identifier: MIT
// What can be given to a kernel: values, buffers, and blocks of local memory.
#pragma once

#include <dotcompute/buffer.hpp>
#include <dotcompute/vector.hpp>

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <type_traits>

namespace dotcompute {

/// A block of local memory for a `local` pointer argument: its bytes, for each work-group.
struct local_memory {
  std::size_t bytes = 0;

  template <class T>
  static constexpr local_memory of(std::size_t elements) {
    return {elements * sizeof(T)};
  }
};

/// What the elements of a value or buffer are, for checking against the kernel's signature.
enum class element_kind : std::uint8_t { untyped, integer, floating, structure };

struct element_description {
  element_kind kind = element_kind::untyped;
  bool is_signed = false;
  std::uint16_t components = 1; ///< of a vector
  std::uint32_t bytes = 1;      ///< of the whole element
};

namespace detail {

template <class T>
struct describe_element {
  static constexpr element_description value =
      std::is_floating_point_v<T> ? element_description{element_kind::floating, true, 1, sizeof(T)}
      : std::is_integral_v<T> || std::is_enum_v<T>
          ? element_description{element_kind::integer, std::is_signed_v<T>, 1, sizeof(T)}
          : element_description{element_kind::structure, false, 1, sizeof(T)};
};
template <>
struct describe_element<std::byte> {
  static constexpr element_description value{element_kind::untyped, false, 1, 1};
};
template <>
struct describe_element<half> {
  static constexpr element_description value{element_kind::floating, true, 1, 2};
};
template <class T, std::size_t N>
struct describe_element<vector<T, N>> {
  static constexpr element_description value{describe_element<T>::value.kind, describe_element<T>::value.is_signed, N,
                                             sizeof(vector<T, N>)};
};

template <class T>
inline constexpr bool is_buffer = false;
template <class T>
inline constexpr bool is_buffer<buffer<T>> = true;

} // namespace detail

/// One argument as given; refers to the caller's value and must not outlive it.
class argument {
 public:
  enum class category : std::uint8_t { value, buffer, local };

  template <class T>
  requires(!std::is_same_v<T, argument>) argument(const T& given) {
    if constexpr (detail::is_buffer<T>) {
      kind_ = category::buffer;
      element_ = detail::describe_element<typename T::value_type>::value;
      read_only_ = std::is_const_v<typename T::element_type>;
      data_ = &given.raw();
      bytes_ = given.size_bytes();
    } else if constexpr (std::is_same_v<T, untyped_buffer>) {
      kind_ = category::buffer;
      data_ = &given;
      bytes_ = given.size_bytes();
    } else if constexpr (std::is_same_v<T, local_memory>) {
      kind_ = category::local;
      bytes_ = given.bytes;
    } else {
      static_assert(!std::is_pointer_v<T>, "host pointers mean nothing to a device: give a buffer");
      static_assert(!std::is_same_v<T, bool>, "OpenCL C has no bool arguments: give an int");
      static_assert(std::is_trivially_copyable_v<T>, "kernels see bytes: values must be trivially copyable");
      kind_ = category::value;
      element_ = detail::describe_element<T>::value;
      data_ = &given;
      bytes_ = sizeof(T);
    }
  }

  /// `bytes` of a value whose type is `element`; for callers that learn types at run time.
  static argument value(const void* data, std::size_t bytes, element_description element = {}) {
    argument a;
    a.data_ = data;
    a.bytes_ = bytes;
    a.element_ = element;
    return a;
  }

  category kind() const noexcept { return kind_; }
  const element_description& element() const noexcept { return element_; }
  bool read_only() const noexcept { return read_only_; }
  /// Of the value, the buffer or the local block.
  std::size_t bytes() const noexcept { return bytes_; }
  const void* data() const noexcept { return data_; }
  const untyped_buffer& as_buffer() const noexcept { return *static_cast<const untyped_buffer*>(data_); }

 private:
  argument() = default;

  category kind_ = category::value;
  bool read_only_ = false;
  element_description element_{};
  const void* data_ = nullptr;
  std::size_t bytes_ = 0;
};

} // namespace dotcompute
