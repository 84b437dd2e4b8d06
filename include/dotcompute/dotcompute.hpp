// SPDX-License-Identifier: MIT
// All of dotcompute: OpenCL C kernels on whatever device there is.
//
//     auto device = dotcompute::device::open();
//     dotcompute::queue queue(device);
//     auto program = dotcompute::program::compile(device, source);
//     dotcompute::buffer<float> x(device, input), y(device, input.size());
//     queue.launch(program.kernel("scale"), input.size(), x, y, 2.0f).wait();
#pragma once

#include <dotcompute/argument.hpp>
#include <dotcompute/buffer.hpp>
#include <dotcompute/capabilities.hpp>
#include <dotcompute/device.hpp>
#include <dotcompute/error.hpp>
#include <dotcompute/event.hpp>
#include <dotcompute/known.hpp>
#include <dotcompute/lease.hpp>
#include <dotcompute/memory.hpp>
#include <dotcompute/memory_statistics.hpp>
#include <dotcompute/nd_range.hpp>
#include <dotcompute/program.hpp>
#include <dotcompute/queue.hpp>
#include <dotcompute/recovery.hpp>
#include <dotcompute/reflection.hpp>
#include <dotcompute/reset.hpp>
#include <dotcompute/vector.hpp>
#include <dotcompute/version.hpp>
