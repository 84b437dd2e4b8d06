// SPDX-License-Identifier: MIT
// The readable text form: one operation a line, regions indented, locations at the end of the line.
#include "compiler/ir/operation.hpp"

#include <bit>
#include <charconv>
#include <cmath>

namespace dotcompute::ir {

namespace {

std::string hexadecimal(std::uint64_t value) {
  char text[24];
  const auto end = std::to_chars(text, text + sizeof text, value, 16).ptr;
  return "0x" + std::string(text, end);
}

template <class Float>
std::string decimal(Float value, std::uint64_t bits) {
  if (std::isnan(value)) return "nan:" + hexadecimal(bits); // the payload counts
  char text[48];
  return {text, std::to_chars(text, text + sizeof text, value).ptr}; // shortest text that reads back as the same value
}

std::string constant_text(type t, std::uint64_t bits) {
  if (!t.is_number()) return hexadecimal(bits);
  switch (t.element) {
  case scalar_kind::boolean: return bits ? "true" : "false";
  case scalar_kind::i8: return std::to_string(static_cast<std::int8_t>(bits));
  case scalar_kind::i16: return std::to_string(static_cast<std::int16_t>(bits));
  case scalar_kind::i32: return std::to_string(static_cast<std::int32_t>(bits));
  case scalar_kind::i64: return std::to_string(static_cast<std::int64_t>(bits));
  case scalar_kind::f16: return hexadecimal(bits);
  case scalar_kind::f32: return decimal(std::bit_cast<float>(static_cast<std::uint32_t>(bits)), bits);
  case scalar_kind::f64: return decimal(std::bit_cast<double>(bits), bits);
  }
  return hexadecimal(bits);
}

std::string quoted(const std::string& text) {
  std::string out = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\')
      (out += '\\') += c;
    else if (c == '\n')
      out += "\\n";
    else if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f)
      out += "\\x" + hexadecimal(static_cast<unsigned char>(c)).substr(2);
    else
      out += c;
  }
  return out + '"';
}

std::string flags_text(const float_flags& f) {
  if (f == float_flags{true, true, true, true, true, true, true}) return " fast";
  std::string out;
  if (f.no_nans) out += " no_nans";
  if (f.no_infinities) out += " no_infinities";
  if (f.no_signed_zeros) out += " no_signed_zeros";
  if (f.reciprocal) out += " reciprocal";
  if (f.contract) out += " contract";
  if (f.approximate) out += " approximate";
  if (f.reassociate) out += " reassociate";
  return out;
}

class printer {
 public:
  explicit printer(const program* p) : program_(p) {}

  void print(const function& f) {
    out_ += f.is_kernel ? "kernel " : "function ";
    out_ += f.name + "(";
    for (std::size_t i = 0; i < f.parameters.size(); ++i) {
      const parameter& p = f.parameters[i];
      if (i) out_ += ", ";
      out_ += to_string(p.value) + " " + p.name;
      if (p.by_value_size)
        out_ += " by_value " + std::to_string(p.by_value_size) + " align " + std::to_string(p.by_value_alignment);
    }
    out_ += ")";
    if (!f.result.is_none()) out_ += " -> " + to_string(f.result);
    if (f.required_local_size[0]) {
      out_ += " local_size";
      for (const std::uint32_t n : f.required_local_size)
        out_ += " " + std::to_string(n);
    }
    out_ += " {\n";
    lines(f.body, 1);
    out_ += "}\n";
  }

  void print(const program& p) {
    for (std::size_t i = 0; i < p.constants.size(); ++i) {
      const constant_data& c = p.constants[i];
      out_ += "constant @" + std::to_string(i) + " " + quoted(c.name) + " align " + std::to_string(c.alignment) + " =";
      for (const std::byte b : c.bytes) {
        constexpr char digits[] = "0123456789abcdef";
        const auto value = std::to_integer<unsigned>(b);
        (out_ += ' ') += digits[value >> 4];
        out_ += digits[value & 15];
      }
      out_ += "\n";
    }
    for (const auto& f : p.functions) {
      if (!out_.empty()) out_ += "\n";
      print(*f);
    }
  }

  std::string take() { return std::move(out_); }

 private:
  void lines(const region& r, unsigned depth) {
    for (const operation* op : r.operations)
      line(*op, depth);
  }

  static std::string value(const operation* op) { return op ? "%" + std::to_string(op->id) : "%null"; }

  void attributes(const operation& op) {
    switch (op.code) {
    case opcode::constant: out_ += " " + constant_text(op.result, op.bits); break;
    case opcode::argument: out_ += " #" + std::to_string(op.index); break;
    case opcode::global_address: out_ += " @" + std::to_string(op.index); break;
    case opcode::work_item:
      (out_ += " ") += name(op.query);
      if (op.query != work_item_query::work_dimensions) out_ += " " + std::to_string(op.index);
      if (op.immediate != 0) out_ += " +" + std::to_string(op.immediate);
      break;
    case opcode::extract: out_ += " [" + std::to_string(op.index) + "]"; break;
    case opcode::shuffle:
      out_ += " [";
      for (std::size_t i = 0; i < op.indices.size(); ++i)
        out_ += (i ? " " : "") + std::to_string(op.indices[i]);
      out_ += "]";
      break;
    case opcode::private_alloc:
    case opcode::local_alloc:
    case opcode::memory_copy: out_ += " bytes " + std::to_string(op.immediate); break;
    case opcode::pointer_add:
      if (op.operands.size() > 1)
        out_ += " scale " + std::to_string(op.scale) + (op.index_signed ? " signed" : " unsigned");
      if (op.immediate || op.operands.size() == 1) out_ += " plus " + std::to_string(op.immediate);
      break;
    case opcode::atomic_rmw: (out_ += " ") += name(op.atomic); break;
    case opcode::fence:
    case opcode::barrier:
      if (op.index & 1) out_ += " local";
      if (op.index & 2) out_ += " global";
      break;
    case opcode::loop:
      if (op.test_at_end) out_ += " test_at_end";
      if (op.unroll) out_ += " unroll " + (op.unroll == ~0u ? "fully" : std::to_string(op.unroll));
      break;
    default: break;
    }
    switch (op.code) {
    case opcode::private_alloc:
    case opcode::local_alloc:
    case opcode::memory_copy:
    case opcode::load:
    case opcode::store: out_ += " align " + std::to_string(op.alignment); break;
    default: break;
    }
    if (op.is_volatile) out_ += " volatile";
    if (op.no_signed_wrap) out_ += " no_signed_wrap";
    out_ += flags_text(op.flags);
    if (!op.symbol.empty()) out_ += " " + quoted(op.symbol);
    if (op.target) out_ += " -> " + value(op.target);
  }

  void line(const operation& op, unsigned depth) {
    const std::string indent(2 * depth, ' ');
    out_ += indent;
    // Structured operations give no value but are named: exits refer to them.
    if (!op.result.is_none() || is_structured(op.code)) out_ += value(&op) + " = ";
    out_ += name(op.code);
    if (!op.result.is_none()) out_ += " " + to_string(op.result);
    for (std::size_t i = 0; i < op.operands.size(); ++i)
      out_ += (i ? ", " : " ") + value(op.operands[i]);
    attributes(op);
    if (op.location.line) {
      out_ += "  ; ";
      if (program_ && op.location.file < program_->files.size()) out_ += program_->files[op.location.file] + ":";
      out_ += std::to_string(op.location.line) + ":" + std::to_string(op.location.column);
    }
    out_ += "\n";
    static constexpr const char* if_titles[] = {"then", "else"};
    static constexpr const char* loop_titles[] = {"condition", "body", "step"};
    for (std::size_t i = 0; i < op.regions.size(); ++i) {
      if (op.regions[i]->operations.empty() && op.code != opcode::block) continue;
      if (op.code == opcode::if_else && i < 2) out_ += indent + " " + if_titles[i] + ":\n";
      if (op.code == opcode::loop && i < 3) out_ += indent + " " + loop_titles[i] + ":\n";
      lines(*op.regions[i], depth + 1);
    }
  }

  const program* program_;
  std::string out_;
};

} // namespace

std::string print(const program& p) {
  printer out(&p);
  out.print(p);
  return out.take();
}

std::string print(const function& f) {
  printer out(nullptr);
  out.print(f);
  return out.take();
}

} // namespace dotcompute::ir
