// SPDX-License-Identifier: MIT
// What is known of a compiled kernel without its code: part of the public API, so it is declared there.
#pragma once

#include <dotcompute/reflection.hpp>
