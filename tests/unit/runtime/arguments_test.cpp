// SPDX-License-Identifier: MIT
// Arguments against the kernel's signature, by index and by name.
#include "runtime_fixture.hpp"

namespace dotcompute::test {
namespace {

class arguments : public runtime {
 protected:
  queue q{dev};
  kernel scale = kernels.kernel("scale");
  buffer<float> x{dev, std::vector<float>{1, 2, 3, 4}}, y{dev, 4};

  template <class... A>
  error attempt(const A&... given) {
    return failure_of([&] { q.launch(scale, 4, given...); });
  }
};

TEST_F(arguments, CountIsChecked) {
  EXPECT_EQ(attempt(x, y).code(), error_code::argument_count);
  EXPECT_EQ(attempt(x, y, 1.0f, 2).code(), error_code::argument_count);
  EXPECT_EQ(attempt().code(), error_code::argument_count);
}

TEST_F(arguments, ErrorSaysWhichWhatWasGivenAndWhatWasExpected) {
  const error e = attempt(x, y, 2);
  EXPECT_EQ(e.code(), error_code::argument_type);
  EXPECT_EQ(e.kind(), error_class::programmer);
  EXPECT_EQ(e.device(), "cpu:0");
  EXPECT_EQ(e.message(), "argument 2 'factor': given a value of type int (4 bytes), expected 'float factor'");
  EXPECT_NE(e.remedy().find("kernel void scale("), std::string::npos);
}

TEST_F(arguments, ValuesAreCheckedByKindAndSize) {
  EXPECT_EQ(attempt(x, y, 2.0).code(), error_code::argument_type);
  EXPECT_EQ(attempt(x, y, x).code(), error_code::argument_type);
  EXPECT_EQ(attempt(x, y, local_memory{4}).code(), error_code::argument_type);
  EXPECT_EQ(attempt(x, 1.0f, 1.0f).code(), error_code::argument_type);
  const buffer<int> list(dev, 4);
  // A sign does not matter, a width does.
  q.launch(kernels.kernel("append"), 1, list, 7u).wait();
  EXPECT_EQ(failure_of([&] { q.launch(kernels.kernel("append"), 1, list, std::size_t{7}); }).code(),
            error_code::argument_type);
}

TEST_F(arguments, BuffersAreCheckedByElement) {
  const buffer<int> ints(dev, 4);
  const buffer<double> doubles(dev, 4);
  EXPECT_EQ(attempt(ints, y, 1.0f).code(), error_code::argument_type);
  EXPECT_EQ(attempt(doubles, y, 1.0f).code(), error_code::argument_type);
  const buffer<float4> vectors(dev, 1);
  q.launch(scale, 4, vectors, y, 1.0f).wait();
  const buffer<std::byte> bytes(dev, 16);
  q.launch(scale, 4, bytes, y, 1.0f).wait();
  struct pair {
    float a, b;
  };
  const buffer<pair> pairs(dev, 2);
  q.launch(scale, 4, pairs, y, 1.0f).wait();
  q.launch(scale, 4, x.raw(), y, 1.0f).wait();
}

TEST_F(arguments, ReadOnlyBuffersAreNotWritten) {
  const buffer<const float> constant = x;
  q.launch(scale, 4, constant, y, 2.0f).wait();
  EXPECT_EQ(y.to_vector()[3], 8.0f);
  const error e = attempt(x, constant, 2.0f);
  EXPECT_EQ(e.code(), error_code::argument_type);
  EXPECT_NE(e.message().find("the kernel writes through it"), std::string::npos);
}

TEST_F(arguments, HandlesAndDevicesAreChecked) {
  EXPECT_EQ(attempt(x, buffer<float>(), 1.0f).code(), error_code::invalid_handle);
  buffer<float> moved = y;
  const buffer<float> taken = std::move(moved);
  EXPECT_EQ(attempt(x, moved, 1.0f).code(), error_code::invalid_handle);
  const device other = device::open("cpu");
  const buffer<float> foreign(other, 4);
  EXPECT_EQ(attempt(x, foreign, 1.0f).code(), error_code::wrong_device);
  queue elsewhere(other);
  EXPECT_EQ(failure_of([&] { elsewhere.launch(scale, 4, x, y, 1.0f); }).code(), error_code::wrong_device);
}

TEST_F(arguments, LocalMemoryIsOnlyForLocalPointers) {
  const buffer<std::uint64_t> out(dev, 3);
  const kernel locals = kernels.kernel("locals");
  EXPECT_EQ(failure_of([&] { q.launch(locals, 8, x, local_memory{8}, out); }).code(), error_code::argument_type);
  EXPECT_EQ(failure_of([&] { q.launch(locals, 8, local_memory{0}, local_memory{8}, out); }).code(),
            error_code::invalid_size);
}

TEST_F(arguments, ListByIndexAndName) {
  argument_list list(scale);
  list.set(0, x).set("y", y);
  EXPECT_TRUE(list.is_set(1));
  EXPECT_FALSE(list.is_set(2));
  const error unset = failure_of([&] { q.launch(scale, 4, list); });
  EXPECT_EQ(unset.code(), error_code::argument_not_set);
  EXPECT_NE(unset.message().find("2 'factor'"), std::string::npos);
  list.set("factor", 5.0f);
  q.launch(scale, 4, list).wait();
  EXPECT_EQ(y.to_vector()[1], 10.0f);
  // A copy keeps values and buffers of its own.
  argument_list copy = list;
  copy.set("factor", 7.0f);
  q.launch(scale, 4, list).wait();
  EXPECT_EQ(y.to_vector()[1], 10.0f);
  q.launch(scale, 4, copy).wait();
  EXPECT_EQ(y.to_vector()[1], 14.0f);
}

TEST_F(arguments, ListErrorsComeWhenSet) {
  argument_list list(scale);
  EXPECT_EQ(failure_of([&] { list.set("z", 1.0f); }).code(), error_code::argument_name);
  EXPECT_EQ(failure_of([&] { list.set(3, 1.0f); }).code(), error_code::argument_count);
  EXPECT_EQ(failure_of([&] { list.set("factor", 1); }).code(), error_code::argument_type);
  EXPECT_EQ(failure_of([&] { q.launch(kernels.kernel("empty"), 4, list); }).code(), error_code::invalid_argument);
}

TEST_F(arguments, ValuesKnownOnlyAtRunTime) {
  const float factor = 4.0f;
  const argument given[] = {argument(x), argument(y), argument::value(&factor, sizeof factor)};
  q.launch_with(scale, 4, given).wait();
  EXPECT_EQ(y.to_vector()[0], 4.0f);
}

} // namespace
} // namespace dotcompute::test
