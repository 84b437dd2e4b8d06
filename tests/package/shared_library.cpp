// SPDX-License-Identifier: MIT
// Linked with the shared library alone: what the public headers declare must be there, and errors must be caught by
// their type across its border.
#include <dotcompute/dotcompute.hpp>

#include <iostream>
#include <sstream>

namespace {

using namespace dotcompute;

void require(bool holds, const char* what) {
  if (!holds) throw std::runtime_error(what);
}

void compute(const device& d) {
  queue q(d, {.name = "shared"});
  const program p = program::compile(d, "kernel void scale(global int* x, int by) { x[get_global_id(0)] *= by; }");
  buffer<int> x(d, std::vector<int>(10, 21)), y(d, 10);
  q.launch(p.kernel("scale"), 10, x, 2);
  const event copied = q.copy(x, y);
  copied.wait();
  const kernel scale = p.kernel("scale");
  argument_list arguments(scale);
  q.launch(scale, 10, arguments.set("x", y).set("by", 2)).wait();
  std::vector<int> result(10);
  q.read(y.slice(5, 5), std::span<int>(result).first(5)).wait();
  require(result[0] == 84, "two kernels and a copy computed something else");
  require(y.to_vector()[9] == 84, "a buffer as a vector is not what it holds");
  require(scale.reflection().arguments.size() == 2, "a kernel has other arguments");
  for (int& element : y.map())
    element = 7;
  require(y.to_vector()[0] == 7, "what was mapped was not written back");
  q.finish();
}

void look_around(const device& d) {
  require(!devices().empty(), "there is no device");
  std::ostringstream text;
  text << d.properties() << version() << to_string(d.isolation()) << to_string(reset_level::soft);
  require(!text.str().empty(), "nothing was printed");
  require(d.memory().statistics().requested_bytes == 0, "buffers are left");
  d.memory().trim();
  const lease l(d, {.name = "tenant"});
  require(to_string(l.status()) == "active", "a new lease is not active");
  (void)l.revoke();
  require(d.reset({.level = reset_level::soft}).level == reset_level::soft, "another reset was made");
}

void catch_errors(const device& d) {
  try {
    (void)program::compile(d, "kernel void broken(");
  } catch (const error& e) {
    require(e.code() == error_code::compile_failed && e.kind() == error_class::programmer, "another error");
    d.memory().set_budget(std::uint64_t{1});
    try {
      const buffer<int> none(d, 1 << 20);
    } catch (const allocation_error& a) {
      require(to_string(a.cause()) == "budget", "another cause");
      return;
    }
  }
  throw std::runtime_error("an error was not thrown, or its type is not known");
}

} // namespace

int main() {
  try {
    const device d = device::open("cpu");
    compute(d);
    look_around(d);
    catch_errors(d);
    return 0;
  } catch (const std::exception& e) {
    std::cerr << e.what() << "\n";
    return 1;
  }
}
