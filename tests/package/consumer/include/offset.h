// SPDX-License-Identifier: MIT
#define OFFSET 1
