# SPDX-License-Identifier: MIT
# dotcompute_add_kernels(<target> <file.cl>...
#                        [OPTIONS <build option>...] [LOCAL_SIZES <kernel>:<X>x<Y>x<Z>...] [CPUS <cpu>...] [NAME <name>])
#
# Compiles OpenCL C when the target is built and embeds the result, so that the program needs no compiler when it runs:
#   dotcompute::program::from_embedded(device, "file.cl")
#
# OPTIONS      as clBuildProgram takes them: -D N=16 -cl-fast-relaxed-math
# LOCAL_SIZES  kernels that are also compiled for one local size, which is faster for those with barriers or local
#              memory; a kernel may stand here several times. Every kernel runs with any other size all the same.
# CPUS         what the program may run on: x86-64, x86-64-v2, x86-64-v3, x86-64-v4, generic, native. The best that a
#              machine has is taken there. Absent: v2 to v4 on x86-64, generic elsewhere.
# NAME         the name for from_embedded, for one file; else it is the file's own.
#
# The target is an executable or a library that links dotcompute::dotcompute. It is built again when a file that the
# kernels include changes.
function(dotcompute_add_kernels target)
  cmake_parse_arguments(PARSE_ARGV 1 arg "" "NAME" "OPTIONS;LOCAL_SIZES;CPUS")
  if(NOT TARGET ${target})
    message(FATAL_ERROR "dotcompute_add_kernels: '${target}' is no target")
  endif()
  if(NOT arg_UNPARSED_ARGUMENTS)
    message(FATAL_ERROR "dotcompute_add_kernels(${target}): name at least one file of OpenCL C")
  endif()
  list(LENGTH arg_UNPARSED_ARGUMENTS count)
  if(arg_NAME AND count GREATER 1)
    message(FATAL_ERROR "dotcompute_add_kernels(${target}): NAME is for a single file, and there are ${count}")
  endif()

  set(flags "")
  if(arg_OPTIONS)
    list(JOIN arg_OPTIONS " " options)
    # In one word: a value that starts with a dash would else be taken for the next flag.
    list(APPEND flags "--options=${options}")
  endif()
  foreach(size IN LISTS arg_LOCAL_SIZES)
    list(APPEND flags "--local-size=${size}")
  endforeach()
  foreach(cpu IN LISTS arg_CPUS)
    list(APPEND flags "--cpu=${cpu}")
  endforeach()

  get_target_property(type ${target} TYPE)
  foreach(file IN LISTS arg_UNPARSED_ARGUMENTS)
    cmake_path(ABSOLUTE_PATH file BASE_DIRECTORY ${CMAKE_CURRENT_SOURCE_DIR} NORMALIZE)
    if(NOT EXISTS ${file})
      message(FATAL_ERROR "dotcompute_add_kernels(${target}): there is no file ${file}")
    endif()
    cmake_path(GET file FILENAME name)
    if(arg_NAME)
      set(name ${arg_NAME})
    endif()
    string(MD5 unique "${target} ${name}")
    set(symbol dotcompute_embedded_${unique})
    set(output ${CMAKE_CURRENT_BINARY_DIR}/dotcompute_kernels/${unique}.cpp)
    get_property(taken TARGET ${target} PROPERTY DOTCOMPUTE_EMBEDDED)
    if(symbol IN_LIST taken)
      message(FATAL_ERROR "dotcompute_add_kernels(${target}): '${name}' is embedded twice; give one another NAME")
    endif()
    set_property(TARGET ${target} APPEND PROPERTY DOTCOMPUTE_EMBEDDED ${symbol})
    file(MAKE_DIRECTORY ${CMAKE_CURRENT_BINARY_DIR}/dotcompute_kernels)
    add_custom_command(OUTPUT ${output}
      COMMAND dotcompute::compiler --compile ${file} --embed ${output} --symbol ${symbol} "--name=${name}"
        --depfile ${output}.d ${flags}
      DEPENDS ${file} dotcompute::compiler DEPFILE ${output}.d
      COMMENT "Compiling kernels of ${name} for ${target}" VERBATIM)
    target_sources(${target} PRIVATE ${output})
    if(type STREQUAL "STATIC_LIBRARY")
      # Nobody refers to the object that registers the program: without this the linker leaves it in the archive.
      target_link_options(${target} INTERFACE LINKER:-u,${symbol})
    endif()
  endforeach()
endfunction()
