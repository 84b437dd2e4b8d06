// SPDX-License-Identifier: MIT
#include "api/embedded.hpp"
#include "api/program_state.hpp"
#include "compiler/cache/artifact.hpp"
#include "compiler/cache/precompiled.hpp"
#include "compiler/server/service.hpp"
#include "execution/lease_state.hpp"

#include <dotcompute/program.hpp>

#include <cerrno>
#include <cstring>
#include <fstream>
#include <sstream>
#include <variant>

namespace dotcompute {
namespace {

detail::program_state& valid(const std::shared_ptr<detail::program_state>& s) {
  if (!s) throw error(error_code::invalid_handle, "the program handle is empty or was moved from");
  return *s;
}

std::string with_defines(const compile_options& o) {
  std::string text = o.options;
  for (const auto& [name, value] : o.defines) {
    if (name.empty() || name.find_first_of(" \t\"\\=") != std::string::npos ||
        value.find_first_of("\"\\\n") != std::string::npos)
      throw error(error_code::invalid_options, "'" + name + "=" + value + "' cannot be passed as a define",
                  {"", 0, "compile a program", "Use a plain name, and a value without quotes or backslashes."});
    const bool quoted = value.find_first_of(" \t") != std::string::npos;
    text += text.empty() ? "-D " : " -D ";
    text += name;
    text += quoted ? "=\"" : "=";
    text += value;
    if (quoted) text += '"';
  }
  return text;
}

/// Programs are the device's, not the lease's; but who holds a lease makes none after it.
void require_lease(const device& target) {
  if (const auto& lease = target.lease_state()) lease->require_active("make a program");
}

/// Code that was made ahead is for processors; for other devices there is the source that came along.
std::shared_ptr<detail::program_state> from_source_of(const device& target,
                                                      const compiler::precompiled_program& whole) {
  if (whole.variants.empty() || whole.variants.front().parts.empty())
    throw error(error_code::invalid_binary, "'" + whole.file_name + "' holds no code",
                target.state()->describe("load a program"));
  compiler::request request = whole.asked(whole.variants.front(), whole.variants.front().parts.front());
  request.specialize.reset();
  request.target = target.state()->driver->target();
  const auto timeout = compile_options{}.timeout;
  const compiler::answer answer = compiler::service::shared().compile(request, timeout);
  detail::require_success(*answer.outcome, "compile " + whole.file_name, *target.state());
  return std::make_shared<detail::program_state>(target.state(), std::move(request), std::vector{answer.outcome},
                                                 timeout);
}

std::shared_ptr<detail::program_state> from_precompiled(const device& target,
                                                        const compiler::precompiled_program& whole) {
  if (!std::holds_alternative<compiler::cpu_target>(target.state()->driver->target()))
    return from_source_of(target, whole);
  const compiler::precompiled_program::variant* variant = whole.choose();
  if (!variant || variant->parts.empty())
    throw error(error_code::invalid_binary, "'" + whole.file_name + "' holds no code that this machine can run",
                target.state()->describe("load a program", "Compile it for this machine's processor too."));
  std::vector<std::shared_ptr<const compiler::result>> outcomes;
  for (const auto& part : variant->parts) {
    detail::require_success(part.outcome, "load '" + whole.file_name + "'", *target.state());
    outcomes.push_back(std::make_shared<const compiler::result>(part.outcome));
  }
  // What was not compiled ahead can still be compiled when a launch needs it, from the source that came along.
  compiler::request again = whole.asked(*variant, variant->parts.front());
  again.specialize.reset();
  return std::make_shared<detail::program_state>(target.state(), std::move(again), std::move(outcomes),
                                                 compile_options{}.timeout);
}

} // namespace

program program::compile(const device& target, std::string_view source, const compile_options& options) {
  require_lease(target);
  compiler::request request;
  request.source = source;
  request.file_name = options.file_name;
  request.options = with_defines(options);
  request.target = target.state()->driver->target();
  if (auto* cpu = std::get_if<compiler::cpu_target>(&request.target)) cpu->lanes = options.lanes;
  const compiler::answer answer = compiler::service::shared().compile(request, options.timeout, options.stop);
  detail::require_success(*answer.outcome, "compile " + options.file_name, *target.state());
  return program(std::make_shared<detail::program_state>(target.state(), std::move(request),
                                                         std::vector{answer.outcome}, options.timeout));
}

program program::from_file(const device& target, const std::filesystem::path& path, compile_options options) {
  std::ifstream file(path, std::ios::binary);
  std::ostringstream text;
  if (!file || !(text << file.rdbuf()) || file.bad())
    throw error(error_code::file_not_found, "'" + path.string() + "' cannot be read: " + std::strerror(errno),
                {target.id(), target.generation(), "compile a file", "Check the path and its permissions."});
  options.file_name = std::filesystem::absolute(path).lexically_normal().string();
  return compile(target, text.str(), options);
}

program program::from_binary(const device& target, std::span<const std::byte> artifact) {
  require_lease(target);
  compiler::precompiled_program whole;
  std::string not_precompiled, not_result;
  if (compiler::decode(artifact, whole, not_precompiled)) return program(from_precompiled(target, whole));
  auto single = std::make_shared<compiler::result>();
  if (!compiler::decode(artifact, *single, not_result))
    throw error(error_code::invalid_binary, not_precompiled + "; " + not_result,
                target.state()->describe("load a program", "Compile it again with this version."));
  detail::require_success(*single, "load a program", *target.state());
  return program(std::make_shared<detail::program_state>(
      target.state(), std::nullopt, std::vector<std::shared_ptr<const compiler::result>>{std::move(single)},
      compile_options{}.timeout));
}

program program::from_embedded(const device& target, std::string_view name) {
  return from_binary(target, api::find_embedded(name));
}

kernel program::kernel(std::string_view name) const {
  detail::program_state& p = valid(state_);
  if (detail::kernel_state* k = p.find(name))
    return dotcompute::kernel(std::shared_ptr<detail::kernel_state>(state_, k));
  std::string names;
  for (const auto& k : p.kernels)
    names += (names.empty() ? "" : ", ") + k.reflection.name;
  throw error(error_code::kernel_not_found,
              "there is no kernel '" + std::string(name) + "'; the program has " + (names.empty() ? "none" : names),
              p.device->describe("find a kernel in " + p.name));
}

std::vector<dotcompute::kernel> program::kernels() const {
  std::vector<dotcompute::kernel> all;
  for (auto& k : valid(state_).kernels)
    all.emplace_back(std::shared_ptr<detail::kernel_state>(state_, &k));
  return all;
}

const std::string& program::log() const {
  return valid(state_).log;
}

} // namespace dotcompute
