#include "controller/http/static_files.h"

#include <fcntl.h>
#include <sys/stat.h>

#include <cstdlib>
#include <map>
#include <memory>
#include <optional>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "base/file.h"
#include "controller/http/problem.h"

namespace haldane::controller {
namespace {

constexpr size_t kMostFileBytes = 16 << 20;
constexpr char kPolicy[] =
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; "
    "connect-src 'self'; manifest-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; "
    "object-src 'none'";

std::string TypeOf(const std::string& file) {
  static const auto& types =
      *new std::map<std::string, std::string>{{".html", "text/html; charset=utf-8"},
                                              {".js", "text/javascript; charset=utf-8"},
                                              {".css", "text/css; charset=utf-8"},
                                              {".json", "application/json"},
                                              {".svg", "image/svg+xml"},
                                              {".png", "image/png"},
                                              {".ico", "image/x-icon"},
                                              {".woff2", "font/woff2"},
                                              {".txt", "text/plain; charset=utf-8"},
                                              {".webmanifest", "application/manifest+json"},
                                              {".map", "application/json"}};
  const size_t dot = file.rfind('.');
  const auto found = dot == std::string::npos ? types.end() : types.find(file.substr(dot));
  return found == types.end() ? "application/octet-stream" : found->second;
}

// The real path of a regular file below the root; nothing for anything else,
// such as a symbolic link that leads out.
std::optional<std::string> Resolve(const std::string& root, const std::string& path) {
  const std::unique_ptr<char, decltype(&std::free)> real_root(realpath(root.c_str(), nullptr), &std::free);
  const std::unique_ptr<char, decltype(&std::free)> real(
      realpath(absl::StrCat(root, "/", path).c_str(), nullptr), &std::free);
  if (real_root == nullptr || real == nullptr) return std::nullopt;
  if (!absl::StartsWith(real.get(), absl::StrCat(real_root.get(), "/"))) return std::nullopt;
  struct stat status = {};
  if (stat(real.get(), &status) != 0 || !S_ISREG(status.st_mode)) return std::nullopt;
  return std::string(real.get());
}

}  // namespace

std::string InstalledWebRoot() {
  const std::unique_ptr<char, decltype(&std::free)> program(realpath("/proc/self/exe", nullptr), &std::free);
  if (program == nullptr) return "";
  const absl::string_view path = program.get();
  const std::string root = absl::StrCat(path.substr(0, path.rfind('/')), "/../share/haldane/dashboard");
  return Resolve(root, "index.html") ? root : "";
}

HttpResponse StaticFiles::Get(const std::string& path) const {
  const HttpResponse missing = Problem(404, "Not found", "there is nothing at this address");
  if (root_.empty()) {
    return Problem(
        404, "No web page",
        "this controller was started without its web page; build the target dashboard, or name its "
        "directory with --web_root");
  }
  if (path.find('\0') != std::string::npos) return missing;
  const size_t slash = path.rfind('/');
  const bool is_view = path.find('.', slash == std::string::npos ? 0 : slash) == std::string::npos ||
                       absl::StartsWith(path, "/rollouts/");
  const std::optional<std::string> file = Resolve(root_, is_view ? "index.html" : path);
  if (!file) return missing;
  absl::StatusOr<std::string> content = ReadFile(*file, kMostFileBytes);
  if (!content.ok()) return Problem(content.status());
  // Files below assets/ have a digest in their names.
  const bool lasting = absl::StartsWith(path, "/assets/");
  return {.status = 200,
          .content_type = TypeOf(*file),
          .body = *std::move(content),
          .headers = {{"Content-Security-Policy", kPolicy},
                      {"Referrer-Policy", "no-referrer"},
                      {"X-Frame-Options", "DENY"},
                      {"Cross-Origin-Opener-Policy", "same-origin"},
                      {"Cache-Control", lasting ? "public, max-age=31536000, immutable" : "no-cache"}}};
}

}  // namespace haldane::controller
