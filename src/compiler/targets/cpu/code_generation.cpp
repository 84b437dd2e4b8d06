// SPDX-License-Identifier: MIT
#include "compiler/targets/cpu/code_generation.hpp"

#include "compiler/targets/cpu/gather_indices.hpp"
#include "compiler/targets/cpu/lowering.hpp"
#include "compiler/targets/cpu/ternary_logic.hpp"

#include <llvm/IR/LegacyPassManager.h>
#include <llvm/IR/Verifier.h>
#include <llvm/MC/MCSubtargetInfo.h>
#include <llvm/MC/TargetRegistry.h>
#include <llvm/Passes/PassBuilder.h>
#include <llvm/Support/CommandLine.h>
#include <llvm/Support/TargetSelect.h>
#include <llvm/Support/raw_ostream.h>
#include <llvm/Target/TargetMachine.h>
#include <llvm/TargetParser/Host.h>

#include <algorithm>
#include <bit>

namespace dotcompute::cpu {

namespace {

void initialize_targets() {
  static const bool once = [] {
    llvm::InitializeNativeTarget();
    llvm::InitializeNativeTargetAsmPrinter();
    return true;
  }();
  static_cast<void>(once);
}

const llvm::Target* native_target(const std::string& triple, std::string& error) {
  initialize_targets();
  return llvm::TargetRegistry::lookupTarget(triple, error);
}

std::unique_ptr<llvm::TargetMachine> make_machine(const resolved_target& t, bool optimizes, std::string& error) {
  const llvm::Target* target = native_target(t.triple, error);
  if (!target) return nullptr;
  llvm::TargetOptions options;
  options.AllowFPOpFusion = llvm::FPOpFusion::Standard;
  return std::unique_ptr<llvm::TargetMachine>(
      target->createTargetMachine(t.triple, t.cpu, t.features, options, llvm::Reloc::PIC_, std::nullopt,
                                  optimizes ? llvm::CodeGenOptLevel::Default : llvm::CodeGenOptLevel::None));
}

/// What code that comes in lanes already gains from: variables into registers, common and invariant values, unrolled
/// tile loops. LLVM's own -O2 costs about twice the time, most of it for vectorising and for calls that are not there.
constexpr const char* pass_pipeline =
    "always-inline,globaldce,function(sroa<modify-cfg>,early-cse<memssa>,simplifycfg,instcombine<no-verify-fixpoint>,"
    "loop-mssa(loop-rotate,licm),simplifycfg,loop(indvars,loop-deletion,loop-unroll-full),sroa<modify-cfg>,"
    "early-cse<memssa>,gvn,instcombine<no-verify-fixpoint>,loop-mssa(licm),"
    "loop-vectorize<vectorize-forced-only;interleave-forced-only>,loop-unroll<O2;no-runtime>,early-cse<memssa>"
    ","
    "simplifycfg,instcombine<no-verify-fixpoint>,adce)";

/// Without optimisation: what keeps a kernel's variables off the stack.
constexpr const char* least_pipeline = "always-inline,globaldce,function(sroa<modify-cfg>,simplifycfg,early-cse)";

void run_passes(llvm::Module& module, llvm::TargetMachine& machine, const char* names) {
  llvm::LoopAnalysisManager loops;
  llvm::FunctionAnalysisManager functions;
  llvm::CGSCCAnalysisManager call_graph;
  llvm::ModuleAnalysisManager modules;
  llvm::PassBuilder passes(&machine);
  passes.registerModuleAnalyses(modules);
  passes.registerCGSCCAnalyses(call_graph);
  passes.registerFunctionAnalyses(functions);
  passes.registerLoopAnalyses(loops);
  passes.crossRegisterProxies(loops, functions, call_graph, modules);
  llvm::ModulePassManager pipeline;
  llvm::cantFail(passes.parsePassPipeline(pipeline, names));
  pipeline.run(module, modules);
}

/// LLVM's schedulers relate each memory access of a block to up to a thousand others, in time that grows with the
/// square of that number; the unrolled packs of a work-group make such blocks from small kernels. No processor looks
/// further ahead than a hundred accesses. LLVM has no interface for it but the option, which linking sets back.
void bound_scheduling() {
  auto& options = llvm::cl::getRegisteredOptions();
  const auto found = options.find("dag-maps-huge-region");
  if (found != options.end()) static_cast<llvm::cl::opt<unsigned>*>(found->second)->setValue(100);
}

std::vector<std::byte> bytes_of(llvm::StringRef text) {
  std::vector<std::byte> bytes(text.size());
  std::transform(text.begin(), text.end(), bytes.begin(), [](char c) { return static_cast<std::byte>(c); });
  return bytes;
}

void report(compiler::result& out, std::string message) {
  out.diagnostics.push_back({compiler::severity::error, "", 0, 0, std::move(message)});
}

/// Lanes and their order for one kernel.
analysis::pack_configuration choose_packs(const kernel_request& k, const resolved_target& target,
                                          std::uint32_t requested_lanes) {
  analysis::pack_configuration packs;
  packs.lanes = requested_lanes ? requested_lanes : target.lanes;
  packs.local_size = k.local_size;
  if (!k.local_size) return packs;
  const auto [x, y, z] = *k.local_size;
  if (y * z == 1 || x % packs.lanes == 0) return packs;
  // Rows that are narrower than a register: a narrower register whose lanes are one row, else rows one after another.
  if (!requested_lanes && x < packs.lanes && x >= 4 && std::has_single_bit(x))
    packs.lanes = x;
  else if (x < 2 * packs.lanes)
    packs.linear_packs = true;
  return packs;
}

llvm::GlobalVariable* make_constant(llvm::Module& module, const ir::constant_data& c) {
  llvm::SmallVector<std::uint8_t, 64> bytes;
  for (const std::byte b : c.bytes)
    bytes.push_back(static_cast<std::uint8_t>(b));
  llvm::Constant* data = llvm::ConstantDataArray::get(module.getContext(), bytes);
  auto* global =
      new llvm::GlobalVariable(module, data->getType(), true, llvm::GlobalValue::InternalLinkage, data, c.name);
  global->setAlignment(llvm::Align(std::bit_ceil(std::max(1u, c.alignment))));
  return global;
}

} // namespace

resolved_target resolve(const compiler::cpu_target& wanted, std::string& error) {
  resolved_target t;
  t.triple = llvm::sys::getProcessTriple();
  const llvm::Target* target = native_target(t.triple, error);
  if (!target) return t;
  t.cpu = wanted.cpu.empty() || wanted.cpu == "native" ? llvm::sys::getHostCPUName().str() : wanted.cpu;
  t.features = wanted.features;
  if (t.cpu == llvm::sys::getHostCPUName() && wanted.cpu != t.cpu) {
    // What the machine really has, which may be less than its name promises (a virtual machine may mask features).
    std::string host;
    for (const auto& feature : llvm::sys::getHostCPUFeatures())
      host += (host.empty() ? "" : ",") + std::string(feature.second ? "+" : "-") + feature.first().str();
    t.features = host + (t.features.empty() || host.empty() ? "" : ",") + t.features;
  }
  const std::unique_ptr<llvm::MCSubtargetInfo> info(target->createMCSubtargetInfo(t.triple, t.cpu, t.features));
  if (!info || !info->isCPUStringValid(t.cpu)) {
    error = "unknown cpu '" + t.cpu + "' for " + t.triple + "; expected \"native\" or a name that LLVM 19 knows";
    return t;
  }
  if (llvm::StringRef(t.triple).starts_with("x86_64")) {
    const auto has = [&](const char* feature) { return info->checkFeatures(std::string("+") + feature); };
    if (has("avx512f") && has("avx512bw") && has("avx512dq") && has("avx512vl"))
      t.register_bits = 512;
    else if (has("avx2"))
      t.register_bits = 256;
  }
  t.lanes = t.register_bits / 32;
  return t;
}

bool generate(const ir::program& p, const std::vector<kernel_request>& kernels, const resolved_target& target,
              std::uint32_t requested_lanes, compiler::stage emit, compiler::result& out) {
  std::string error;
  const std::unique_ptr<llvm::TargetMachine> machine = make_machine(target, p.optimize, error);
  if (!machine) {
    report(out, "cannot generate code for " + target.triple + ": " + error);
    return false;
  }
  llvm::LLVMContext context;
  llvm::Module module("kernels", context);
  module.setTargetTriple(target.triple);
  module.setDataLayout(machine->createDataLayout());
  module.setPICLevel(llvm::PICLevel::BigPIC);

  std::vector<llvm::GlobalVariable*> constants;
  constants.reserve(p.constants.size());
  for (const ir::constant_data& c : p.constants)
    constants.push_back(make_constant(module, c));

  for (const kernel_request& k : kernels) {
    lowering_options options;
    options.packs = choose_packs(k, target, requested_lanes);
    options.flat = k.reflection->is_flat;
    options.has_avx512 = target.register_bits == 512;
    const analysis::private_layout layout = analysis::lay_out_private_memory(*k.kernel);
    const analysis::divergence pack =
        analysis::analyze_divergence(*k.kernel, analysis::pack_domain(options.packs, layout), false);
    const analysis::divergence group =
        analysis::analyze_divergence(*k.kernel, analysis::group_domain(options.packs), true);
    kernel_lowering lowering({module, p, constants, out.print_formats, out.diagnostics}, *k.kernel, *k.reflection,
                             options, layout, pack, group);
    compiler::result::entry entry;
    std::string symbol = "dc_" + k.kernel->name;
    if (k.local_size)
      for (const std::uint32_t n : *k.local_size)
        symbol += "_" + std::to_string(n);
    lowering.run(symbol, entry);
    out.entries.push_back(std::move(entry));
  }
  const std::string bits = std::to_string(target.register_bits);
  for (llvm::Function& f : module) {
    if (f.isDeclaration()) continue;
    f.addFnAttr("target-cpu", target.cpu);
    f.addFnAttr("target-features", target.features);
    f.addFnAttr("prefer-vector-width", bits);
    f.addFnAttr("min-legal-vector-width", bits);
    // What spills leave of the stack is not known here: a frame that is too large meets the guard page, and not what
    // lies behind it.
    f.addFnAttr("probe-stack", "inline-asm");
    f.setDoesNotThrow();
  }

  std::string text;
  llvm::raw_string_ostream stream(text);
  if (llvm::verifyModule(module, &stream)) {
    report(out, "the compiler made LLVM code that LLVM refuses: " + text);
    return false;
  }
  run_passes(module, *machine, p.optimize ? pass_pipeline : least_pipeline);
  narrow_gather_indices(module);
  if (llvm::StringRef(target.triple).starts_with("x86_64")) separate_ternary_logic(module);
  if (emit == compiler::stage::llvm) {
    module.print(stream, nullptr);
    out.binary = bytes_of(text);
    return true;
  }

  llvm::SmallVector<char, 0> code;
  llvm::raw_svector_ostream code_stream(code);
  llvm::legacy::PassManager emission;
  const auto kind =
      emit == compiler::stage::assembly ? llvm::CodeGenFileType::AssemblyFile : llvm::CodeGenFileType::ObjectFile;
  if (machine->addPassesToEmitFile(emission, code_stream, nullptr, kind)) {
    report(out, "LLVM cannot emit this kind of file for " + target.triple);
    return false;
  }
  bound_scheduling();
  emission.run(module);
  out.binary = bytes_of(llvm::StringRef(code.data(), code.size()));
  if (emit != compiler::stage::program) return true;
  out.binary = link_shared(out.binary, error);
  if (out.binary.empty()) report(out, "linking the kernels failed: " + error);
  return !out.binary.empty();
}

} // namespace dotcompute::cpu
