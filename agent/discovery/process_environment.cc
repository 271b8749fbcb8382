#include "agent/discovery/process_environment.h"

#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "agent/ruby/memory_map.h"
#include "agent/ruby/process_memory.h"
#include "agent/ruby/symbols.h"
#include "base/file.h"

namespace haldane::agent {
namespace {

constexpr size_t kMaxEnvironText = 8 << 20;
constexpr size_t kMaxVariable = 4096;
constexpr size_t kMaxVariables = 4096;

void AddVariable(absl::string_view text, std::map<std::string, std::string>* variables) {
  const size_t equals = text.find('=');
  if (equals == absl::string_view::npos || text.size() > kMaxVariable) return;
  // The first of a repeated variable is the one that getenv finds.
  variables->emplace(std::string(text.substr(0, equals)), std::string(text.substr(equals + 1)));
}

// Where libraries that define `environ` are: the C library, and programs that
// have taken its variable over.
bool MayDefineEnviron(const ElfImage& image, absl::string_view shown_path) {
  const absl::string_view name = shown_path.substr(shown_path.rfind('/') + 1);
  return image.is_program() || absl::StartsWith(name, "libc.") || absl::StartsWith(name, "libc-") ||
         absl::StartsWith(name, "ld-musl");
}

}  // namespace

std::optional<std::string> ProcessEnvironment::Get(absl::string_view name) {
  const std::string key(name);
  if (!initial_) initial_ = ReadInitial();
  if (const auto found = initial_->find(key); found != initial_->end()) return found->second;
  if (!current_) current_ = ReadCurrent();
  if (const auto found = current_->find(key); found != current_->end()) return found->second;
  return std::nullopt;
}

ProcessEnvironment::Variables ProcessEnvironment::ReadInitial() const {
  Variables variables;
  const auto text = ReadFile(absl::StrCat(process_, "/environ"), kMaxEnvironText);
  if (!text.ok()) return variables;
  for (const absl::string_view variable : absl::StrSplit(*text, '\0')) AddVariable(variable, &variables);
  return variables;
}

ProcessEnvironment::Variables ProcessEnvironment::ReadCurrent() const {
  Variables variables;
  const ProcessMemory memory(pid_);
  const std::optional<uint64_t> pointer = FindEnvironPointer();
  const std::optional<uint64_t> array = pointer ? memory.ReadWord(*pointer) : std::nullopt;
  if (!array || *array == 0) return variables;
  for (size_t i = 0; i < kMaxVariables; ++i) {
    const std::optional<uint64_t> variable = memory.ReadWord(*array + i * sizeof(uint64_t));
    if (!variable || *variable == 0) break;
    const std::optional<std::string> text = memory.ReadString(*variable, kMaxVariable);
    if (text) AddVariable(*text, &variables);
  }
  return variables;
}

std::optional<uint64_t> ProcessEnvironment::FindEnvironPointer() const {
  const auto mappings = ReadExecutableMappings(process_);
  if (!mappings.ok()) return std::nullopt;
  std::optional<uint64_t> in_library;
  for (const FileMapping& mapping : *mappings) {
    const auto path = OpenablePathOf(process_, mapping);
    if (!path.ok()) continue;
    const auto image = ElfImage::Open(*path);
    if (!image.ok() || !MayDefineEnviron(*image, mapping.path)) continue;
    const auto bias = LoadBias(*image, mapping);
    const auto exported = SymbolTable::Read(*image, SymbolTable::Kind::kDynamic);
    if (!bias || !exported.ok()) continue;
    const auto symbol = exported->Find("environ");
    if (!symbol.ok()) continue;
    if (image->is_program()) return symbol->address + *bias;
    in_library = symbol->address + *bias;
  }
  return in_library;
}

}  // namespace haldane::agent
