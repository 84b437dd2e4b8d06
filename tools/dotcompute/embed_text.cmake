# SPDX-License-Identifier: MIT
# Writes OUTPUT, a header with the text of INPUT as dotcompute::tool::NAME.
file(READ ${INPUT} content)
file(WRITE ${OUTPUT} "// SPDX-License-Identifier: MIT\n#pragma once\n\nnamespace dotcompute::tool {\n\n"
  "inline constexpr const char* ${NAME} = R\"page(${content})page\";\n\n} // namespace dotcompute::tool\n")
