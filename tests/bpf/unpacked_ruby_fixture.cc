#include <glob.h>
#include <stdio.h>
#include <unistd.h>

#include <memory>

#include "tests/bpf/unpacked_ruby.h"

namespace haldane::agent {
namespace {

std::string FolderOf(const std::string& folder) { return HALDANE_REPOSITORY "/build/rubies/" + folder; }

std::string& LastReason() {
  static std::string reason;
  return reason;
}

// Runs what puts a Ruby into the folder, and keeps its last words; whether the
// folder is complete.
bool IsThere(const std::string& folder, const std::string& command) {
  const std::unique_ptr<FILE, int (*)(FILE*)> output(popen((command + " 2>&1").c_str(), "r"), &pclose);
  char line[1024];
  while (output != nullptr && fgets(line, sizeof line, output.get()) != nullptr) LastReason() = line;
  return access((FolderOf(folder) + "/complete").c_str(), F_OK) == 0;
}

}  // namespace

std::string UnpackedRuby(const std::string& folder, const std::vector<std::string>& packages) {
  const std::string suite = folder.substr(0, folder.find('-'));
  std::string command = HALDANE_REPOSITORY "/scripts/fetch-ruby.sh " + suite + " " + FolderOf(folder);
  for (const std::string& package : packages) command += " " + package;
  return IsThere(folder, command) ? FolderOf(folder) + "/run-ruby" : "";
}

std::string UnpackedLibruby(const std::string& folder) {
  glob_t found = {};
  const std::string pattern = FolderOf(folder) + "/usr/lib/x86_64-linux-gnu/libruby-*.so.?.?";
  const std::string path = glob(pattern.c_str(), 0, nullptr, &found) == 0 ? found.gl_pathv[0] : "";
  globfree(&found);
  return path;
}

std::string StaticRuby(bool stripped) {
  if (!IsThere("static", HALDANE_REPOSITORY "/scripts/build-ruby.sh " + FolderOf("static"))) return "";
  return FolderOf("static") + (stripped ? "/run-stripped" : "/run-ruby");
}

std::string StaticRubyProgram(bool stripped) {
  return FolderOf("static") + (stripped ? "/ruby-stripped" : "/ruby");
}

std::string WhyNoRuby() { return LastReason(); }

}  // namespace haldane::agent
