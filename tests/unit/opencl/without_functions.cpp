// SPDX-License-Identifier: MIT
// A loader of before OpenCL 1.2, as far as it matters: one function, which must not be called.
extern "C" __attribute__((visibility("default"))) int clGetPlatformIDs(unsigned, void**, unsigned*) {
  return -32;
}
