#pragma once

#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"

namespace haldane {

// The same failure with what was being tried put in front of it:
// Annotate(status, "plan.yaml") -> "plan.yaml: no such file". Ok stays ok.
inline absl::Status Annotate(const absl::Status& status, absl::string_view context) {
  if (status.ok()) return status;
  return absl::Status(status.code(), absl::StrCat(context, ": ", status.message()));
}

}  // namespace haldane

// Returns from the enclosing function when `expr` is not ok.
#define RETURN_IF_ERROR(expr)                                                           \
  do {                                                                                  \
    if (absl::Status status_macro_ = (expr); !status_macro_.ok()) return status_macro_; \
  } while (false)

#define HALDANE_CONCAT_INNER(a, b) a##b
#define HALDANE_CONCAT(a, b) HALDANE_CONCAT_INNER(a, b)

// ASSIGN_OR_RETURN(auto x, F()): x is F()'s value, or the failure is returned.
#define ASSIGN_OR_RETURN(lhs, expr) ASSIGN_OR_RETURN_IMPL(HALDANE_CONCAT(status_or_, __LINE__), lhs, expr)
#define ASSIGN_OR_RETURN_IMPL(status_or, lhs, expr)          \
  auto status_or = (expr);                                   \
  if (!status_or.ok()) return std::move(status_or).status(); \
  lhs = *std::move(status_or)
