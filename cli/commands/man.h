#pragma once

#include <string>
#include <vector>

#include "cli/console.h"
#include "cli/render/man.h"

namespace haldane::cli {

// Writes the pages into a directory, which is made if need be.
int RunMan(const std::vector<ManPage>& pages, const std::string& directory, const Console& console);

}  // namespace haldane::cli
