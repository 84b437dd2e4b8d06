// SPDX-License-Identifier: MIT
// A photograph goes through a pipeline of kernels; its edges come out as a PNG, with a report of where the time went.
//   photo [INPUT.jpg [OUTPUT.png [DEVICE]]]
#include "picture.hpp"
#include "pipeline.hpp"

#include <algorithm>
#include <cstdio>
#include <exception>
#include <filesystem>
#include <string>

namespace {

constexpr const char* default_photograph = "/usr/share/backgrounds/picosdeeuropa_by_Aitzol_Berasategi.jpg";

int run(const std::filesystem::path& input, const std::filesystem::path& output, const std::string& selector) {
  const auto photograph = photo::read_jpeg(input);
  const auto device = dotcompute::device::open(selector);
  std::printf("photograph  %s, %d x %d\n", input.c_str(), photograph.width, photograph.height);
  const std::string threads = device.threads() ? ", " + std::to_string(device.threads()) + " threads" : "";
  std::printf("device      %s, %s%s\n", device.id().c_str(), device.properties().name.value_or("unknown").c_str(),
              threads.c_str());
  std::fflush(stdout);

  const auto result = photo::run_pipeline(device, photograph, 20);
  photo::write_grey_png(output, photograph.width, photograph.height, result.picture);

  std::printf("compiled    six kernels in %.1f ms\n\n", result.compile_ms);
  std::printf("%-20s %9s %9s   %s\n", "stage", "ms", "GB/s", "beside a plain C++ loop");
  double total = 0;
  for (const auto& stage : result.stages) {
    std::printf("%-20s %9.3f %9.1f   %s%s\n", stage.name.c_str(), stage.best_ms, stage.bytes / stage.best_ms * 1e-6,
                stage.right ? "" : "WRONG: ", stage.difference.c_str());
    total += stage.best_ms;
  }
  std::printf("%-20s %9.3f\n\npicture     %s\n", "all stages", total, std::filesystem::absolute(output).c_str());
  const bool right = std::all_of(result.stages.begin(), result.stages.end(), [](const auto& s) { return s.right; });
  if (!right) std::fprintf(stderr, "photo: a stage computed a wrong result\n");
  return right ? 0 : 1;
}

} // namespace

int main(int count, char** arguments) {
  const std::filesystem::path input = count > 1 ? arguments[1] : default_photograph;
  const std::filesystem::path output = count > 2 ? arguments[2] : "photo-edges.png";
  try {
    return run(input, output, count > 3 ? arguments[3] : "best");
  } catch (const std::exception& e) {
    std::fprintf(stderr, "photo: %s\n", e.what());
    if (count < 2 && !std::filesystem::exists(input))
      std::fprintf(stderr,
                   "The photograph comes with Debian's package lomiri-wallpapers-16.04; or name another JPEG.\n");
    return 1;
  }
}
