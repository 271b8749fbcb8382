#include "cli/commands/man.h"

#include <filesystem>
#include <fstream>
#include <system_error>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "cli/commands/failure.h"

namespace haldane::cli {

int RunMan(const std::vector<ManPage>& pages, const std::string& directory, const Console& console) {
  std::error_code error;
  std::filesystem::create_directories(directory, error);
  for (const ManPage& page : pages) {
    const std::string file = absl::StrCat(directory, "/", page.file);
    std::ofstream out(file, std::ios::trunc);
    out << page.text << std::flush;
    if (!out) {
      return Fail(
          console, kExitError,
          absl::UnknownError(absl::StrCat("cannot write ", file, "; is the directory there and writable?")));
    }
  }
  console.err << pages.size() << " pages in " << directory << std::endl;
  return kExitDone;
}

}  // namespace haldane::cli
