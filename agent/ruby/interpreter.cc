#include "agent/ruby/interpreter.h"

#include <algorithm>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "agent/ruby/elf_image.h"
#include "agent/ruby/raise_resolver.h"
#include "agent/ruby/symbols.h"
#include "base/status_macros.h"

namespace haldane::agent {
namespace {

constexpr uint64_t kLongestVersion = 32;

// ruby_version is an exported array of characters, such as "3.1.2".
std::string ReadVersion(const ElfImage& image, const ElfSymbol& symbol) {
  const auto bytes = image.ReadAt(symbol.address, kLongestVersion);
  if (!bytes.ok()) return "";
  const std::string version = bytes->substr(0, std::min(bytes->find('\0'), bytes->size()));
  const bool is_version = !version.empty() && version.size() < kLongestVersion &&
                          absl::ascii_isdigit(version[0]) &&
                          std::all_of(version.begin(), version.end(),
                                      [](unsigned char c) { return absl::ascii_isalnum(c) || c == '.'; });
  return is_version ? version : "";
}

}  // namespace

absl::StatusOr<Interpreter> ReadInterpreter(const std::string& path) {
  ASSIGN_OR_RETURN(const ElfImage image, ElfImage::Open(path));
  return ReadInterpreter(image);
}

absl::StatusOr<Interpreter> ReadInterpreter(const ElfImage& image) {
  const auto not_ruby = [&](absl::string_view why) {
    return absl::NotFoundError(absl::StrCat(image.path(), ": not a Ruby interpreter: ", why));
  };
  const auto dynamic = SymbolTable::Read(image, SymbolTable::Kind::kDynamic);
  if (absl::IsNotFound(dynamic.status())) return not_ruby("it exports nothing");
  RETURN_IF_ERROR(dynamic.status());
  const auto version = dynamic->Find("ruby_version");
  if (!version.ok()) return not_ruby("it does not export ruby_version");
  if (!dynamic->Find("rb_exc_raise").ok()) return not_ruby("it does not export rb_exc_raise");
  return Interpreter{.build_id = image.build_id(),
                     .version = ReadVersion(image, *version),
                     .raise = ResolveRaise(image, *dynamic)};
}

}  // namespace haldane::agent
