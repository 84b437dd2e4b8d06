// SPDX-License-Identifier: MIT
#include "support/log.hpp"

#include <spdlog/sinks/stdout_color_sinks.h>
#include <spdlog/spdlog.h>

#include <cstdlib>
#include <memory>

namespace dotcompute::log {
namespace {

spdlog::level::level_enum wanted_level() {
  const char* text = std::getenv("DOTCOMPUTE_LOG");
  return text ? spdlog::level::from_str(text) : spdlog::level::warn;
}

// Never destroyed: threads may still log while static objects are torn down.
spdlog::logger& logger() {
  static spdlog::logger* const instance = [] {
    auto* made = new spdlog::logger("dotcompute", std::make_shared<spdlog::sinks::stderr_color_sink_mt>());
    made->set_level(wanted_level());
    made->set_pattern("%Y-%m-%d %H:%M:%S.%e %^%l%$ dotcompute[%P]: %v");
    made->flush_on(spdlog::level::warn);
    return made;
  }();
  return *instance;
}

spdlog::level::level_enum translate(level l) {
  switch (l) {
  case level::debug: return spdlog::level::debug;
  case level::info: return spdlog::level::info;
  case level::warning: return spdlog::level::warn;
  case level::error: return spdlog::level::err;
  }
  return spdlog::level::err;
}

} // namespace

bool enabled(level l) noexcept {
  try {
    return logger().should_log(translate(l));
  } catch (...) {
    return false;
  }
}

void write(level l, std::string_view text) noexcept {
  try {
    logger().log(translate(l), spdlog::string_view_t(text.data(), text.size()));
  } catch (...) {
    // There is nowhere left to report that reporting failed.
  }
}

} // namespace dotcompute::log
