// SPDX-License-Identifier: MIT
#include "../gpu/copy_kind.hpp"
#include "opencl_side.hpp"

namespace dotcompute::benchmark {

namespace {

/// Host memory with every byte set: any, or such as the driver says that it copies from and to at best.
class opencl_host_memory {
 public:
  opencl_host_memory(std::shared_ptr<opencl_device> device, std::size_t bytes, bool is_pinned)
      : device_(std::move(device)) {
    if (!is_pinned) {
      pageable_.resize(bytes);
      data_ = pageable_.data();
      return;
    }
    mapped_ = std::make_unique<opencl_memory>(device_, bytes, CL_MEM_ALLOC_HOST_PTR);
    cl_int status = CL_SUCCESS;
    data_ = static_cast<std::byte*>(device_->cl.map_buffer(device_->queue, mapped_->buffer(), CL_TRUE,
                                                           CL_MAP_READ | CL_MAP_WRITE, 0, bytes, 0, nullptr, nullptr,
                                                           &status));
    device_->check(status, "clEnqueueMapBuffer");
  }
  ~opencl_host_memory() {
    if (!mapped_) return;
    device_->cl.unmap_buffer(device_->queue, mapped_->buffer(), data_, 0, nullptr, nullptr);
    device_->cl.finish(device_->queue);
  }
  opencl_host_memory(const opencl_host_memory&) = delete;
  opencl_host_memory& operator=(const opencl_host_memory&) = delete;
  std::byte* data() const { return data_; }

 private:
  std::shared_ptr<opencl_device> device_;
  std::vector<std::byte> pageable_;
  std::unique_ptr<opencl_memory> mapped_;
  std::byte* data_ = nullptr;
};

} // namespace

contestant copies_by_opencl(const copy_kind& kind, const opencl_side& side, std::size_t bytes, unsigned repeats) {
  const auto d = side.raw();
  auto there = std::make_shared<opencl_memory>(d, bytes);
  auto other = kind.way == direction::on_device ? std::make_shared<opencl_memory>(d, bytes) : nullptr;
  auto here = std::make_shared<opencl_host_memory>(d, bytes, kind.is_pinned);
  copy_kind::fill(here->data(), bytes);
  there->write({here->data(), bytes});
  if (kind.way != direction::to_device) std::fill_n(here->data(), bytes, std::byte{0});
  const auto run = [=, way = kind.way] {
    const opencl_library& cl = d->cl;
    for (unsigned i = 0; i < repeats; ++i) {
      if (way == direction::to_device)
        d->check(cl.write_buffer(d->queue, there->buffer(), CL_FALSE, 0, bytes, here->data(), 0, nullptr, nullptr),
                 "clEnqueueWriteBuffer");
      else if (way == direction::to_host)
        d->check(cl.read_buffer(d->queue, there->buffer(), CL_FALSE, 0, bytes, here->data(), 0, nullptr, nullptr),
                 "clEnqueueReadBuffer");
      else
        d->check(cl.copy_buffer(d->queue, there->buffer(), other->buffer(), 0, 0, bytes, 0, nullptr, nullptr),
                 "clEnqueueCopyBuffer");
    }
    d->finish();
  };
  const auto check = [=, way = kind.way] {
    if (way == direction::to_host) return copy_kind::differs(here->data(), bytes);
    const auto back = download<std::byte>(way == direction::on_device ? *other : *there, bytes);
    return copy_kind::differs(back.data(), bytes);
  };
  return {side.name(), run, check};
}

} // namespace dotcompute::benchmark
