// SPDX-License-Identifier: MIT
#include <dotcompute/error.hpp>
#include <dotcompute/version.hpp>

#include <utility>

namespace dotcompute {

struct error::parts {
  error_class kind;
  error_code code;
  std::string message;
  error_details details;
};

namespace {

// "launch kernel 'blur' on cpu:0 (generation 1): argument 2 ... [programmer/argument_type]. Give a float."
std::string compose(error_class kind, error_code code, const std::string& message, const error_details& d) {
  std::string text;
  if (!d.operation.empty()) text += d.operation;
  if (!d.device.empty()) text += (text.empty() ? "device " : " on ") + d.device;
  if (d.generation > 1) text += " (generation " + std::to_string(d.generation) + ")";
  if (!text.empty()) text += ": ";
  text += message;
  text += " [";
  text += to_string(kind);
  text += "/";
  text += to_string(code);
  text += "]";
  if (!d.remedy.empty()) text += ". " + d.remedy;
  return text;
}

} // namespace

std::string_view to_string(error_class kind) noexcept {
  switch (kind) {
  case error_class::transient: return "transient";
  case error_class::resource: return "resource";
  case error_class::programmer: return "programmer";
  case error_class::device_lost: return "device_lost";
  case error_class::fatal: return "fatal";
  }
  return "fatal";
}

std::string_view to_string(error_code code) noexcept {
  switch (code) {
  case error_code::unknown: return "unknown";
  case error_code::invalid_argument: return "invalid_argument";
  case error_code::invalid_size: return "invalid_size";
  case error_code::invalid_range: return "invalid_range";
  case error_code::invalid_handle: return "invalid_handle";
  case error_code::stale_handle: return "stale_handle";
  case error_code::wrong_device: return "wrong_device";
  case error_code::buffer_released: return "buffer_released";
  case error_code::wrong_lease: return "wrong_lease";
  case error_code::lease_revoked: return "lease_revoked";
  case error_code::kernel_not_found: return "kernel_not_found";
  case error_code::argument_count: return "argument_count";
  case error_code::argument_type: return "argument_type";
  case error_code::argument_name: return "argument_name";
  case error_code::argument_not_set: return "argument_not_set";
  case error_code::invalid_local_size: return "invalid_local_size";
  case error_code::limit_exceeded: return "limit_exceeded";
  case error_code::compile_failed: return "compile_failed";
  case error_code::invalid_options: return "invalid_options";
  case error_code::invalid_binary: return "invalid_binary";
  case error_code::embedded_not_found: return "embedded_not_found";
  case error_code::device_not_found: return "device_not_found";
  case error_code::file_not_found: return "file_not_found";
  case error_code::file_invalid: return "file_invalid";
  case error_code::unsupported: return "unsupported";
  case error_code::compiler_unavailable: return "compiler_unavailable";
  case error_code::compiler_crashed: return "compiler_crashed";
  case error_code::worker_unavailable: return "worker_unavailable";
  case error_code::out_of_memory: return "out_of_memory";
  case error_code::out_of_device_memory: return "out_of_device_memory";
  case error_code::out_of_handles: return "out_of_handles";
  case error_code::out_of_threads: return "out_of_threads";
  case error_code::deadline_exceeded: return "deadline_exceeded";
  case error_code::cancelled: return "cancelled";
  case error_code::earlier_command_failed: return "earlier_command_failed";
  case error_code::reset_under_way: return "reset_under_way";
  case error_code::device_lost: return "device_lost";
  case error_code::kernel_crashed: return "kernel_crashed";
  case error_code::kernel_hung: return "kernel_hung";
  case error_code::interrupted: return "interrupted";
  case error_code::kernel_refused: return "kernel_refused";
  case error_code::buffer_changed: return "buffer_changed";
  case error_code::system_call_failed: return "system_call_failed";
  case error_code::internal: return "internal";
  }
  return "unknown";
}

error_class default_class(error_code code) noexcept {
  if (code == error_code::unknown) return error_class::fatal;
  switch (code) {
  // The environment may be put right without changing the program, but never by calling again at once.
  case error_code::compiler_crashed: return error_class::transient;
  case error_code::compiler_unavailable:
  case error_code::worker_unavailable: return error_class::resource;
  // The device is there; the kernel would do the same again.
  case error_code::kernel_crashed:
  case error_code::kernel_hung:
  case error_code::kernel_refused:
  case error_code::buffer_changed: return error_class::programmer;
  case error_code::interrupted: return error_class::transient;
  default: break;
  }
  const auto number = static_cast<unsigned>(code);
  if (number < 300) return error_class::programmer;
  if (number < 400) return error_class::resource;
  if (number < 500) return error_class::transient;
  if (number < 900) return error_class::device_lost;
  return error_class::fatal;
}

error::error(error_code code, const std::string& message, error_details details)
    : error(default_class(code), code, message, std::move(details)) {}

error::error(error_class kind, error_code code, const std::string& message, error_details details)
    : std::runtime_error(compose(kind, code, message, details)),
      parts_(std::make_shared<const parts>(parts{kind, code, message, std::move(details)})) {}

error_class error::kind() const noexcept {
  return parts_->kind;
}
error_code error::code() const noexcept {
  return parts_->code;
}
const std::string& error::message() const noexcept {
  return parts_->message;
}
const std::string& error::device() const noexcept {
  return parts_->details.device;
}
std::uint64_t error::generation() const noexcept {
  return parts_->details.generation;
}
const std::string& error::operation() const noexcept {
  return parts_->details.operation;
}
const std::string& error::remedy() const noexcept {
  return parts_->details.remedy;
}

std::string_view version() noexcept {
  return "0.1.0";
}

} // namespace dotcompute
