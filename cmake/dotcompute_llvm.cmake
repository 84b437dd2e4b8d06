# SPDX-License-Identifier: MIT
# dotcompute_llvm: clang, LLVM and lld for the rooms of the compiler. Programs link the shared libraries, which makes
# them small and quick to link; a program with the property DOTCOMPUTE_STATIC_LLVM links the archives instead. That
# spares the dynamic loader half a million relocations: an empty program starts in 7 ms instead of 25.
find_package(LLVM 19.1 REQUIRED CONFIG HINTS /usr/lib/llvm-19)
find_library(DOTCOMPUTE_CLANG_LIBRARY NAMES clang-cpp HINTS ${LLVM_LIBRARY_DIRS} REQUIRED NO_DEFAULT_PATH)
find_library(DOTCOMPUTE_LLD_ELF NAMES lldELF HINTS ${LLVM_LIBRARY_DIRS} REQUIRED)
find_library(DOTCOMPUTE_LLD_COMMON NAMES lldCommon HINTS ${LLVM_LIBRARY_DIRS} REQUIRED)

# lld needs no order among archives, and links these in about a second.
find_program(DOTCOMPUTE_LLD ld.lld HINTS ${LLVM_TOOLS_BINARY_DIR} NO_DEFAULT_PATH)
set(clang_archives "")
foreach(library Frontend Driver Parse Sema Edit Analysis AST ASTMatchers Lex Basic Serialization Support APINotes)
  find_library(DOTCOMPUTE_clang${library} NAMES libclang${library}.a HINTS ${LLVM_LIBRARY_DIRS} NO_DEFAULT_PATH)
  mark_as_advanced(DOTCOMPUTE_clang${library})
  if(DOTCOMPUTE_clang${library})
    list(APPEND clang_archives ${DOTCOMPUTE_clang${library}})
  endif()
endforeach()
# The files rather than LLVM's exported targets: those pull in Polly, a package of its own that nothing here needs.
find_program(DOTCOMPUTE_LLVM_CONFIG llvm-config HINTS ${LLVM_TOOLS_BINARY_DIR} NO_DEFAULT_PATH)
set(llvm_archives "")
if(DOTCOMPUTE_LLVM_CONFIG)
  execute_process(
    COMMAND ${DOTCOMPUTE_LLVM_CONFIG} --link-static --libfiles native asmparser lto option passes
      frontendopenmp frontendhlsl frontendoffloading
    OUTPUT_VARIABLE llvm_archives OUTPUT_STRIP_TRAILING_WHITESPACE ERROR_QUIET)
  separate_arguments(llvm_archives)
  list(FILTER llvm_archives EXCLUDE REGEX Polly)
endif()
set(archives_found ON)
foreach(archive ${llvm_archives})
  if(NOT EXISTS ${archive})
    set(archives_found OFF)
  endif()
endforeach()
if(DOTCOMPUTE_LLD AND DOTCOMPUTE_clangFrontend AND llvm_archives AND archives_found)
  set(static_default ON)
else()
  set(static_default OFF)
endif()
option(DOTCOMPUTE_STATIC_LLVM "Link the compiler process with LLVM's archives: it starts faster" ${static_default})

add_library(dotcompute_llvm INTERFACE)
target_include_directories(dotcompute_llvm SYSTEM INTERFACE ${LLVM_INCLUDE_DIRS})
set(static "$<BOOL:$<TARGET_PROPERTY:DOTCOMPUTE_STATIC_LLVM>>")
target_link_libraries(dotcompute_llvm INTERFACE
  ${DOTCOMPUTE_LLD_ELF} ${DOTCOMPUTE_LLD_COMMON}
  "$<${static}:${clang_archives};${llvm_archives};z;zstd;${CMAKE_DL_LIBS}>"
  "$<$<NOT:${static}>:${DOTCOMPUTE_CLANG_LIBRARY};LLVM;z;zstd>")

# Has `target` start fast where this machine's LLVM allows it. Position-independent all the same: what it compiles may
# come from anywhere. Packed relocations cost little and need glibc 2.36.
function(dotcompute_link_llvm_statically target)
  if(NOT DOTCOMPUTE_STATIC_LLVM)
    return()
  endif()
  cmake_path(GET DOTCOMPUTE_LLD PARENT_PATH folder)
  set_target_properties(${target} PROPERTIES DOTCOMPUTE_STATIC_LLVM ON)
  # lld's command line initialises every target that LLVM was configured with. What it links here is this machine's,
  # and the others' code generators would double the program.
  set(text "// SPDX-License-Identifier: MIT\nextern \"C\" {\n")
  foreach(other IN LISTS LLVM_TARGETS_TO_BUILD)
    if(NOT other STREQUAL LLVM_NATIVE_ARCH)
      foreach(part Target TargetInfo TargetMC AsmPrinter AsmParser)
        string(APPEND text "void LLVMInitialize${other}${part}();\nvoid LLVMInitialize${other}${part}() {}\n")
      endforeach()
    endif()
  endforeach()
  file(CONFIGURE OUTPUT ${CMAKE_CURRENT_BINARY_DIR}/other_targets.cpp CONTENT "${text}}\n" @ONLY)
  target_sources(${target} PRIVATE ${PROJECT_SOURCE_DIR}/worker/no_polly.cpp
    ${CMAKE_CURRENT_BINARY_DIR}/other_targets.cpp)
  target_link_options(${target} PRIVATE -B${folder} -fuse-ld=lld -Wl,--gc-sections -Wl,-z,pack-relative-relocs)
endfunction()

# A precompiled header makes gcc's output depend on a file that differs from build to build, and ccache gives up.
if(CMAKE_CXX_COMPILER_LAUNCHER MATCHES ccache)
  set(CMAKE_DISABLE_PRECOMPILE_HEADERS ON)
endif()
