// SPDX-License-Identifier: MIT
// Messages between service and worker: descriptors, ends that close, silence, sizes, bytes that are no message.
#include "isolation/control_socket.hpp"
#include "isolation/wire_types.hpp"
#include "support/shared_memory.hpp"

#include <gtest/gtest.h>

#include <fcntl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <random>

namespace dotcompute::isolated {
namespace {

using namespace std::chrono_literals;

std::ptrdiff_t open_descriptors() {
  return std::distance(std::filesystem::directory_iterator("/proc/self/fd"), std::filesystem::directory_iterator());
}

class control : public ::testing::Test {
 protected:
  void SetUp() override {
    int ends[2];
    ASSERT_EQ(::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends), 0);
    left = control_socket(file_descriptor(ends[0]));
    right = control_socket(file_descriptor(ends[1]));
  }
  control_socket left, right;
  message m;
};

TEST_F(control, a_message_arrives_with_its_descriptor) {
  const std::byte text[] = {std::byte{1}, std::byte{2}, std::byte{3}};
  const file_descriptor file = memory_file("dotcompute test", text);
  ASSERT_EQ(left.send(message_kind::load_program, text, file.get(), deadline_after(1s)), exchange::done);
  ASSERT_EQ(right.receive(m, deadline_after(1s)), exchange::done);
  EXPECT_EQ(m.kind, message_kind::load_program);
  EXPECT_EQ(m.payload, std::vector<std::byte>(std::begin(text), std::end(text)));
  ASSERT_TRUE(m.file);
  struct stat sent {
  }, received{};
  ASSERT_EQ(::fstat(file.get(), &sent), 0);
  ASSERT_EQ(::fstat(m.file.get(), &received), 0);
  EXPECT_EQ(sent.st_ino, received.st_ino);
  EXPECT_NE(::fcntl(m.file.get(), F_GETFD) & FD_CLOEXEC, 0);
}

TEST_F(control, a_message_without_a_descriptor_has_none_of_the_one_before) {
  const file_descriptor file = memory_file("dotcompute test", {});
  ASSERT_EQ(left.send(message_kind::answer, {}, file.get(), deadline_after(1s)), exchange::done);
  ASSERT_EQ(left.send(message_kind::answer, {}, -1, deadline_after(1s)), exchange::done);
  ASSERT_EQ(right.receive(m, deadline_after(1s)), exchange::done);
  EXPECT_TRUE(m.file);
  ASSERT_EQ(right.receive(m, deadline_after(1s)), exchange::done);
  EXPECT_FALSE(m.file);
  EXPECT_TRUE(m.payload.empty());
}

TEST_F(control, more_descriptors_than_one_do_not_stay_open) {
  const file_descriptor file = memory_file("dotcompute test", {});
  for (const std::size_t count : {2, 3, 50}) {
    const std::vector<int> files(count, file.get());
    std::vector<char> room(CMSG_SPACE(count * sizeof(int)));
    std::uint8_t kind = static_cast<std::uint8_t>(message_kind::answer);
    iovec piece{&kind, 1};
    msghdr header{};
    header.msg_iov = &piece;
    header.msg_iovlen = 1;
    header.msg_control = room.data();
    header.msg_controllen = room.size();
    cmsghdr* const c = CMSG_FIRSTHDR(&header);
    c->cmsg_level = SOL_SOCKET;
    c->cmsg_type = SCM_RIGHTS;
    c->cmsg_len = CMSG_LEN(count * sizeof(int));
    std::memcpy(CMSG_DATA(c), files.data(), count * sizeof(int));
    const std::ptrdiff_t before = open_descriptors();
    ASSERT_EQ(::sendmsg(left.descriptor(), &header, 0), 1);
    EXPECT_EQ(right.receive(m, deadline_after(1s)), exchange::done);
    m.file.reset();
    EXPECT_EQ(open_descriptors(), before) << count;
  }
}

TEST_F(control, an_end_that_closed_is_told) {
  left.close();
  EXPECT_EQ(right.receive(m, deadline_after(1s)), exchange::closed);
  EXPECT_EQ(right.send(message_kind::answer, {}, -1, deadline_after(1s)), exchange::closed);
}

TEST_F(control, silence_ends_at_the_deadline) {
  const auto began = std::chrono::steady_clock::now();
  EXPECT_EQ(right.receive(m, deadline_after(50ms)), exchange::timed_out);
  const auto took = std::chrono::steady_clock::now() - began;
  EXPECT_GE(took, 50ms);
  EXPECT_LT(took, 150ms);
}

TEST_F(control, a_reader_that_does_not_read_ends_at_the_deadline) {
  const std::vector<std::byte> large(largest_message - 1);
  exchange state = exchange::done;
  const auto began = std::chrono::steady_clock::now();
  for (int i = 0; i < 1000 && state == exchange::done; ++i)
    state = left.send(message_kind::answer, large, -1, deadline_after(50ms));
  EXPECT_EQ(state, exchange::timed_out);
  EXPECT_LT(std::chrono::steady_clock::now() - began, 2s);
}

TEST_F(control, sizes_end_where_the_largest_message_does) {
  const std::vector<std::byte> fits(largest_message - 1, std::byte{7}), too_large(largest_message);
  EXPECT_EQ(left.send(message_kind::answer, fits, -1, deadline_after(1s)), exchange::done);
  ASSERT_EQ(right.receive(m, deadline_after(1s)), exchange::done);
  EXPECT_EQ(m.payload, fits);
  EXPECT_EQ(left.send(message_kind::answer, too_large, -1, deadline_after(1s)), exchange::failed);
  EXPECT_EQ(errno, EMSGSIZE);
}

TEST_F(control, a_packet_that_is_too_large_is_not_taken_for_a_shorter_one) {
  const std::vector<std::byte> packet(largest_message + 100,
                                      std::byte{static_cast<std::uint8_t>(message_kind::answer)});
  ASSERT_EQ(::send(left.descriptor(), packet.data(), packet.size(), 0), static_cast<ssize_t>(packet.size()));
  EXPECT_EQ(right.receive(m, deadline_after(1s)), exchange::failed);
  EXPECT_EQ(errno, EMSGSIZE);
}

/// Every prefix, and many copies with changed bytes, go through `read`, which must come back.
template <class Read>
void damage(const std::vector<std::byte>& good, Read&& read) {
  for (std::size_t n = 0; n <= good.size(); ++n)
    read(std::span(good).first(n));
  std::mt19937 random(11);
  for (int i = 0; i < 20000; ++i) {
    std::vector<std::byte> bad = good;
    for (unsigned changes = 1 + random() % 4; changes-- > 0 && !bad.empty();)
      bad[random() % bad.size()] = static_cast<std::byte>(random());
    if (random() % 4 == 0) bad.resize(random() % (bad.size() + 1));
    read(std::span<const std::byte>(bad));
  }
}

template <class T>
void expect_decoding_survives(const std::vector<std::byte>& good) {
  T whole;
  byte_reader all(good);
  EXPECT_TRUE(decode(all, whole));
  EXPECT_EQ(all.remaining(), 0u);
  damage(good, [&](std::span<const std::byte> bytes) {
    T value;
    byte_reader in(bytes);
    const bool is_read = decode(in, value);
    if (bytes.size() < good.size() && std::equal(bytes.begin(), bytes.end(), good.begin())) {
      EXPECT_FALSE(is_read) << bytes.size();
    }
  });
}

TEST(wire_types, descriptions_of_drivers_are_read_whole_or_refused) {
  driver_description d;
  d.id = "cpu:0";
  d.threads = 300;
  expect_decoding_survives<driver_description>(encode(d));
}

TEST(wire_types, descriptions_of_devices_are_read_whole_or_refused) {
  device_description d;
  d.properties.name = std::string("a processor");
  d.properties.backend = std::string("cpu");
  d.target = compiler::cpu_target{};
  d.segment_granularity = 2 << 20;
  expect_decoding_survives<device_description>(encode(d));
  compiler::cuda_target gpu;
  d.target = gpu;
  expect_decoding_survives<device_description>(encode(d));
  d.target = compiler::opencl_target{true, false};
  expect_decoding_survives<device_description>(encode(d));
}

TEST(wire_types, lists_of_devices_are_read_whole_or_refused) {
  device_listing l;
  l.devices.resize(2);
  l.devices[0].id = "opencl:0";
  l.devices[0].properties.backend = "opencl";
  l.devices[0].properties.fp64 = true;
  l.devices[0].better_as = "cpu:0";
  l.devices[0].better_because = "of this";
  l.devices[1].id = "opencl:1";
  const std::vector<std::byte> good = encode(l);
  device_listing back;
  byte_reader in(good);
  ASSERT_TRUE(decode(in, back));
  ASSERT_EQ(back.devices.size(), 2u);
  EXPECT_EQ(back.devices[0].better_because, "of this");
  EXPECT_EQ(back.devices[0].properties.fp64, l.devices[0].properties.fp64);
  EXPECT_FALSE(back.devices[1].properties.fp64);
  expect_decoding_survives<device_listing>(good);
}

TEST(wire_types, images_are_read_whole_or_refused) {
  drivers::program_image image;
  const std::vector<std::byte> code(100, std::byte{0x90});
  image.name = "blur.cl";
  image.binary = code;
  drivers::kernel_code k;
  k.kernel = k.symbol = "blur";
  k.arguments = {{0, 8, argument_space::global}, {8, 4, argument_space::value}, {16, 8, argument_space::local}};
  image.kernels = {k, k};
  image.print_formats = {"%d\n", "x"};
  const std::vector<std::byte> good = encode(image);
  stored_image s;
  byte_reader in(good);
  ASSERT_TRUE(decode(in, s));
  EXPECT_EQ(s.binary, code);
  EXPECT_EQ(s.image.kernels[1].arguments, k.arguments);
  expect_decoding_survives<stored_image>(good);
}

TEST(wire_types, errors_come_through_and_damaged_ones_are_errors_too) {
  byte_writer out;
  write_error(out, error(error_code::out_of_device_memory, "no room", {"cpu:0", 1, "make a segment", "Free some."}));
  const std::vector<std::byte> good = out.take();
  byte_reader in(good);
  const error e = read_error(in, "cpu:0", 3);
  EXPECT_EQ(e.code(), error_code::out_of_device_memory);
  EXPECT_EQ(e.message(), "no room");
  EXPECT_EQ(e.remedy(), "Free some.");
  damage(good, [](std::span<const std::byte> bytes) {
    byte_reader damaged(bytes);
    const error read = read_error(damaged, "cpu:0", 3);
    EXPECT_LE(read.kind(), error_class::fatal);
    EXPECT_LE(read.message().size(), bytes.size() + 100);
  });
}

} // namespace
} // namespace dotcompute::isolated
