# Writes OUTPUT, a header with one hash of all FILES: what numbers of the benchmark
# rest on. cmake -DOUTPUT=... -DFILES=a,b,c -P code_hash.cmake
string(REPLACE "," ";" FILES "${FILES}")
set(hashes "")
foreach(file ${FILES})
  file(SHA256 ${file} hash)
  string(APPEND hashes ${hash})
endforeach()
string(SHA256 hash "${hashes}")
file(WRITE ${OUTPUT} "#pragma once\n\ninline constexpr char kCodeHash[] = \"${hash}\";\n")
