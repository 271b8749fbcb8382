#include "base/build_info.h"
#include "cli/commands/commands.h"
#include "cli/exit_code.h"

namespace haldane::cli {

int RunVersion(const Console& console) {
  console.out << "haldane " << kVersion << "\n";
  return kExitDone;
}

}  // namespace haldane::cli
