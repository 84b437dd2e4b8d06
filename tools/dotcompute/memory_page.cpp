// SPDX-License-Identifier: MIT
#include "memory_page.hpp"

#include "memory_json.hpp"
#include "memory_page_html.hpp"

#include <algorithm>
#include <string_view>

namespace dotcompute::tool {

namespace {

using json = nlohmann::ordered_json;

json moment_json(const page_moment& m) {
  json j{{"name", m.name}, {"time", m.time}, {"map", to_json(m.map)}};
  json s = to_json(m.statistics);
  for (const char* figure : {"requested_bytes", "allocated_bytes", "pending_free_bytes", "cached_bytes", "free_bytes",
                             "reserved_bytes", "live_blocks", "failures", "fragmentation", "tags"})
    j["statistics"][figure] = s[figure];
  return j;
}

/// JSON that may stand in a script element: nothing in it can end the element or begin a comment.
std::string for_script(const json& j) {
  const std::string text = j.dump(-1, ' ', true, json::error_handler_t::replace);
  std::string out;
  out.reserve(text.size());
  for (const char c : text)
    if (c == '<')
      out += "\\u003c";
    else
      out += c;
  return out;
}

} // namespace

std::string memory_page(const page_content& content) {
  json data{{"title", content.title},
            {"course", content.course},
            {"stretch", content.stretch},
            {"first_time", content.first_time},
            {"moments", json::array()}};
  for (const auto& m : content.moments)
    data["moments"].push_back(moment_json(m));
  constexpr std::string_view place = "@DATA@";
  std::string page = memory_page_html;
  page.replace(page.find(place), place.size(), for_script(data));
  return page;
}

} // namespace dotcompute::tool
