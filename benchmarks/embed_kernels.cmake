# SPDX-License-Identifier: MIT
# Writes OUTPUT, a header with the kernels of each of FILES (OpenCL C) as dotcompute::benchmark::kernels::<file name>,
# together with the same kernels in CUDA C where CUDA_FOLDER has a file of that name.
set(text "// SPDX-License-Identifier: MIT\n#pragma once\n\n#include \"side.hpp\"\n\nnamespace dotcompute::benchmark::kernels {\n\n")
foreach(file ${FILES})
  get_filename_component(name ${file} NAME_WE)
  file(READ ${file} content)
  string(APPEND text "inline constexpr kernel_source ${name}{R\"opencl(${content})opencl\",\n")
  if(EXISTS ${CUDA_FOLDER}/${name}.cu)
    file(READ ${CUDA_FOLDER}/${name}.cu content)
    string(APPEND text "R\"cuda(${content})cuda\"};\n\n")
  else()
    string(APPEND text "nullptr};\n\n")
  endif()
endforeach()
string(APPEND text "} // namespace dotcompute::benchmark::kernels\n")
file(WRITE ${OUTPUT}.new "${text}")
file(COPY_FILE ${OUTPUT}.new ${OUTPUT} ONLY_IF_DIFFERENT)
file(REMOVE ${OUTPUT}.new)
