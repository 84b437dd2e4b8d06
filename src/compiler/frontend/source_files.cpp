// SPDX-License-Identifier: MIT
#include "compiler/frontend/source_files.hpp"

namespace dotcompute::frontend {

namespace {

constexpr std::string_view opencl_header =
#include "opencl_header.inc"
    ;

class regular_files_only : public llvm::vfs::ProxyFileSystem {
 public:
  using ProxyFileSystem::ProxyFileSystem;

  llvm::ErrorOr<llvm::vfs::Status> status(const llvm::Twine& path) override {
    auto found = ProxyFileSystem::status(path);
    if (found && !found->isRegularFile() && !found->isDirectory())
      return std::make_error_code(std::errc::no_such_file_or_directory);
    return found;
  }

  llvm::ErrorOr<std::unique_ptr<llvm::vfs::File>> openFileForRead(const llvm::Twine& path) override {
    if (const auto found = status(path); !found) return found.getError();
    return ProxyFileSystem::openFileForRead(path);
  }
};

} // namespace

llvm::IntrusiveRefCntPtr<llvm::vfs::FileSystem> make_source_files(const std::string& file_name,
                                                                  std::string_view source) {
  llvm::IntrusiveRefCntPtr<llvm::vfs::FileSystem> disk(new regular_files_only(llvm::vfs::getRealFileSystem()));
  auto layers = llvm::makeIntrusiveRefCnt<llvm::vfs::OverlayFileSystem>(disk);
  auto memory = llvm::makeIntrusiveRefCnt<llvm::vfs::InMemoryFileSystem>();
  // Relative names must mean the same in both layers.
  if (const auto here = disk->getCurrentWorkingDirectory()) (void)memory->setCurrentWorkingDirectory(*here);
  memory->addFile(std::string(resource_directory) + "/include/opencl-c-base.h", 0,
                  llvm::MemoryBuffer::getMemBuffer({opencl_header.data(), opencl_header.size()}, "opencl-c-base.h"));
  memory->addFile(file_name, 0, llvm::MemoryBuffer::getMemBufferCopy({source.data(), source.size()}, file_name));
  layers->pushOverlay(memory);
  return layers;
}

} // namespace dotcompute::frontend
