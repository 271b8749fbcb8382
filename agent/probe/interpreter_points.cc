#include "agent/probe/interpreter_points.h"

#include <elf.h>

#include <optional>

#include "absl/strings/str_cat.h"
#include "agent/ruby/probe_site.h"
#include "agent/ruby/symbols.h"
#include "agent/ruby/usdt_notes.h"
#include "base/status_macros.h"

namespace haldane::agent {
namespace {

absl::StatusOr<ElfSymbol> FindFunction(const ElfImage& image, absl::string_view name) {
  for (const auto kind : {SymbolTable::Kind::kDynamic, SymbolTable::Kind::kFull}) {
    const auto table = SymbolTable::Read(image, kind);
    if (!table.ok()) continue;
    const auto symbol = table->Find(name);
    if (symbol.ok()) return *symbol;
  }
  return absl::NotFoundError(
      absl::StrCat("this Ruby does not say where ", name, " is; one with its symbols would"));
}

absl::StatusOr<std::vector<ProbePoint>> AtEntry(const ElfImage& image, absl::string_view name) {
  ASSIGN_OR_RETURN(const ElfSymbol symbol, FindFunction(image, name));
  const auto offset = ProbeSiteNear(image, symbol.address, Argument::kNone);
  if (!offset.ok()) return Annotate(offset.status(), name);
  return std::vector<ProbePoint>{{.file_offset = *offset, .payload = ProbePoint::Payload::kNone}};
}

absl::Status AddNotes(const ElfImage& image, absl::string_view name, std::vector<ProbePoint>* points) {
  ASSIGN_OR_RETURN(const std::vector<UsdtNote> notes, FindUsdtNotes(image, "ruby", name));
  if (notes.empty()) {
    return absl::NotFoundError(
        absl::StrCat("this Ruby has no tracepoint ruby:", name,
                     "; one configured with --enable-dtrace, such as Debian 12's, has"));
  }
  for (const UsdtNote& note : notes) {
    ProbePoint point{.payload = ProbePoint::Payload::kNone};
    ASSIGN_OR_RETURN(point.file_offset, ProbeSiteAt(image, note.location));
    const std::optional<ElfImage::Location> semaphore = image.Locate(note.semaphore);
    if (note.semaphore != 0 && (!semaphore || (semaphore->flags & PF_W) == 0 || semaphore->available < 2)) {
      return absl::FailedPreconditionError(
          absl::StrCat("the semaphore of ruby:", name, " is not writable data of the file"));
    }
    if (note.semaphore != 0) point.semaphore_offset = semaphore->offset;
    points->push_back(point);
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<std::vector<ProbePoint>> FindLoads(const ElfImage& image) {
  return AtEntry(image, "rb_iseq_eval");
}

absl::StatusOr<std::vector<ProbePoint>> FindVmEntries(const ElfImage& image) {
  return AtEntry(image, "rb_vm_exec");
}

absl::StatusOr<PausePoints> FindPauses(const ElfImage& image) {
  PausePoints points;
  RETURN_IF_ERROR(AddNotes(image, "gc__mark__begin", &points.mark_begin));
  RETURN_IF_ERROR(AddNotes(image, "gc__mark__end", &points.mark_end));
  RETURN_IF_ERROR(AddNotes(image, "gc__sweep__begin", &points.sweep_begin));
  RETURN_IF_ERROR(AddNotes(image, "gc__sweep__end", &points.sweep_end));
  return points;
}

}  // namespace haldane::agent
