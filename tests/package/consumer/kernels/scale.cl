// SPDX-License-Identifier: MIT
#include "offset.h"

kernel void scale(global int* x) {
  size_t i = get_global_id(0);
  x[i] = x[i] * FACTOR + OFFSET;
}
