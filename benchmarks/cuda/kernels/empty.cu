// SPDX-License-Identifier: MIT
extern "C" __global__ void empty() {}
