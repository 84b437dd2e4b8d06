// SPDX-License-Identifier: MIT
#include "binding.hpp"

#include "exit_codes.hpp"
#include "files.hpp"
#include "npy.hpp"
#include "png_file.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <fmt/ranges.h>

namespace dotcompute::tool {

namespace {

[[noreturn]] void refuse(const std::string& message) {
  throw failure(exit_code::argument, message);
}

std::string names_of(const kernel& k) {
  std::vector<std::string> names;
  for (const auto& a : k.arguments())
    names.push_back(a.name);
  return fmt::format("{}", fmt::join(names, ", "));
}

std::size_t find_argument(const kernel& k, const std::string& name, std::optional<std::size_t> index,
                          const std::string& text) {
  const auto arguments = k.arguments();
  for (std::size_t i = 0; i < arguments.size(); ++i)
    if (arguments[i].name == name) return i;
  if (index && *index < arguments.size()) return *index;
  if (index)
    refuse(fmt::format("'{}': kernel '{}' has {} arguments, counted from 0", text, k.name(), arguments.size()));
  refuse(fmt::format("'{}': kernel '{}' has no argument '{}'; it has: {}", text, k.name(), name, names_of(k)));
}

std::string expectation(const argument_reflection& a) {
  const char* space = a.space == argument_space::global     ? "global "
                      : a.space == argument_space::constant ? "constant "
                      : a.space == argument_space::local    ? "local "
                                                            : "";
  return fmt::format("argument '{}' is {}{}", a.name, space, a.type_name);
}

/// The type that a pointer argument's buffer holds. Pointers to structures and to void take bytes.
element_type buffer_type(const argument_reflection& a) {
  return parse_element_type(a.element_type).value_or(element_type{scalar_type::u8, 1});
}

bool takes_raw_bytes(const argument_reflection& a) {
  return !parse_element_type(a.element_type);
}

class binder {
 public:
  binder(const device& owner, const argument_reflection& expected, const std::string& text, std::uint64_t seed)
      : owner_(owner), expected_(expected), text_(text), seed_(seed) {
    result_.name = expected.name;
  }

  bound_argument operator()(const number_list& list) {
    if (expected_.space != argument_space::value)
      refuse(
          fmt::format("'{}': {}; give a file (x.npy, x.png), type[count]:fill or, for local memory, local:type[count]",
                      text_, expectation(expected_)));
    const auto type = parse_element_type(expected_.type_name);
    if (!type)
      refuse(fmt::format("'{}': {}, which cannot be written on a command line", text_, expectation(expected_)));
    if (list.numbers.size() != type->width && list.numbers.size() != 1)
      refuse(fmt::format("'{}': {} and takes {} numbers, or one for all components; {} were given", text_,
                         expectation(expected_), type->width, list.numbers.size()));
    result_.type = *type;
    for (unsigned i = 0; i < type->width; ++i) {
      const auto bytes = encode_number(list.numbers[list.numbers.size() == 1 ? 0 : i], type->scalar, text_);
      result_.value.insert(result_.value.end(), bytes.begin(), bytes.end());
    }
    result_.value = pad_vectors(std::move(result_.value), *type);
    return std::move(result_);
  }

  bound_argument operator()(const file_value& file) {
    require_buffer("a file");
    auto type = buffer_type(expected_);
    array data;
    if (file.format == file_format::png) {
      if (takes_raw_bytes(expected_))
        refuse(fmt::format("'{}': {}, which is no pixel type", text_, expectation(expected_)));
      data = read_png(file.path, type);
    } else {
      data = read_npy(file.path);
      if (data.type != type.scalar && !takes_raw_bytes(expected_))
        throw failure(exit_code::input,
                      fmt::format("'{}': {}, but the file holds {} ({}); convert it with x.astype('{}')", text_,
                                  expectation(expected_), numpy_name(data.type), name_of(data.type),
                                  numpy_name(type.scalar).substr(1)));
      if (takes_raw_bytes(expected_)) type = {data.type, 1};
    }
    take(type, std::move(data));
    return std::move(result_);
  }

  bound_argument operator()(const generated_value& value) {
    require_buffer("a buffer");
    const auto type = buffer_type(expected_);
    if (!takes_raw_bytes(expected_) && value.type != type)
      refuse(fmt::format("'{}': {}, but {} was given", text_, expectation(expected_), name_of(value.type)));
    // New buffers are zero.
    if (value.fill == fill_kind::zeros) {
      result_.buffer = untyped_buffer(
          owner_, count_elements(value.shape, value.type.bytes(), text_) * value.type.bytes(), how(true));
    } else {
      fill_buffer(pad_vectors(generate(value, seed_, text_), value.type));
    }
    result_.type = value.type;
    result_.shape = value.shape;
    return std::move(result_);
  }

  bound_argument operator()(const local_value& value) {
    if (expected_.space != argument_space::local)
      refuse(fmt::format("'{}': {}, which takes no local memory", text_, expectation(expected_)));
    const auto type = buffer_type(expected_);
    if (!takes_raw_bytes(expected_) && value.type != type)
      refuse(fmt::format("'{}': {}, but local memory of {} was given", text_, expectation(expected_),
                         name_of(value.type)));
    result_.category = argument::category::local;
    result_.local = {value.count * value.type.bytes()};
    return std::move(result_);
  }

 private:
  void require_buffer(const char* what) {
    if (expected_.space == argument_space::local)
      refuse(fmt::format("'{}': {}, which takes local:type[count] and not {}", text_, expectation(expected_), what));
    if (expected_.space == argument_space::value)
      refuse(fmt::format("'{}': {}, which takes a number and not {}", text_, expectation(expected_), what));
    result_.category = argument::category::buffer;
  }

  void take(element_type type, array data) {
    if (data.bytes.empty()) throw failure(exit_code::input, fmt::format("'{}': the file holds no elements", text_));
    std::uint64_t scalars = data.bytes.size() / size_of(type.scalar);
    if (scalars % type.width != 0 || (type.width == 3 && (data.shape.empty() || data.shape.back() != 3)))
      throw failure(exit_code::input,
                    fmt::format("'{}': {}; the file's shape ({}) does not hold whole vectors of {}: its last "
                                "dimension must be {}",
                                text_, expectation(expected_), fmt::join(data.shape, ", "), type.width, type.width));
    result_.shape = data.shape;
    if (type.width > 1) {
      if (!result_.shape.empty() && result_.shape.back() == type.width)
        result_.shape.pop_back();
      else
        result_.shape = {scalars / type.width};
    }
    if (result_.shape.empty()) result_.shape = {1};
    result_.type = type;
    fill_buffer(pad_vectors(std::move(data.bytes), type));
  }

  /// Statistics and logs show a buffer under its argument's name.
  allocation_options how(bool zeroed) const {
    allocation_options o;
    // Where the host reaches device memory nothing is gained by a copy; elsewhere kernels should not go through the
    // bus.
    o.kind = owner_.properties().unified_memory.value_or(false) ? buffer_kind::host_shared : buffer_kind::device_local;
    o.tag = result_.name;
    o.zeroed = zeroed;
    return o;
  }

  void fill_buffer(const std::vector<std::byte>& content) {
    result_.buffer = untyped_buffer(owner_, content.size(), how(false));
    detail::upload(result_.buffer, content.data());
  }

  const device& owner_;
  const argument_reflection& expected_;
  const std::string& text_;
  std::uint64_t seed_;
  bound_argument result_;
};

} // namespace

std::vector<bound_argument> bind_arguments(const device& owner, const kernel& k,
                                           const std::vector<argument_text>& given, std::uint64_t seed,
                                           const std::function<void(const std::string&)>& progress) {
  const auto expected = k.arguments();
  std::vector<const argument_text*> chosen(expected.size(), nullptr);
  for (const auto& text : given) {
    std::size_t index = 0;
    if (!text.name.empty()) {
      index = find_argument(k, text.name, text.index, text.text);
    } else {
      while (index < chosen.size() && chosen[index])
        ++index;
      if (index == chosen.size())
        refuse(fmt::format("'{}': kernel '{}' has only {} arguments", text.text, k.name(), expected.size()));
    }
    if (chosen[index])
      refuse(fmt::format("'{}': argument '{}' was given before as '{}'", text.text, expected[index].name,
                         chosen[index]->text));
    chosen[index] = &text;
  }
  std::vector<bound_argument> bound;
  for (std::size_t i = 0; i < expected.size(); ++i) {
    if (!chosen[i])
      refuse(fmt::format("{}, and no --arg gives it; the kernel is: {}", expectation(expected[i]), k.signature()));
    if (progress) progress(fmt::format("preparing argument '{}'", expected[i].name));
    bound.push_back(std::visit(binder(owner, expected[i], chosen[i]->text, seed + i), chosen[i]->value));
  }
  return bound;
}

std::vector<bound_output> bind_outputs(const kernel& k, std::vector<bound_argument>& arguments,
                                       const std::vector<output_text>& given,
                                       const std::vector<std::uint64_t>& global) {
  std::vector<bound_output> outputs;
  for (const auto& text : given) {
    const auto index = find_argument(k, text.name, text.index, text.name + "=" + text.file.path);
    auto& argument = arguments[index];
    if (argument.category != dotcompute::argument::category::buffer)
      refuse(fmt::format("output '{}': {} and holds no result", text.name, expectation(k.arguments()[index])));
    if (text.file.format == file_format::png) {
      require_picture_type(argument.type, text.file.path);
      std::uint64_t count = 1, items = 1;
      for (const auto n : argument.shape)
        count *= n;
      for (const auto n : global)
        items *= n;
      if (argument.shape.size() == 1 && global.size() == 2 && items == count) argument.shape = {global[1], global[0]};
      if (argument.shape.size() != 2)
        refuse(fmt::format(
            "output '{}={}': a picture needs rows and columns, and the buffer is {} of {}; give it two, for instance "
            "{}={}[480x640]",
            text.name, text.file.path, shape_text(argument.shape), name_of(argument.type), text.name,
            name_of(argument.type)));
    }
    require_writable(text.file.path);
    outputs.push_back({index, text.file});
  }
  return outputs;
}

void write_output(const bound_argument& argument, const bound_output& output) {
  std::vector<std::byte> content(argument.buffer.size_bytes());
  detail::download(argument.buffer, content.data());
  array data;
  data.type = argument.type.scalar;
  data.shape = argument.shape;
  if (argument.type.width > 1) data.shape.push_back(argument.type.width);
  data.bytes = pack_vectors(std::move(content), argument.type);
  if (output.file.format == file_format::png)
    write_png(output.file.path, data, argument.type);
  else
    write_npy(output.file.path, data);
}

} // namespace dotcompute::tool
