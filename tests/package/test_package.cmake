# SPDX-License-Identifier: MIT
# Installs the build to a fresh prefix and uses it as two foreign projects would: one with CMake, one with pkg-config.
# cmake -DBUILD=<build folder> -DSOURCE=<this folder> -DWORK=<scratch folder> -DCXX=<compiler> -DGENERATOR=<name> -P
cmake_minimum_required(VERSION 3.25)

function(run what)
  execute_process(COMMAND ${ARGN} RESULT_VARIABLE status OUTPUT_VARIABLE output ERROR_VARIABLE errors
    WORKING_DIRECTORY ${WORK} TIMEOUT 300)
  if(NOT status EQUAL 0)
    message(FATAL_ERROR "${what} failed (${status}): ${ARGN}\n${output}\n${errors}")
  endif()
  message(STATUS "${what}")
  set(output "${output}" PARENT_SCOPE)
endfunction()

file(REMOVE_RECURSE ${WORK})
file(MAKE_DIRECTORY ${WORK})
# The prefix is another than the build was configured for, and has a space in it.
set(prefix "${WORK}/a prefix")
run("Installed" ${CMAKE_COMMAND} --install ${BUILD} --prefix ${prefix})

# What was installed must not lead back to the build.
file(GLOB_RECURSE texts ${prefix}/*.cmake ${prefix}/*.pc ${prefix}/*.hpp)
if(NOT texts)
  message(FATAL_ERROR "no CMake or pkg-config files were installed")
endif()
foreach(file IN LISTS texts)
  file(READ "${file}" text)
  string(FIND "${text}" "${BUILD}" found)
  if(NOT found EQUAL -1)
    message(FATAL_ERROR "${file} names the build folder")
  endif()
endforeach()

file(COPY ${SOURCE}/consumer DESTINATION ${WORK})
set(project ${WORK}/consumer)
run("Configured a project with find_package" ${CMAKE_COMMAND} -S ${project} -B ${WORK}/build -G ${GENERATOR}
  -DCMAKE_CXX_COMPILER=${CXX} "-DCMAKE_PREFIX_PATH=${prefix}" -DCMAKE_BUILD_TYPE=Release)
run("Built it" ${CMAKE_COMMAND} --build ${WORK}/build)
set(fresh_cache ${CMAKE_COMMAND} -E env DOTCOMPUTE_CACHE_DIR=${WORK}/cache)
# Nothing of the environment leads to the worker process, which is in the prefix that the program was built with.
run("Ran embedded kernels without a compiler" ${fresh_cache} DOTCOMPUTE_COMPILER=/nowhere ${WORK}/build/consumer embedded 16)
file(GLOB_RECURSE worker ${prefix}/dotcompute-worker)
file(RENAME ${worker} ${worker}.away)
execute_process(COMMAND ${fresh_cache} ${WORK}/build/consumer embedded 16 RESULT_VARIABLE status ERROR_VARIABLE errors TIMEOUT 60)
foreach(text ${worker} "no dotcompute-worker to run" "DOTCOMPUTE_WORKER" "isolation::none")
  string(FIND "${errors}" "${text}" found)
  if(status EQUAL 0 OR found EQUAL -1)
    message(FATAL_ERROR "without a worker process the program ended with ${status} and does not say '${text}':\n${errors}")
  endif()
endforeach()
run("Ran them without a worker process, on demand" ${fresh_cache} DOTCOMPUTE_ISOLATION=none ${WORK}/build/consumer embedded 16)
file(RENAME ${worker}.away ${worker})

# An included file decides what is built.
file(WRITE ${project}/include/offset.h "#define OFFSET 100\n")
run("Built again after an included file changed" ${CMAKE_COMMAND} --build ${WORK}/build)
run("Ran the changed kernel" ${fresh_cache} DOTCOMPUTE_COMPILER=/nowhere ${WORK}/build/consumer embedded 115)

# A mistake in a kernel is an error of the build, at its place in the file.
file(APPEND ${project}/kernels/scale.cl "kernel void broken(global int* x) { x[0] = y; }\n")
execute_process(COMMAND ${CMAKE_COMMAND} --build ${WORK}/build RESULT_VARIABLE status OUTPUT_VARIABLE output
  ERROR_VARIABLE output TIMEOUT 300)
if(status EQUAL 0 OR NOT output MATCHES "scale\\.cl:[0-9]+:[0-9]+: error: use of undeclared identifier 'y'")
  message(FATAL_ERROR "a broken kernel was not reported (${status}):\n${output}")
endif()
message(STATUS "A broken kernel stopped the build")

run("Compiled a kernel with the installed compiler process" ${fresh_cache} --unset=DOTCOMPUTE_COMPILER
  "PATH=${prefix}/bin:$ENV{PATH}" ${WORK}/build/consumer source)

find_program(pkg_config pkg-config)
if(pkg_config)
  file(GLOB_RECURSE pc ${prefix}/dotcompute.pc)
  cmake_path(GET pc PARENT_PATH folder)
  set(ask ${CMAKE_COMMAND} -E env "PKG_CONFIG_PATH=${folder}" ${pkg_config})
  run("Asked pkg-config" ${ask} --cflags --libs dotcompute)
  separate_arguments(flags UNIX_COMMAND "${output}")
  run("Built with pkg-config" ${CXX} ${SOURCE}/plain.cpp -o ${WORK}/plain ${flags})
  run("Asked for the library folder" ${ask} --variable=libdir dotcompute)
  string(STRIP "${output}" libdir)
  run("Ran it" ${fresh_cache} --unset=DOTCOMPUTE_COMPILER "PATH=${prefix}/bin:$ENV{PATH}" "LD_LIBRARY_PATH=${libdir}"
    ${WORK}/plain)
else()
  message(STATUS "pkg-config is not installed: that half was not tested")
endif()
