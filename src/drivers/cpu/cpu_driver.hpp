// SPDX-License-Identifier: MIT
// The driver of the machine's own processors.
#pragma once

#include "drivers/cpu/library_cache.hpp"
#include "drivers/cpu/thread_pool.hpp"
#include "drivers/driver.hpp"
#include "drivers/print_sink.hpp"

#include <memory>

namespace dotcompute::cpu {

class cpu_driver final : public drivers::driver, public drivers::host_executor {
 public:
  /// Throws out_of_threads.
  cpu_driver(const std::string& name, const drivers::driver_options& options);

  const capabilities& properties() const noexcept override { return properties_; }
  compiler::target_description target() const override { return compiler::cpu_target{}; }
  drivers::host_executor* host() noexcept override { return this; }
  std::uint32_t threads() const noexcept override { return pool_.threads(); }
  bool is_host_memory() const noexcept override { return true; }
  std::unique_ptr<drivers::segment> create_segment(buffer_kind kind, std::uint64_t bytes) override;
  std::unique_ptr<drivers::segment> create_segment_at(buffer_kind kind, std::uint64_t bytes,
                                                      std::byte* address) override;
  std::unique_ptr<drivers::segment> attach_segment(buffer_kind kind, std::uint64_t bytes, int file,
                                                   std::byte* address) override;
  std::uint64_t segment_granularity() const noexcept override;
  /// Another opening of the processors has its memory in this process as well.
  drivers::peer_reach reach(driver& other) override {
    return dynamic_cast<cpu_driver*>(&other) ? drivers::peer_reach{true, {}} : driver::reach(other);
  }
  std::function<drivers::memory_usage()> memory_query() const override;
  std::shared_ptr<const drivers::loaded_program> load(const drivers::program_image& image) override;
  drivers::outcome execute(const drivers::launch_command& c, const drivers::execution_context& context) override;
  drivers::outcome execute(const drivers::copy_command& c, const drivers::execution_context& context) override;
  drivers::outcome execute(const drivers::fill_command& c, const drivers::execution_context& context) override;
  double expected_nanoseconds(const drivers::launch_command& c) const noexcept override;
  bool assist(const void* completion_context, time_point leave_by) override;
  void look_after(const std::shared_ptr<drivers::background_work>& work) override;
  void forget(const drivers::background_work* work) noexcept override;
  void start(std::shared_ptr<drivers::background_work> work) override;
  void expect_soon() override;

 private:
  template <class Context>
  drivers::outcome share(const job_functions& functions, const Context& job, std::uint64_t first, std::uint64_t chunks,
                         const drivers::execution_context& context);

  const std::string name_;
  capabilities properties_;
  std::uint32_t cache_kibibytes_ = ~std::uint32_t{0}; ///< so large when unknown that nothing is thought to exceed it
  std::shared_ptr<drivers::print_sink> sink_;
  library_cache libraries_{64};
  thread_pool pool_;
};

/// What device enumeration shows for this machine.
capabilities describe_processors();

} // namespace dotcompute::cpu
