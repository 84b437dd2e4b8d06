// SPDX-License-Identifier: MIT
// The CUDA C that the compiler makes: what a reader, and NVRTC, should find in it.
#include "compile_text.hpp"

#include <gtest/gtest.h>

namespace dotcompute::tests {
namespace {

std::string cuda_of(std::string source, std::optional<compiler::specialization> local = std::nullopt) {
  const compiler::result r = compile_cuda(std::move(source), compiler::stage::cuda, std::move(local));
  EXPECT_TRUE(r.succeeded) << r.log;
  return text_of(r);
}

std::string cuda_with(const std::string& options, std::string source) {
  compiler::request r = cuda_request(std::move(source));
  r.options = options;
  r.emit = compiler::stage::cuda;
  const compiler::result out = compiler::compile(r);
  EXPECT_TRUE(out.succeeded) << out.log;
  return text_of(out);
}

#define EXPECT_HAS(text, words) EXPECT_NE((text).find(words), std::string::npos) << (text)
#define EXPECT_LACKS(text, words) EXPECT_EQ((text).find(words), std::string::npos) << (text)

TEST(cuda_text, arguments_keep_their_names_types_and_qualifiers) {
  const std::string text = cuda_of("kernel void saxpy(float a, global const float* restrict x, global float* y) {\n"
                                   "  size_t i = get_global_id(0);\n  y[i] = a * x[i] + y[i];\n}\n");
  EXPECT_HAS(text, " dc_saxpy(const float a, const float* __restrict__ x, float* y, const launch_state launch)");
  EXPECT_HAS(text, "y[global_x] = fmaf(a, x[global_x], y[global_x]);");
}

TEST(cuda_text, read_only_without_restrict_is_no_promise) {
  const std::string text = cuda_of("kernel void k(global const float* x, global float* restrict y) {\n"
                                   "  y[get_global_id(0)] = x[get_global_id(0)];\n}\n");
  EXPECT_HAS(text, "const float* x, float* __restrict__ y");
}

TEST(cuda_text, ids_are_32_bits_wide_and_a_second_kernel_serves_longer_ranges) {
  const compiler::result r =
      compile_cuda("kernel void k(global int4* x) { x[get_global_id(0)] += 1; }", compiler::stage::cuda);
  ASSERT_EQ(r.entries.size(), 1u);
  EXPECT_EQ(r.entries[0].symbol, "dc_k");
  EXPECT_EQ(r.entries[0].wide_symbol, "dc_k__wide");
  EXPECT_HAS(text_of(r), "const u32 item_x = blockIdx.x * blockDim.x + threadIdx.x;");
  EXPECT_HAS(text_of(r), "const u64 item_x = (u64)(launch.group_offset[0] + blockIdx.x) * blockDim.x + threadIdx.x;");
}

TEST(cuda_text, ids_that_the_source_cuts_to_32_bits_need_no_second_kernel) {
  const compiler::result r = compile_cuda("kernel void k(global int* x, local int* t) { int i = get_global_id(0);\n"
                                          "  t[get_local_id(0)] = i; barrier(1); x[i] = t[0]; }",
                                          compiler::stage::cuda, compiler::specialization{"k", {64, 1, 1}});
  ASSERT_EQ(r.entries.size(), 1u);
  EXPECT_EQ(r.entries[0].wide_symbol, "");
}

TEST(cuda_text, only_dimensions_that_the_kernel_asks_for_are_guarded) {
  const compiler::result one =
      compile_cuda("kernel void k(global int* x) { x[get_global_id(0)] = 1; }", compiler::stage::cuda);
  EXPECT_EQ(one.entries.at(0).guarded_dimensions, 1u);
  EXPECT_LACKS(text_of(one), "global_size[1]");
  const compiler::result two =
      compile_cuda("kernel void k(global int* x) { x[get_global_id(1)] = 1; }", compiler::stage::cuda);
  EXPECT_EQ(two.entries.at(0).guarded_dimensions, 2u);
  EXPECT_HAS(text_of(two), "if (item_x >= (u32)launch.global_size[0] || item_y >= (u32)launch.global_size[1]) return;");
}

TEST(cuda_text, threads_take_several_work_items_where_one_asks_memory_for_little) {
  const auto items = [](const std::string& body) {
    const compiler::result r = compile_cuda("kernel void k(global const float* restrict a, global float* c, int n) {\n"
                                            "  int i = get_global_id(0); " +
                                                body + " }",
                                            compiler::stage::cuda);
    EXPECT_TRUE(r.succeeded) << r.log;
    const std::string text = text_of(r);
    EXPECT_EQ(text.find("if (blockIdx.x < launch.coarse_blocks) {") != std::string::npos, r.entries.at(0).items > 1);
    return r.entries.at(0).items;
  };
  EXPECT_EQ(items("c[i] = a[i];"), 4u);
  EXPECT_EQ(items("c[i] += a[i];"), 2u);
  EXPECT_EQ(items("c[i] += a[i] + a[i + 1];"), 2u) << "neighbours come with the same line";
  EXPECT_EQ(items("if (i >= n) return; c[i] = a[i];"), 4u);
  EXPECT_EQ(items("if (i < n) c[i] = a[i]; else c[i] = 0;"), 4u);
  EXPECT_EQ(items("c[i] = i;"), 4u);
  EXPECT_EQ(items("c[i] = a[get_group_id(0) + get_local_id(0)];"), 4u);
  EXPECT_EQ(items("vstore4(vload4(i, a), i, c);"), 1u);
  EXPECT_EQ(items("for (int j = 0; j < n; ++j) c[i] += a[j];"), 1u);
  EXPECT_EQ(items("if (a[i] > 0) c[i] = a[i];"), 1u);
  EXPECT_EQ(items("c[n] = 1;"), 1u);
  EXPECT_EQ(items("c[i] = sin(a[i]);"), 1u) << "more arithmetic than a few bytes' wait";
}

TEST(cuda_text, several_work_items_load_before_they_store) {
  const std::string text = cuda_of("kernel void k(global const float* a, global float* c) {\n"
                                   "  size_t i = get_global_id(0); c[i] = a[i] + c[i]; }");
  EXPECT_HAS(text,
             "  if (blockIdx.x < launch.coarse_blocks) {\n"
             "    const u32 global_x = blockIdx.x * 2 * blockDim.x + threadIdx.x + (u32)launch.global_offset[0];\n"
             "    const u32 global_x2 = global_x + blockDim.x;\n"
             "    const float t1 = a[global_x2] + c[global_x2];\n"
             "    c[global_x] = a[global_x] + c[global_x];\n"
             "    c[global_x2] = t1;\n"
             "    return;\n"
             "  }\n"
             "  const u32 item_x = (blockIdx.x + launch.coarse_blocks) * blockDim.x + threadIdx.x;\n");
}

TEST(cuda_text, loops_and_branches_are_c) {
  const std::string text = cuda_of("kernel void k(int n, global const float* x, global float* y) {\n"
                                   "  float sum = 0;\n"
                                   "  for (int i = 0; i < n; ++i) { if (x[i] < 0) continue; if (x[i] > 9) break;\n"
                                   "    sum += x[i]; }\n"
                                   "  y[get_global_id(0)] = sum;\n}\n");
  EXPECT_HAS(text, "for (int i = 0; i < n; ++i) {");
  EXPECT_HAS(text, "break;");
  EXPECT_LACKS(text, "goto");
}

TEST(cuda_text, leaving_two_loops_at_once_jumps) {
  const std::string text = cuda_of("float f(global const float* x) { for (int i = 0; i < 4; ++i)\n"
                                   "  for (int j = 0; j < 4; ++j) if (x[i * j] > 1) return x[i]; return 0; }\n"
                                   "kernel void k(global const float* x, global float* y) { y[get_global_id(0)] = "
                                   "f(x) + 1; }\n");
  EXPECT_HAS(text, "goto leave;");
  EXPECT_HAS(text, "leave:;");
}

TEST(cuda_text, local_memory_is_one_block_with_what_is_declared_first) {
  const compiler::result r = compile_cuda("kernel void k(global float* x, local float* passed) {\n"
                                          "  local float own[33]; local int count[2]; int i = get_local_id(0);\n"
                                          "  own[i] = x[i]; count[i & 1] = i; barrier(CLK_LOCAL_MEM_FENCE);\n"
                                          "  passed[i] = own[i + 1] + count[1]; x[i] = passed[i]; }",
                                          compiler::stage::cuda, compiler::specialization{"k", {32, 2, 1}});
  const std::string text = text_of(r);
  EXPECT_HAS(text, "extern __shared__ __align__(128) u8 local_memory[];");
  EXPECT_HAS(text, "float* const own = (float*)(local_memory + 0);");
  EXPECT_HAS(text, "int* const count = (int*)(local_memory + 144);");
  EXPECT_HAS(text, "const u64 passed_offset");
  EXPECT_HAS(text, "__launch_bounds__(64)");
  EXPECT_HAS(text, "__syncthreads();");
  EXPECT_EQ(r.entries.at(0).local_bytes, 152u);
}

TEST(cuda_text, vectors_move_whole_where_their_alignment_says_so) {
  const std::string text = cuda_of("kernel void k(global const float4* x, global const float* z, global float4* y) {\n"
                                   "  int i = get_global_id(0);\n  y[i] = x[i] + vload4(i, z);\n}\n");
  EXPECT_HAS(text, "const f32x4 x_value = x[t1];");
  EXPECT_HAS(text, "struct alignas(16) f32x4 {");
  EXPECT_HAS(text, "const float z_value = z[(i64)t1 * 4];");
  EXPECT_HAS(text, "y[t1] = f32x4{");
}

TEST(cuda_text, the_fourth_place_of_a_vector_of_three_is_left_alone) {
  const std::string text =
      cuda_of("kernel void k(global const float3* x, global float3* y) { int i = get_global_id(0); y[i] = x[i]; }");
  EXPECT_LACKS(text, "y[t1] = f32x3{");
  EXPECT_LACKS(text, "f32x4");
}

TEST(cuda_text, signed_sums_wrap_except_in_addresses) {
  const std::string text = cuda_of("kernel void k(int a, int b, global const int* restrict x, global int* y) {\n"
                                   "  int i = get_global_id(0);\n  y[i] = a + b + x[i + a];\n}\n");
  EXPECT_HAS(text, "(u32)a + (u32)b");
  EXPECT_HAS(text, "x[t1 + a]");
}

TEST(cuda_text, division_never_has_undefined_results) {
  const std::string text = cuda_of("kernel void k(global int* x, int d) { int i = get_global_id(0);\n"
                                   "  x[i] = x[i] / d; x[i] = x[i] / 7; }");
  EXPECT_HAS(text, "divide(x[t1], d)");
  EXPECT_HAS(text, "x[t1] / 7");
}

TEST(cuda_text, only_asked_for_inexactness) {
  const char* const source = "kernel void k(global float* x) { int i = get_global_id(0); x[i] = x[i] / x[i + 1]; }";
  EXPECT_LACKS(cuda_of(source), "__fdividef");
  EXPECT_HAS(cuda_with("-cl-fast-relaxed-math", source), "__fdividef(x[t1], x[t1 + 1])");
}

TEST(cuda_text, relaxed_functions_are_the_hardwares) {
  struct row {
    const char *call, *printed;
  };
  for (const row& r :
       {row{"exp(x[i])", "__expf(x[t1])"}, row{"exp2(x[i])", "exp2f(x[t1])"}, row{"exp10(x[i])", "__exp10f(x[t1])"},
        row{"log(x[i])", "relaxed_log(x[t1])"}, row{"log2(x[i])", "__log2f(x[t1])"},
        row{"log10(x[i])", "__log10f(x[t1])"}, row{"sin(x[i])", "__sinf(x[t1])"}, row{"cos(x[i])", "__cosf(x[t1])"},
        row{"tan(x[i])", "__tanf(x[t1])"}, row{"powr(x[i], 2.5f)", "__powf(x[t1], 2.5f)"},
        row{"native_sin(x[i])", "__sinf(x[t1])"}, row{"rsqrt(x[i])", "rsqrtf(x[t1])"},
        row{"sqrt(x[i])", " sqrtf(x[t1])"}, row{"native_recip(x[i])", "__fdividef(1.0f, x[t1])"}}) {
    const std::string source =
        std::string("kernel void k(global float* x) { int i = get_global_id(0); x[i] = ") + r.call + "; }";
    for (const char* const options : {"-cl-fast-relaxed-math", "-cl-unsafe-math-optimizations"})
      EXPECT_HAS(cuda_with(options, source), r.printed);
  }
  const char* const plain = "kernel void k(global float* x) { int i = get_global_id(0);\n"
                            "  x[i] = exp(x[i]) + log2(x[i]) + sin(x[i]) + powr(x[i], 2.5f) + native_exp(x[i]); }";
  for (const char* const options : {"", "-cl-mad-enable", "-cl-denorms-are-zero", "-cl-finite-math-only"})
    for (const char* const name : {"__expf", "exp2f", "__log2f", "__sinf", "__powf"})
      EXPECT_LACKS(cuda_with(options, plain), name);
}

TEST(cuda_text, relaxed_powers_keep_the_sign_of_their_base) {
  const std::string text =
      cuda_with("-cl-fast-relaxed-math", "kernel void k(global float* x) { int i = get_global_id(0);\n"
                                         "  x[i] = pow(x[i], x[i + 1]); }");
  EXPECT_HAS(text, "exp2f(");
  EXPECT_HAS(text, "__log2f(fabsf(");
  EXPECT_LACKS(text, "__powf");
}

TEST(cuda_text, doubles_stay_exact) {
  const std::string text =
      cuda_with("-cl-fast-relaxed-math", "kernel void k(global double* x) { int i = get_global_id(0);\n"
                                         "  x[i] = sqrt(x[i]) / x[i + 1]; }");
  EXPECT_HAS(text, "sqrt(x[t1]) / x[t1 + 1]");
}

TEST(cuda_text, what_must_not_fuse_says_so_where_the_rest_may) {
  const char* const source =
      "kernel void k(global float* x, global double* d, float a) {\n"
      "  int i = get_global_id(0);\n"
      "  float free = x[i] * a + x[i + 1];\n  x[i] = free;\n"
      "  {\n#pragma OPENCL FP_CONTRACT OFF\n"
      "    x[i + 2] = x[i + 3] * a - x[i + 4];\n    d[i] = d[i + 1] * d[i + 2] + d[i + 3];\n  }\n}";
  for (const char* const options : {"-cl-fast-relaxed-math", "-cl-mad-enable"}) {
    const std::string text = cuda_with(options, source);
    EXPECT_HAS(text, "x[t1] = x[t1] * a + x[t1 + 1];");
    EXPECT_HAS(text, "__fsub_rn(__fmul_rn(x[t1 + 3], a), x[t1 + 4])");
    EXPECT_HAS(text, "__dadd_rn(__dmul_rn(d[t1 + 1], d[t1 + 2]), d[t1 + 3])");
  }
  // Elsewhere nothing fuses that does not say fmaf.
  const std::string exact = cuda_of(source);
  EXPECT_HAS(exact, "fmaf(x[t1], a, x[t1 + 1])");
  EXPECT_HAS(exact, "x[t1 + 3] * a - x[t1 + 4]");
}

TEST(cuda_text, loops_whose_counter_may_wrap_are_not_unrolled) {
  const auto loop = [](const std::string& head) {
    return cuda_of("kernel void k(global uint* x, uint n, ulong m) { uint s = 0;\n" + head +
                   " s += x[i & 63];\n  x[get_global_id(0)] = s; }");
  };
  for (const char* const head :
       {"for (uint i = n; i < 0xfffff000u; i += 0x12345678u)", "for (uint i = 0; i < n; i += 3)",
        "for (uint i = 0; n > i; i = 3 + i)", "for (uint i = n; i > 1; i -= 3)", "for (ulong i = 0; i <= m; i += 192)",
        "for (uint i = 0; i < 0xfffffffeu; i += 3)",
        "__attribute__((opencl_unroll_hint(4))) for (uint i = 0; i < n; i += 5)",
        "uint i = n; while (i < n) { i += 3; if (i == 7) break; } do i += 7; while (i < n);"})
    EXPECT_HAS(loop(head), "#pragma unroll 1\n") << head;
  for (const char* const head :
       {"for (uint i = 0; i < n; ++i)", "for (uint i = 0; i < n; i += 64)", "for (int i = 0; i < (int)n; i += 3)",
        "for (uint i = 0; i < 0xfffffffdu; i += 3)", "for (uint i = n; i > 2; i -= 3)", "for (uint i = n; i > 0; --i)",
        "for (uint i = 0; i != n; i += 3)"})
    EXPECT_LACKS(loop(head), "#pragma unroll") << head;
}

TEST(cuda_text, grid_stride_loops_take_several_turns_while_so_many_are_left) {
  const std::string text = cuda_of("kernel void k(global const float* x, global float* y, uint n) { float s = 0;\n"
                                   "  for (uint i = get_global_id(0); i < n; i += get_global_size(0)) s += x[i];\n"
                                   "  y[get_global_id(0)] = s; }");
  EXPECT_HAS(text, "(u64)global_size_x * 7ull < (u64)n - (u64)i");
  const std::string one = "s = s + x[i];";
  const std::string narrow = text.substr(0, text.find("__wide"));
  std::size_t turns = 0;
  for (std::size_t at = narrow.find(one); at != std::string::npos; at = narrow.find(one, at + 1))
    ++turns;
  EXPECT_EQ(turns, 8u + 1u) << text;
}

TEST(cuda_text, names_that_get_a_number_do_not_become_types) {
  std::string body;
  for (int n = 0; n < 20; ++n)
    body += "  for (int i = 0; i < n; ++i) x[i] += i; for (uint u = 0; u < n; ++u) x[u] += u;\n";
  const std::string text = cuda_of("kernel void k(global int* x, int n) {\n" + body + "}");
  EXPECT_HAS(text, "int i7");
  EXPECT_HAS(text, "int i9");
  EXPECT_LACKS(text, "int i8");
  EXPECT_LACKS(text, "int i16");
  EXPECT_HAS(text, "u32 u7");
  EXPECT_LACKS(text, "u32 u8 ");
}

TEST(cuda_text, the_larger_of_a_number_and_its_negation_is_chosen_by_its_sign) {
  const std::string text =
      cuda_of("kernel void k(global int* x, int n) { x[0] = max(n & 0x7fffffff, as_int(abs(n))); }");
  EXPECT_HAS(text, "absolute(n, (int)(0u - (u32)n))");
  for (const char* const chosen : {"n > m ? n : m", "min(n, m)", "max(m, n)"})
    EXPECT_HAS(cuda_of(std::string("kernel void k(global int* x, int n) { int m = -n; x[0] = ") + chosen + "; }"),
               "opposite((u32)n)");
  EXPECT_LACKS(cuda_of("kernel void k(global int* x, int n) { x[0] = n < 0 ? -n : n; x[1] = x[2] - n; x[n] = -n; }"),
               "opposite");
}

TEST(cuda_text, unrolling_hints_are_passed_on) {
  const auto loop = [](const std::string& hint) {
    return cuda_of("kernel void k(global float* x, int n) { float s = 0;\n" + hint +
                   "\nfor (int j = 0; j < n; ++j) s += x[j];\n  x[get_global_id(0)] = s; }");
  };
  EXPECT_HAS(loop("__attribute__((opencl_unroll_hint(4)))"), "#pragma unroll 4\n  for (");
  EXPECT_HAS(loop("__attribute__((opencl_unroll_hint))"), "#pragma unroll\n  for (");
  EXPECT_HAS(loop("#pragma unroll 8"), "#pragma unroll 8\n  for (");
  EXPECT_HAS(loop("__attribute__((opencl_unroll_hint(1)))"), "#pragma unroll 1\n  for (");
  EXPECT_LACKS(loop(""), "#pragma unroll");
}

TEST(cuda_text, a_value_read_before_a_write_keeps_what_it_was) {
  const std::string text = cuda_of("kernel void k(global float* x) { int i = get_global_id(0);\n"
                                   "  float a = x[i]; x[i] = 3; x[i + 1] = a; }");
  EXPECT_HAS(text, "const float x_value = x[t1];\n  x[t1] = 3.0f;");
}

TEST(cuda_text, names_that_c_or_cuda_take_are_changed) {
  const std::string text = cuda_of("kernel void k(global float* template, global float* min, int threadIdx) {\n"
                                   "  min[threadIdx] = template[threadIdx]; }");
  EXPECT_HAS(text, "template_");
  EXPECT_HAS(text, "min_[threadIdx_]");
  EXPECT_HAS(cuda_of("kernel void k(global float* constant_0) { constant_0[0] = 1; }"), "float* constant_0_");
}

TEST(cuda_text, constants_are_arrays_and_printed_texts_have_numbers) {
  const compiler::result r = compile_cuda("constant float weights[3] = {0.25f, 0.5f, 0.25f};\n"
                                          "kernel void k(global float* x) { int i = get_global_id(0);\n"
                                          "  x[i] *= weights[i % 3]; printf(\"%s %f\\n\", \"x\", x[i]); }",
                                          compiler::stage::cuda);
  EXPECT_HAS(text_of(r), "const float constant_0[3] = {0.25f, 0.5f, 0.25f};");
  EXPECT_HAS(text_of(r), "print_reserve(launch.print_ring, 24)");
  // Atomics are for device memory alone; the ring is the host's.
  EXPECT_HAS(text_of(r), "__device__ u64 print_taken, print_lost;");
  EXPECT_HAS(text_of(r), "atomicCAS(&print_taken, ");
  EXPECT_EQ(text_of(r).find("(&ring->"), std::string::npos) << text_of(r);
  ASSERT_EQ(r.print_formats.size(), 2u);
  ASSERT_EQ(r.entries.size(), 1u);
  EXPECT_TRUE(r.entries[0].prints);
}

TEST(cuda_text, stages_and_targets_that_do_not_fit_are_refused) {
  const char* const source = "kernel void k(global int* x) { x[0] = 1; }";
  const compiler::result gpu = compile_cuda(source, compiler::stage::assembly);
  EXPECT_FALSE(gpu.succeeded);
  EXPECT_HAS(gpu.log, "ir and cuda");
  const compiler::result cpu = compile_text(source, compiler::stage::cuda);
  EXPECT_FALSE(cpu.succeeded);
  EXPECT_HAS(cpu.log, "GPU target only");
}

} // namespace
} // namespace dotcompute::tests
