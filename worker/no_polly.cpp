// SPDX-License-Identifier: MIT
// LLVM's link-time optimiser, which lld carries, registers the plug-in Polly where LLVM was configured with it. Its
// archive is a package of its own; what lld links here never reaches that optimiser.
#include <llvm/Passes/PassPlugin.h>

llvm::PassPluginLibraryInfo getPollyPluginInfo();
llvm::PassPluginLibraryInfo getPollyPluginInfo() {
  return {LLVM_PLUGIN_API_VERSION, "none", LLVM_VERSION_STRING, [](llvm::PassBuilder&) {}};
}
