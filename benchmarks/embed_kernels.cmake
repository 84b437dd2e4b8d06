# SPDX-License-Identifier: MIT
# Writes OUTPUT, a header with the text of each of FILES as dotcompute::benchmark::kernels::<file name>.
set(text "// SPDX-License-Identifier: MIT\n#pragma once\n\nnamespace dotcompute::benchmark::kernels {\n\n")
foreach(file ${FILES})
  get_filename_component(name ${file} NAME_WE)
  file(READ ${file} content)
  string(APPEND text "inline constexpr const char* ${name} = R\"opencl(${content})opencl\";\n\n")
endforeach()
string(APPEND text "} // namespace dotcompute::benchmark::kernels\n")
file(WRITE ${OUTPUT}.new "${text}")
file(COPY_FILE ${OUTPUT}.new ${OUTPUT} ONLY_IF_DIFFERENT)
file(REMOVE ${OUTPUT}.new)
