// SPDX-License-Identifier: MIT
// The workloads, one file each.
#pragma once

namespace dotcompute::benchmark {

struct sizing;
struct workload;

workload make_sgemm(const sizing& s);
workload make_nbody(const sizing& s);
workload make_mandelbrot(const sizing& s);
workload make_reduction(const sizing& s);
workload make_copy(const sizing& s);
workload make_mul(const sizing& s);
workload make_add(const sizing& s);
workload make_triad(const sizing& s);
workload make_dot(const sizing& s);
workload make_black_scholes(const sizing& s);
workload make_stencil(const sizing& s);
workload make_spmv(const sizing& s);
workload make_histogram(const sizing& s);
workload make_scan(const sizing& s);
workload make_transpose(const sizing& s);
workload make_empty_launch(const sizing& s);
workload make_empty_launches(const sizing& s);

} // namespace dotcompute::benchmark
