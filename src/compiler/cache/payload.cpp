// SPDX-License-Identifier: MIT
#include "compiler/cache/payload.hpp"

namespace dotcompute::compiler {
namespace {

// Declared before the templates below, which find element functions by ordinary lookup only.
void write(byte_writer& w, const std::string& v);
void read(byte_reader& in, std::string& v);
void write(byte_writer& w, const diagnostic& v);
void read(byte_reader& in, diagnostic& v);
void write(byte_writer& w, const argument_reflection& v);
void read(byte_reader& in, argument_reflection& v);
void write(byte_writer& w, const kernel_reflection& v);
void read(byte_reader& in, kernel_reflection& v);
void write(byte_writer& w, const result::entry& v);
void read(byte_reader& in, result::entry& v);
void write(byte_writer& w, const included_file& v);
void read(byte_reader& in, included_file& v);

/// `least_bytes`: what the smallest element takes, so that a length from nowhere cannot ask for memory.
template <class T>
void write(byte_writer& w, const std::vector<T>& v) {
  w.varint(v.size());
  for (const T& element : v)
    write(w, element);
}
template <class T>
void read(byte_reader& in, std::vector<T>& v, std::size_t least_bytes) {
  const std::size_t n = in.count(least_bytes);
  v.reserve(n);
  for (std::size_t i = 0; i < n && !in.failed(); ++i)
    read(in, v.emplace_back());
}

using extent = std::array<std::uint32_t, 3>;

void write(byte_writer& w, const extent& v) {
  for (std::uint32_t n : v)
    w.varint(n);
}
void read(byte_reader& in, extent& v) {
  for (std::uint32_t& n : v)
    n = in.varint32();
}

void write(byte_writer& w, const digest& v) {
  w.word(v.high);
  w.word(v.low);
}
void read(byte_reader& in, digest& v) {
  v.high = in.word();
  v.low = in.word();
}

void write(byte_writer& w, const std::string& v) {
  w.text(v);
}
void read(byte_reader& in, std::string& v) {
  v = in.text();
}

void write(byte_writer& w, const cpu_target& v) {
  w.text(v.cpu);
  w.text(v.features);
  w.varint(v.lanes);
}
void read(byte_reader& in, cpu_target& v) {
  v.cpu = in.text();
  v.features = in.text();
  v.lanes = in.varint32();
}

void write(byte_writer& w, const target_description& v) {
  w.byte(static_cast<std::uint8_t>(v.index()));
  if (const auto* cpu = std::get_if<cpu_target>(&v))
    write(w, *cpu);
  else if (const auto* cuda = std::get_if<cuda_target>(&v))
    w.varint(cuda->architecture);
  else if (const auto* opencl = std::get_if<opencl_target>(&v)) {
    w.boolean(opencl->printed);
    w.boolean(opencl->divides_exactly);
  }
}
void read(byte_reader& in, target_description& v) {
  switch (in.at_most(std::variant_size_v<target_description> - 1)) {
  case 0: return read(in, v.emplace<cpu_target>());
  case 1: v.emplace<cuda_target>().architecture = in.varint32(); return;
  default: {
    auto& opencl = v.emplace<opencl_target>();
    opencl.printed = in.boolean();
    opencl.divides_exactly = in.boolean();
  }
  }
}

void write(byte_writer& w, const known<std::uint32_t>& v) {
  w.boolean(v.has_value());
  if (v) w.varint(*v);
}
void read(byte_reader& in, known<std::uint32_t>& v) {
  v = std::nullopt;
  if (in.boolean()) v = in.varint32();
}

void write(byte_writer& w, const kernel_resources& v) {
  for (const auto* figure : {&v.registers, &v.spill_bytes, &v.stack_bytes, &v.static_local_bytes, &v.max_local_items})
    write(w, *figure);
}
void read(byte_reader& in, kernel_resources& v) {
  for (auto* figure : {&v.registers, &v.spill_bytes, &v.stack_bytes, &v.static_local_bytes, &v.max_local_items})
    read(in, *figure);
}

void write(byte_writer& w, const diagnostic& v) {
  w.byte(static_cast<std::uint8_t>(v.level));
  w.text(v.file);
  w.varint(v.line);
  w.varint(v.column);
  w.text(v.message);
}
void read(byte_reader& in, diagnostic& v) {
  v.level = static_cast<severity>(in.at_most(static_cast<std::uint8_t>(severity::error)));
  v.file = in.text();
  v.line = in.varint32();
  v.column = in.varint32();
  v.message = in.text();
}

void write(byte_writer& w, const argument_reflection& v) {
  w.text(v.name);
  w.text(v.type_name);
  w.byte(static_cast<std::uint8_t>(v.space));
  w.varint(v.size);
  w.varint(v.alignment);
  w.varint(v.offset);
  w.varint(v.element_size);
  w.text(v.element_type);
  w.boolean(v.is_const);
  w.boolean(v.is_restrict);
  w.boolean(v.is_volatile);
  w.boolean(v.is_written);
  w.boolean(v.is_read);
}
void read(byte_reader& in, argument_reflection& v) {
  v.name = in.text();
  v.type_name = in.text();
  v.space = static_cast<argument_space>(in.at_most(static_cast<std::uint8_t>(argument_space::local)));
  v.size = in.varint32();
  v.alignment = in.varint32();
  v.offset = in.varint32();
  v.element_size = in.varint32();
  v.element_type = in.text();
  v.is_const = in.boolean();
  v.is_restrict = in.boolean();
  v.is_volatile = in.boolean();
  v.is_written = in.boolean();
  v.is_read = in.boolean();
}

void write(byte_writer& w, const kernel_reflection& v) {
  w.text(v.name);
  write(w, v.arguments);
  w.varint(v.argument_bytes);
  write(w, v.required_local_size);
  write(w, v.local_size_hint);
  w.varint(v.local_bytes);
  w.boolean(v.has_barrier);
  w.boolean(v.is_flat);
  write(w, v.resources);
}
void read(byte_reader& in, kernel_reflection& v) {
  v.name = in.text();
  read(in, v.arguments, 12);
  v.argument_bytes = in.varint32();
  read(in, v.required_local_size);
  read(in, v.local_size_hint);
  v.local_bytes = in.varint();
  v.has_barrier = in.boolean();
  v.is_flat = in.boolean();
  read(in, v.resources);
}

void write(byte_writer& w, const result::entry& v) {
  w.text(v.kernel);
  w.text(v.symbol);
  write(w, v.local_size);
  w.varint(v.lanes);
  w.varint(v.local_bytes);
  w.varint(v.scratch_bytes);
  w.text(v.wide_symbol);
  w.boolean(v.prints);
  w.varint(v.items);
  w.varint(v.guarded_dimensions);
  write(w, v.resources);
}
void read(byte_reader& in, result::entry& v) {
  v.kernel = in.text();
  v.symbol = in.text();
  read(in, v.local_size);
  v.lanes = in.varint32();
  v.local_bytes = in.varint();
  v.scratch_bytes = in.varint();
  v.wide_symbol = in.text();
  v.prints = in.boolean();
  v.items = in.varint32();
  v.guarded_dimensions = in.varint32();
  read(in, v.resources);
}

void write(byte_writer& w, const included_file& v) {
  w.text(v.path);
  write(w, v.contents);
}
void read(byte_reader& in, included_file& v) {
  v.path = in.text();
  read(in, v.contents);
}

} // namespace

void write(byte_writer& w, const request& r) {
  w.text(r.source);
  w.text(r.file_name);
  w.text(r.options);
  write(w, r.target);
  w.byte(static_cast<std::uint8_t>(r.emit));
  w.boolean(r.specialize.has_value());
  if (r.specialize) {
    w.text(r.specialize->kernel);
    write(w, r.specialize->local_size);
  }
  w.boolean(r.any_local_size);
}
void read(byte_reader& in, request& r) {
  r.source = in.text();
  r.file_name = in.text();
  r.options = in.text();
  read(in, r.target);
  r.emit = static_cast<stage>(in.at_most(static_cast<std::uint8_t>(stage::opencl)));
  if (in.boolean()) {
    r.specialize.emplace();
    r.specialize->kernel = in.text();
    read(in, r.specialize->local_size);
  }
  r.any_local_size = in.boolean();
}

void write(byte_writer& w, const result& r) {
  w.boolean(r.succeeded);
  w.text(r.log);
  write(w, r.diagnostics);
  write(w, r.kernels);
  w.blob(r.binary);
  write(w, r.entries);
  write(w, r.print_formats);
  write(w, r.included_files);
}
void read(byte_reader& in, result& r) {
  r.succeeded = in.boolean();
  r.log = in.text();
  read(in, r.diagnostics, 5);
  read(in, r.kernels, 17);
  const auto binary = in.blob();
  r.binary.assign(binary.begin(), binary.end());
  read(in, r.entries, 15);
  read(in, r.print_formats, 1);
  read(in, r.included_files, 17);
}

} // namespace dotcompute::compiler
