# The deterministic rooms, compiled once more with poison.h ahead of every file: a wall clock, a
# library generator or an unordered container in them does not compile. Only that it compiles counts,
# so it is done in few large units; the rooms' own targets stay as they are, because poison.h needs
# headers ahead of it that would hide an include which a source forgets.
function(tablekey_poisoned room)
  file(GLOB_RECURSE sources CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/${room}/*.cpp)
  list(FILTER sources EXCLUDE REGEX "/sim/(shell|clock)[^/]*$")
  get_target_property(links tablekey_${room} LINK_LIBRARIES)
  list(REMOVE_ITEM links tablekey_flags) # warnings are the other targets' business
  add_library(tablekey_poisoned_${room} OBJECT ${sources})
  set_target_properties(tablekey_poisoned_${room} PROPERTIES UNITY_BUILD ON UNITY_BUILD_BATCH_SIZE 80)
  target_include_directories(tablekey_poisoned_${room} PRIVATE ${PROJECT_SOURCE_DIR}
    $<TARGET_PROPERTY:tablekey_${room},INCLUDE_DIRECTORIES>)
  target_link_libraries(tablekey_poisoned_${room} PRIVATE ${links})
  target_compile_options(tablekey_poisoned_${room} PRIVATE
    -O0 -g0 "SHELL:-include ${PROJECT_SOURCE_DIR}/tests/lint/poison.h")
endfunction()
tablekey_poisoned(sim)
tablekey_poisoned(model)
add_dependencies(tablekey_poisoned_model tablekey_schema) # whose headers are generated
