# SPDX-License-Identifier: MIT
# Writes OUTPUT, a C++ file that defines compiler_identity(): LLVM's version and a digest of all that shapes what the
# compiler produces. Run as a script at build time: -DSOURCES=<folder>... -DLLVM=<version> -DOUTPUT=<file>
set(digests "")
foreach(folder IN LISTS FOLDERS)
  file(GLOB_RECURSE files ${folder}/*.cpp ${folder}/*.hpp ${folder}/*.inc ${folder}/*.cl)
  list(SORT files)
  foreach(file IN LISTS files)
    file(SHA256 ${file} digest)
    cmake_path(GET file FILENAME name)
    string(APPEND digests "${name} ${digest}\n")
  endforeach()
endforeach()
string(SHA256 identity "${digests}")
string(SUBSTRING "${identity}" 0 24 identity)
set(text "// SPDX-License-Identifier: MIT
#include \"compiler/cache/request_key.hpp\"

namespace dotcompute::compiler {

std::string_view compiler_identity() { return \"${VERSION} llvm-${LLVM} ${identity}\"; }

} // namespace dotcompute::compiler
")
if(EXISTS ${OUTPUT})
  file(READ ${OUTPUT} present)
endif()
# An unchanged file keeps its time stamp, and nothing is compiled again.
if(NOT "${present}" STREQUAL "${text}")
  file(WRITE ${OUTPUT} "${text}")
endif()
