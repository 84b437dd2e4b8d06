// SPDX-License-Identifier: MIT
// The workloads, one file each.
#pragma once

namespace dotcompute::benchmark {

struct workload;

workload make_sgemm(bool quick);
workload make_nbody(bool quick);
workload make_mandelbrot(bool quick);
workload make_reduction(bool quick);
workload make_copy(bool quick);
workload make_mul(bool quick);
workload make_add(bool quick);
workload make_triad(bool quick);
workload make_dot(bool quick);
workload make_black_scholes(bool quick);
workload make_stencil(bool quick);
workload make_spmv(bool quick);
workload make_histogram(bool quick);
workload make_scan(bool quick);
workload make_empty_launch(bool quick);

} // namespace dotcompute::benchmark
