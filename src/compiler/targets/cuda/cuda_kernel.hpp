// SPDX-License-Identifier: MIT
// One kernel's IR as the text of a CUDA C function, in which a work-item is a thread, or one of the few that a thread
// takes.
#pragma once

#include "compiler/targets/c/emission.hpp"
#include "compiler/targets/cuda/spelling.hpp"

#include <array>
#include <tuple>

namespace dotcompute::cuda {

/// What the kernels of a program share.
struct cuda_program : c_text::program_text {
  std::vector<std::string>& print_formats; ///< formats, and texts that kernels print
  bool uses_local_memory = false;
};

struct kernel_options {
  std::string symbol;
  std::optional<std::array<std::uint32_t, 3>> local_size;
  /// Ids, sizes and offsets of work-items fit 31 bits. False: they are computed in 64.
  bool narrow_ids = true;
  const ir::function* coarse = nullptr; ///< what launch_state::coarse_blocks run; null: there are none
  unsigned items = 1;                   ///< work-groups that each of those takes
};

class cuda_kernel final : public c_text::kernel_text {
  using query = ir::work_item_query;
  using expression = c_text::expression;

 public:
  cuda_kernel(cuda_program& shared, const ir::function& f, const kernel_reflection& reflection, kernel_options options);

  /// The function, with its body.
  std::string run();
  std::uint64_t local_bytes() const { return local_bytes_; }
  bool prints() const { return prints_; }
  /// Whether 64-bit ids would change the text.
  bool depends_on_width() const { return depends_on_width_; }
  /// Of a flat kernel: blocks may hang over the range's end in so many dimensions.
  unsigned guarded_dimensions() const { return guarded_dimensions_; }

 private:
  /// The body of `whole` for work-items that are several to a thread.
  cuda_kernel(const cuda_kernel& whole, const ir::function& coarse);

  // functions.cpp
  expression real_arithmetic(const ir::operation& op, unsigned component) override;
  expression bit_function(const ir::operation& op, unsigned component, c_text::spelling& type) override;

  // entry.cpp
  void allocate_local(const ir::operation& op) override;
  void copy_words(const address& to, const address& from, unsigned bytes, std::uint64_t words) override;
  void lay_out_local_memory();
  std::string make_parameters();
  value make_parameter(std::size_t i, std::string& declaration);
  void declare_ids();
  void leave_outside_of_range();
  value id(const ir::operation& op);
  std::string name_id(const char* hint, unsigned dimension, const std::string& computed);
  std::string group_text(unsigned dimension) const;
  std::string item_text(unsigned dimension) const;

  // print.cpp
  void print(const ir::operation& op) override;
  expression text_index(const ir::operation& op);

  cuda_program& program_;
  kernel_options options_;
  std::unordered_map<const ir::operation*, std::uint64_t> local_offsets_;
  std::uint64_t local_bytes_ = 0;
  bool is_coarse_ = false; ///< a thread's several work-items
  unsigned guarded_dimensions_ = 3;
  std::array<std::string, 3> items_;                                     ///< names of ids without their offset
  std::map<std::tuple<query, unsigned, std::int64_t>, value> given_ids_; ///< by query, dimension and groups further
  bool prints_ = false, depends_on_width_ = false;
};

} // namespace dotcompute::cuda
