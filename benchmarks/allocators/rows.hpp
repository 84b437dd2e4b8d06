// SPDX-License-Identifier: MIT
// What the allocator workloads share.
#pragma once

#include "../bench.hpp"

#include <string>
#include <vector>

namespace dotcompute::benchmark {

std::vector<row> measure_pairs(const options& o);
std::vector<row> measure_churn(const options& o);
std::vector<row> measure_fragmentation(const options& o);
std::vector<row> measure_statistics_cost(const options& o);

bool wants_peer(const options& o, const std::string& peer);
row memory_row(std::string workload, std::string title, std::string metric, std::string unit);
/// A goal in the row's unit; small sizes judge none.
void require_at_most(row& r, const options& o, double wanted);
void add_ratios(row& r);
/// Nothing when nothing is wrong.
void note_problem(row& r, const std::string& name, const std::string& wrong);
void note_missing_mimalloc(row& r, const options& o);

} // namespace dotcompute::benchmark
