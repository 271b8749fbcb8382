#pragma once

#include <string>
#include <vector>

#include "guard/kernel/programs.h"

namespace haldane::guard {

// One thing that the guard wants of this kernel, tried on nothing that anybody
// uses.
struct FeatureTrial {
  std::string name;  // as policies require it: "unix_connect"
  bool works = false;
  bool needed = false;  // no run without it
  std::string gives;    // what it is for
  std::string problem;  // the kernel's words, when it does not work
  std::string remedy;   // what to do, or what happens instead
};

// Tries everything, in the order in which to read it.
std::vector<FeatureTrial> TryFeatures();

// What the trials say of the hooks that are not needed.
Features FeaturesOf(const std::vector<FeatureTrial>& trials);

// Empty, or one line per trial that failed and is needed, by us or by
// `required`, with its remedy; a name in `required` that no trial has is an
// error too.
std::string Missing(const std::vector<FeatureTrial>& trials, const std::vector<std::string>& required);

}  // namespace haldane::guard
