// SPDX-License-Identifier: MIT
#include "isolation/list_devices.hpp"

#include "compiler/server/locate.hpp"
#include "isolation/worker_process.hpp"

namespace dotcompute::isolated {
namespace {

constexpr auto patience = std::chrono::seconds(20);

} // namespace

std::string find_worker() {
  std::vector<std::string> tried;
  std::string found = compiler::locate_program("dotcompute-worker", "DOTCOMPUTE_WORKER", tried);
  if (!found.empty()) return found;
  std::string places;
  for (const std::string& t : tried)
    places += (places.empty() ? "" : ", ") + t;
  throw error(
      error_code::worker_unavailable, "there is no dotcompute-worker to run; looked for " + places,
      {"", 0, "open a device in a worker process",
       "Install dotcompute whole, name the file in DOTCOMPUTE_WORKER, or open the device with isolation::none."});
}

device_listing list_opencl_devices() {
  device_listing found;
  try {
    driver_description what;
    what.kind = driver_kind::opencl_list;
    what.id = "opencl";
    found = worker_process::start(find_worker(), what)->await_listing(deadline_after(patience));
  } catch (const worker_gone& e) {
    found.why_none = std::string("the process that looks for them: ") + e.what();
  } catch (const error& e) {
    found.why_none = e.message();
  }
  return found;
}

} // namespace dotcompute::isolated
