# Installs tools, libraries, headers (generated ones too) and the package that
# find_package(Sattn) finds. A library SattnX becomes the target Sattn::X.
include(CMakePackageConfigHelpers)
include(GNUInstallDirs)
get_property(libraries GLOBAL PROPERTY SATTN_LIBRARIES)
get_property(tools GLOBAL PROPERTY SATTN_TOOLS)

set(SATTN_EXPORTED_LIBRARIES "")
foreach(library IN LISTS libraries)
  string(REGEX REPLACE "^Sattn" "" name ${library})
  set_target_properties(${library} PROPERTIES EXPORT_NAME ${name})
  list(APPEND SATTN_EXPORTED_LIBRARIES Sattn::${name})
endforeach()

install(TARGETS ${libraries} EXPORT SattnTargets
  ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR} LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR})
install(TARGETS ${tools}
  RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR} LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR})
install(DIRECTORY "${PROJECT_SOURCE_DIR}/include/sattn" DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}
  FILES_MATCHING PATTERN "*.h" PATTERN "*.td")
install(DIRECTORY "${PROJECT_BINARY_DIR}/include/sattn" DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}
  FILES_MATCHING PATTERN "*.inc" PATTERN CMakeFiles EXCLUDE)

set(package "${CMAKE_INSTALL_LIBDIR}/cmake/sattn")
install(EXPORT SattnTargets NAMESPACE Sattn:: DESTINATION "${package}")
configure_package_config_file("${CMAKE_CURRENT_LIST_DIR}/SattnConfig.cmake.in"
  "${PROJECT_BINARY_DIR}/SattnConfig.cmake" INSTALL_DESTINATION "${package}")
write_basic_package_version_file("${PROJECT_BINARY_DIR}/SattnConfigVersion.cmake"
  COMPATIBILITY SameMinorVersion)
install(FILES "${PROJECT_BINARY_DIR}/SattnConfig.cmake" "${PROJECT_BINARY_DIR}/SattnConfigVersion.cmake"
  DESTINATION "${package}")
install(FILES "${PROJECT_SOURCE_DIR}/LICENSE" DESTINATION "${CMAKE_INSTALL_DOCDIR}")
