// SPDX-License-Identifier: MIT
// random_programs --seeds A..B [--except A,B,..] [--against lanes1|cpu|pocl] [--driver cpu|cuda:0|pocl|oclgrind]
//                 [--lanes N] [--batch N] [--jobs N] [--no-shrink] [--in-process] [--print]
// Runs generated kernels on the driver under test and on a reference; what differs is shrunk and printed. The reference
// lanes1 runs one work-item after another, without optimisation.
#include "random/comparison.hpp"
#include "random/shrink.hpp"

#include <charconv>
#include <cstdlib>
#include <iostream>
#include <set>
#include <sstream>
#include <string>
#include <string_view>

namespace random_programs {
namespace {

struct options {
  std::uint64_t first = 1, last = 100;
  std::set<std::uint64_t> left_out;
  comparison_options comparison;
  std::size_t batch = 20;
  unsigned jobs = 2;
  bool shrinks = true;
  bool only_prints = false;
  bool isolates = true;
};

[[noreturn]] void usage(const std::string& problem) {
  std::cerr << "random_programs: " << problem
            << "\nusage: random_programs --seeds A..B [--against lanes1|cpu|pocl] [--driver cpu|cuda:0|pocl|oclgrind] "
               "[--lanes N] "
               "[--batch N]"
               " [--jobs N] [--no-shrink] [--in-process] [--print]\n";
  std::exit(2);
}

template <class T>
T number(std::string_view text, std::string_view option) {
  T n{};
  const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), n);
  if (failure != std::errc() || end != text.data() + text.size())
    usage(std::string(option) + " takes a number, not '" + std::string(text) + "'");
  return n;
}

options read(int argc, char** argv) {
  options o;
  for (int i = 1; i < argc; ++i) {
    const std::string_view word = argv[i];
    const auto next = [&]() -> std::string_view {
      if (i + 1 >= argc) usage(std::string(word) + " needs a value");
      return argv[++i];
    };
    if (word == "--seeds") {
      const std::string_view range = next();
      const std::size_t dots = range.find("..");
      o.first = number<std::uint64_t>(range.substr(0, dots), word);
      o.last = dots == std::string_view::npos ? o.first : number<std::uint64_t>(range.substr(dots + 2), word);
      if (o.last < o.first) usage("--seeds takes A..B with A at most B");
    } else if (word == "--against") {
      const std::string_view what = next();
      if (what == "cpu" || what == "pocl" || what == "oclgrind")
        o.comparison.reference = {std::string(what), 0};
      else if (what == "lanes1") {
        o.comparison.reference.lanes = 1;
        o.comparison.reference_build = "-cl-opt-disable";
      } else
        usage("--against takes lanes1, cpu, pocl or oclgrind");
    } else if (word == "--except") {
      std::istringstream list{std::string(next())};
      for (std::string seed; std::getline(list, seed, ',');)
        o.left_out.insert(number<std::uint64_t>(seed, word));
    } else if (word == "--driver") {
      o.comparison.subject.driver = next();
    } else if (word == "--lanes") {
      o.comparison.subject.lanes = number<std::uint32_t>(next(), word);
    } else if (word == "--batch") {
      o.batch = std::max<std::size_t>(1, number<std::size_t>(next(), word));
    } else if (word == "--jobs") {
      o.jobs = std::max(1u, number<unsigned>(next(), word));
    } else if (word == "--no-shrink") {
      o.shrinks = false;
    } else if (word == "--in-process") {
      o.isolates = false;
      o.shrinks = false;
    } else if (word == "--print") {
      o.only_prints = true;
    } else {
      usage("unknown option '" + std::string(word) + "'");
    }
  }
  if (o.comparison.reference.driver.empty()) o.comparison.reference.driver = o.comparison.subject.driver;
  return o;
}

void report(const options& o, const kernel& k, const verdict& v) {
  std::cout << "seed " << k.seed << ": " << v.description << "\n";
  kernel small = k;
  if (o.shrinks) {
    small = shrink(
        k, [&](const kernel& candidate) { return compare_isolated({candidate}, o.comparison).front().kind == v.kind; });
    std::cout << "shrunk from " << node_count(k) << " to " << node_count(small)
              << " nodes: " << compare_isolated({small}, o.comparison).front().description << "\n";
  }
  std::cout << "global size";
  for (const std::size_t g : small.global)
    std::cout << " " << g;
  const std::string text = render(small);
  std::cout << "\n" << prelude(text) << text << std::endl;
}

int run(const options& o) {
  const generator_limits limits{.return_before_barriers = o.comparison.reference.driver != "pocl"};
  std::vector<std::vector<kernel>> batches;
  for (std::uint64_t seed = o.first; seed <= o.last; ++seed) {
    if (o.left_out.count(seed) != 0) continue;
    if (batches.empty() || batches.back().size() == o.batch) batches.emplace_back();
    batches.back().push_back(generate(seed, "k" + std::to_string(seed), limits));
  }
  if (o.only_prints) {
    std::string text;
    for (const auto& batch : batches) {
      for (const kernel& k : batch)
        text += render(k);
    }
    std::cout << prelude(text) << text;
    return 0;
  }
  std::size_t same = 0, failed = 0, unusable = 0;
  bool missing = false;
  const auto count = [&](const kernel& k, const verdict& v) {
    switch (v.kind) {
    case verdict::category::same: ++same; break;
    case verdict::category::missing:
      if (!missing) std::cout << "[  SKIPPED ] " << v.description << "\n";
      missing = true;
      break;
    case verdict::category::reference_failed:
      ++unusable;
      std::cout << "seed " << k.seed << ": " << v.description << std::endl;
      break;
    default: ++failed; report(o, k, v);
    }
  };
  if (o.isolates) {
    compare_all(batches, o.comparison, o.jobs, count);
  } else {
    for (const auto& batch : batches) {
      const auto verdicts = compare_here(batch, o.comparison);
      for (std::size_t i = 0; i < batch.size(); ++i)
        count(batch[i], verdicts[i]);
    }
  }
  if (missing) return 77;
  std::cout << same << " programs agree, " << failed << " do not, " << unusable << " failed on the reference\n";
  return failed == 0 && unusable == 0 ? 0 : 1;
}

} // namespace
} // namespace random_programs

int main(int argc, char** argv) {
  return random_programs::run(random_programs::read(argc, argv));
}
