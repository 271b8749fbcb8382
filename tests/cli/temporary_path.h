#pragma once

#include <gtest/gtest.h>
#include <unistd.h>

#include <string>

#include "absl/strings/str_cat.h"

namespace haldane::cli {

// A file name of this process alone: tests run side by side.
inline std::string TemporaryPath(absl::string_view name) {
  return absl::StrCat(::testing::TempDir(), "/", getpid(), "_", name);
}

}  // namespace haldane::cli
