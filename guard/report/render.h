#pragma once

#include <string>

#include "guard/report/summary.h"

// A summary as text. Every result says the same; only the form differs.
namespace haldane::guard {

// For the terminal at the end of a run: a few lines.
std::string RenderConsole(const Summary& summary);

// The report of circular dependencies, for a ticket or a pull request.
std::string RenderMarkdown(const Summary& summary);

// Everything, for programs: one JSON object, schema version 1 (README.md).
std::string RenderJson(const Summary& summary);

}  // namespace haldane::guard
