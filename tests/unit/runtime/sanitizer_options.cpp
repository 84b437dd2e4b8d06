// SPDX-License-Identifier: MIT
// Under sanitizers, too, an allocation that is too large gives null, which the tests expect to be handled.
extern "C" {
const char* __asan_default_options() {
  return "allocator_may_return_null=1";
}
const char* __tsan_default_options() {
  return "allocator_may_return_null=1";
}
}
