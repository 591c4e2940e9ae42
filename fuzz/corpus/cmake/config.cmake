get_filename_component(_IMPORT_PREFIX "${CMAKE_CURRENT_LIST_FILE}" PATH)
set(ZLIB_DIR "/nix/store/0c5b4i2k9x8wq7v6szrpnmlkj1hgfdac-zlib-1.3/lib" [[bracket]] [=[x]]=]) # comment /nix/store/0c5b4i2k9x8wq7v6szrpnmlkj1hgfdac-zlib-1.3
add_library(ZLIB::ZLIB SHARED IMPORTED)
set_target_properties(ZLIB::ZLIB PROPERTIES
  IMPORTED_LOCATION_RELEASE "/nix/store/0c5b4i2k9x8wq7v6szrpnmlkj1hgfdac-zlib-1.3/lib/libz.so.1"
  INTERFACE_INCLUDE_DIRECTORIES "/nix/store/1c5b4i2k9x8wq7v6szrpnmlkj1hgfdac-zlib-1.3-dev/include;${_IMPORT_PREFIX}/include"
  INTERFACE_LINK_LIBRARIES "\$<LINK_ONLY:/nix/store/9c5b4i2k9x8wq7v6szrpnmlkj1hgfdac-glibc-2.38/lib/libm.so>;-L/nix/store/0c5b4i2k9x8wq7v6szrpnmlkj1hgfdac-zlib-1.3/lib")
foreach(f ${_files})
  if(NOT EXISTS "${f}")
    message(FATAL_ERROR "The file
   \"${f}\"")
  endif()
endforeach()
