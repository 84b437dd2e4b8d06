// SPDX-License-Identifier: MIT
extern "C" __attribute__((visibility("default"))) int sample_answer(int x) {
  return x + 40;
}
