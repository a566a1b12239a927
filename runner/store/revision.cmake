# Writes OUTPUT, a header with the git revision of SOURCE and whether its tracked files were changed since; both empty
# where SOURCE is not a git checkout of its own. The file is touched only when its contents change.
function(git result)
  execute_process(COMMAND git -C ${SOURCE} ${ARGN} OUTPUT_VARIABLE output ERROR_QUIET RESULT_VARIABLE failed
                  OUTPUT_STRIP_TRAILING_WHITESPACE)
  if(failed)
    set(output "")
  endif()
  set(${result} "${output}" PARENT_SCOPE)
endfunction()

git(place rev-parse --show-prefix --is-inside-work-tree)
string(STRIP "${place}" place)
set(revision "")
set(dirty false)
if(place STREQUAL "true")
  git(revision rev-parse HEAD)
  git(changes status --porcelain --untracked-files=no)
  if(changes)
    set(dirty true)
  endif()
endif()
file(CONFIGURE OUTPUT ${OUTPUT} CONTENT [[
#pragma once

inline constexpr const char* kRevision = "@revision@";
inline constexpr bool kDirty = @dirty@;
]] @ONLY)
