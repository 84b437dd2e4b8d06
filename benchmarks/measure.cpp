// SPDX-License-Identifier: MIT
#include "measure.hpp"

#include <algorithm>
#include <thread>

namespace dotcompute::benchmark {

timing summarize(std::vector<double> seconds) {
  if (seconds.empty()) return {};
  std::sort(seconds.begin(), seconds.end());
  const std::size_t middle = seconds.size() / 2;
  const double median = seconds.size() % 2 ? seconds[middle] : 0.5 * (seconds[middle - 1] + seconds[middle]);
  return {seconds.front(), median, seconds.size()};
}

std::vector<timing> measure(const std::vector<contestant>& contestants, unsigned batch, const measure_options& options,
                            const std::function<void(unsigned)>& on_round) {
  using clock = std::chrono::steady_clock;
  std::vector<std::vector<double>> samples(contestants.size());
  for (unsigned round = 0; round < options.rounds; ++round) {
    if (on_round) on_round(round);
    for (std::size_t i = 0; i < contestants.size(); ++i) {
      std::this_thread::sleep_for(options.pause);
      // What ran in between has emptied the caches and put threads to sleep; a run much longer than that does not
      // notice.
      if (samples[i].empty() || samples[i].back() * batch < 0.05) contestants[i].run();
      const auto turn_end = clock::now() + options.turn;
      do {
        const auto begin = clock::now();
        for (unsigned k = 0; k < batch; ++k)
          contestants[i].run();
        samples[i].push_back(std::chrono::duration<double>(clock::now() - begin).count() / batch);
      } while (clock::now() < turn_end);
    }
  }
  std::vector<timing> timings;
  for (auto& s : samples)
    timings.push_back(summarize(std::move(s)));
  return timings;
}

} // namespace dotcompute::benchmark
