#pragma once

#include <string>
#include <vector>

namespace haldane::agent {

// Starts the Ruby of another Debian suite, unpacked with some packages into a folder
// of the build (scripts/fetch-ruby.sh). Empty when it cannot be had; WhyNoRuby says why.
// `folder` begins with the suite: such as "trixie-puma".
std::string UnpackedRuby(const std::string& folder, const std::vector<std::string>& packages);
// Its libruby.
std::string UnpackedLibruby(const std::string& folder);

// The same of a Ruby that is one program (scripts/build-ruby.sh), with symbols or
// without.
std::string StaticRuby(bool stripped);
std::string StaticRubyProgram(bool stripped);

std::string WhyNoRuby();

}  // namespace haldane::agent
