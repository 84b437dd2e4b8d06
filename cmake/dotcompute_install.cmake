# SPDX-License-Identifier: MIT
# What `cmake --install` puts where: headers, library, the compiler process in libexec, and how CMake and pkg-config
# find them. Everything is found relative to the installed files, so a prefix may be moved.
include(CMakePackageConfigHelpers)

if(NOT TARGET dotcompute)
  return()
endif()

# A static library needs the rooms that it is made of; a shared one contains them.
function(dotcompute_rooms_of target result)
  set(found ${${result}})
  get_target_property(direct ${target} LINK_LIBRARIES)
  get_target_property(forwarded ${target} INTERFACE_LINK_LIBRARIES)
  foreach(item IN LISTS direct forwarded)
    string(REGEX REPLACE "^\\$<LINK_ONLY:(.*)>$" "\\1" item "${item}")
    if(item MATCHES "^dotcompute_" AND TARGET ${item} AND NOT item IN_LIST found)
      list(APPEND found ${item})
      dotcompute_rooms_of(${item} found)
    endif()
  endforeach()
  set(${result} ${found} PARENT_SCOPE)
endfunction()

set(library dotcompute)
if(BUILD_SHARED_LIBS)
  set(library dotcompute_shared)
endif()
get_target_property(DOTCOMPUTE_LIBRARY_TYPE ${library} TYPE)
set(rooms "")
set(DOTCOMPUTE_PC_LIBRARIES "-ldotcompute")
if(DOTCOMPUTE_LIBRARY_TYPE STREQUAL "STATIC_LIBRARY")
  dotcompute_rooms_of(dotcompute rooms)
  set(archives "")
  foreach(room IN LISTS rooms)
    get_target_property(type ${room} TYPE)
    if(type STREQUAL "STATIC_LIBRARY")
      string(APPEND archives " -l${room}")
    endif()
  endforeach()
  # The rooms know each other in one direction only, but not in the order in which they were found.
  string(APPEND DOTCOMPUTE_PC_LIBRARIES " -Wl,--start-group${archives} -Wl,--end-group -lspdlog -lfmt -ldl -pthread")
endif()

install(TARGETS ${library} ${rooms} EXPORT dotcomputeTargets
  ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR} LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR})
install(DIRECTORY ${PROJECT_SOURCE_DIR}/include/dotcompute DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}
  FILES_MATCHING PATTERN "*.hpp")
if(TARGET dotcompute-compiler)
  install(TARGETS dotcompute-compiler dotcompute-worker EXPORT dotcomputeTargets
    RUNTIME DESTINATION ${CMAKE_INSTALL_LIBEXECDIR}/dotcompute)
endif()
install(FILES ${PROJECT_SOURCE_DIR}/LICENSE DESTINATION ${CMAKE_INSTALL_DOCDIR})

set(package_folder ${CMAKE_INSTALL_LIBDIR}/cmake/dotcompute)
install(EXPORT dotcomputeTargets NAMESPACE dotcompute:: DESTINATION ${package_folder})
set(DOTCOMPUTE_PROGRAMS_FOLDER ${CMAKE_INSTALL_LIBEXECDIR}/dotcompute)
configure_package_config_file(${PROJECT_SOURCE_DIR}/cmake/dotcomputeConfig.cmake.in
  ${PROJECT_BINARY_DIR}/dotcomputeConfig.cmake INSTALL_DESTINATION ${package_folder}
  PATH_VARS DOTCOMPUTE_PROGRAMS_FOLDER)
write_basic_package_version_file(${PROJECT_BINARY_DIR}/dotcomputeConfigVersion.cmake COMPATIBILITY SameMinorVersion)
install(FILES ${PROJECT_BINARY_DIR}/dotcomputeConfig.cmake ${PROJECT_BINARY_DIR}/dotcomputeConfigVersion.cmake
  ${PROJECT_SOURCE_DIR}/cmake/dotcompute_add_kernels.cmake DESTINATION ${package_folder})

set(pc_folder ${CMAKE_INSTALL_LIBDIR}/pkgconfig)
cmake_path(RELATIVE_PATH CMAKE_INSTALL_PREFIX BASE_DIRECTORY ${CMAKE_INSTALL_PREFIX}/${pc_folder}
  OUTPUT_VARIABLE DOTCOMPUTE_PREFIX_FROM_PC)
configure_file(${PROJECT_SOURCE_DIR}/cmake/dotcompute.pc.in ${PROJECT_BINARY_DIR}/dotcompute.pc @ONLY)
install(FILES ${PROJECT_BINARY_DIR}/dotcompute.pc DESTINATION ${pc_folder})
