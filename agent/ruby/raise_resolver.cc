#include "agent/ruby/raise_resolver.h"

#include <optional>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "agent/ruby/debug_file.h"
#include "agent/ruby/known_builds.h"
#include "agent/ruby/longjmp_recovery.h"
#include "agent/ruby/mini_debug_info.h"
#include "agent/ruby/probe_site.h"
#include "agent/ruby/usdt_notes.h"
#include "base/status_macros.h"

namespace haldane::agent {
namespace {

using haldane::v1::ProbeSource;
using Payload = ProbePoint::Payload;

// A choice, with what is to be said of it; or the reason why it is not available.
using Choice = absl::StatusOr<RaiseProbe>;

RaiseProbe Chosen(ProbeSource source, std::vector<ProbePoint> points, std::string explanation) {
  return {.source = source, .points = std::move(points), .explanation = std::move(explanation)};
}

absl::StatusOr<uint64_t> SemaphoreOffset(const ElfImage& image, uint64_t address) {
  if (address == 0) return 0;
  const std::optional<ElfImage::Location> location = image.Locate(address);
  if (!location || (location->flags & PF_W) == 0 || location->available < sizeof(uint16_t)) {
    return absl::FailedPreconditionError(
        absl::StrCat("its semaphore at 0x", absl::Hex(address), " is not writable data of the file"));
  }
  return location->offset;
}

enum class ClassName { kRequired, kOptional };

Choice FromUsdt(const ElfImage& image, ClassName class_name) {
  ASSIGN_OR_RETURN(const std::vector<UsdtNote> notes, FindUsdtNotes(image, "ruby", "raise"));
  if (notes.empty()) return absl::NotFoundError("the file has no such note");
  std::vector<ProbePoint> points;
  std::vector<std::string> places;
  for (const UsdtNote& note : notes) {
    const std::optional<uint8_t> name_register = RegisterOfArgument(note.arguments, 0);
    if (!name_register && class_name == ClassName::kRequired) {
      return absl::FailedPreconditionError(
          absl::StrCat("the class name is not in a register (arguments \"", note.arguments, "\")"));
    }
    ProbePoint point{.payload = Payload::kNone};
    if (class_name == ClassName::kRequired) {
      point.payload = Payload::kClassName;
      point.name_register = *name_register;
    }
    ASSIGN_OR_RETURN(point.file_offset, ProbeSiteAt(image, note.location));
    ASSIGN_OR_RETURN(point.semaphore_offset, SemaphoreOffset(image, note.semaphore));
    points.push_back(point);
    places.push_back(absl::StrCat("0x", absl::Hex(note.location)));
  }
  return Chosen(haldane::v1::PROBE_SOURCE_USDT, std::move(points),
                absl::StrCat("tracepoint at ", absl::StrJoin(places, " and ")));
}

// A probe on the entry of rb_longjmp, whose third argument is the exception.
Choice AtLongjmp(const ElfImage& image, ProbeSource source, uint64_t address) {
  ASSIGN_OR_RETURN(const uint64_t offset, ProbeSiteNear(image, address, Argument::kRdx));
  return Chosen(source, {{.file_offset = offset, .payload = Payload::kExceptionInRdx}},
                absl::StrCat("rb_longjmp at 0x", absl::Hex(address)));
}

absl::StatusOr<uint64_t> LongjmpByCode(const ElfImage& image, const SymbolTable& dynamic) {
  ASSIGN_OR_RETURN(const ElfSymbol exc_raise, dynamic.Find("rb_exc_raise"));
  ASSIGN_OR_RETURN(const ElfSymbol exc_fatal, dynamic.Find("rb_exc_fatal"));
  return RecoverLongjmp(image, exc_raise, exc_fatal);
}

// A probe where somebody says that rb_longjmp is. Where the code can be read, it
// has the last word.
Choice AtClaimed(const ElfImage& image, const SymbolTable& dynamic, uint64_t address) {
  const absl::StatusOr<uint64_t> by_code = LongjmpByCode(image, dynamic);
  if (by_code.ok() && *by_code != address) {
    return absl::FailedPreconditionError(absl::StrCat("it says that rb_longjmp is at 0x", absl::Hex(address),
                                                      ", but the code calls 0x", absl::Hex(*by_code)));
  }
  return AtLongjmp(image, haldane::v1::PROBE_SOURCE_SYMBOL, address);
}

Choice FromSymbols(const ElfImage& image, const SymbolTable& dynamic, const ElfImage& holder) {
  const auto table = SymbolTable::Read(holder, SymbolTable::Kind::kFull);
  if (!table.ok())
    return absl::NotFoundError(absl::IsNotFound(table.status()) ? "stripped" : table.status().message());
  ASSIGN_OR_RETURN(const ElfSymbol symbol, table->Find("rb_longjmp"));
  return AtClaimed(image, dynamic, symbol.address);
}

Choice FromMiniDebugInfo(const ElfImage& image, const SymbolTable& dynamic) {
  ASSIGN_OR_RETURN(const ElfImage unpacked, ReadMiniDebugInfo(image));
  return FromSymbols(image, dynamic, unpacked);
}

Choice FromDebugFile(const ElfImage& image, const SymbolTable& dynamic, const std::string& debug_root) {
  ASSIGN_OR_RETURN(const ElfImage debug, FindDebugFile(image, debug_root));
  ASSIGN_OR_RETURN(RaiseProbe probe, FromSymbols(image, dynamic, debug));
  absl::StrAppend(&probe.explanation, " (", debug.path(), ")");
  return probe;
}

Choice FromKnownBuilds(const ElfImage& image, const SymbolTable& dynamic) {
  for (const KnownBuild& build : KnownBuilds()) {
    if (build.build_id != absl::string_view(image.build_id())) continue;
    ASSIGN_OR_RETURN(RaiseProbe probe, AtClaimed(image, dynamic, build.longjmp));
    absl::StrAppend(&probe.explanation, " (", build.package, ")");
    return probe;
  }
  return absl::NotFoundError("this one is not among them");
}

Choice FromMachineCode(const ElfImage& image, const SymbolTable& dynamic) {
  ASSIGN_OR_RETURN(const uint64_t address, LongjmpByCode(image, dynamic));
  return AtLongjmp(image, haldane::v1::PROBE_SOURCE_DISASSEMBLY, address);
}

Choice FromExportedPair(const ElfImage& image, const SymbolTable& dynamic) {
  if (image.is_program()) {
    return absl::FailedPreconditionError(
        "inside a program rb_make_exception is inlined and most exceptions would be missed");
  }
  ASSIGN_OR_RETURN(const ElfSymbol exc_raise, dynamic.Find("rb_exc_raise"));
  ASSIGN_OR_RETURN(const ElfSymbol make_exception, dynamic.Find("rb_make_exception"));
  const auto raise_site = ProbeSiteNear(image, exc_raise.address, Argument::kRdi);
  if (!raise_site.ok()) return Annotate(raise_site.status(), "rb_exc_raise");
  const auto make_site = ProbeSiteNear(image, make_exception.address, Argument::kNone);
  if (!make_site.ok()) return Annotate(make_site.status(), "rb_make_exception");
  return Chosen(haldane::v1::PROBE_SOURCE_DEGRADED,
                {{.file_offset = *raise_site, .payload = Payload::kExceptionInRdi},
                 {.file_offset = *make_site, .payload = Payload::kNone}},
                "rb_exc_raise and rb_make_exception; may miss exceptions or count them twice");
}

// The two exported functions that between them begin nearly every raise: the
// first those of C code, the second those of Ruby code, where it is not inlined.
std::vector<uint64_t> WitnessesOf(const ElfImage& image, const SymbolTable& dynamic,
                                  const RaiseProbe& probe) {
  std::vector<uint64_t> witnesses;
  if (probe.points.empty() || probe.source == haldane::v1::PROBE_SOURCE_DEGRADED) return witnesses;
  for (const char* name : {"rb_exc_raise", "rb_make_exception"}) {
    const auto symbol = dynamic.Find(name);
    if (!symbol.ok()) continue;
    const auto site = ProbeSiteNear(image, symbol->address, Argument::kNone);
    if (site.ok()) witnesses.push_back(*site);
  }
  return witnesses;
}

}  // namespace

RaiseProbe ResolveRaise(const ElfImage& image, const SymbolTable& dynamic, const std::string& debug_root) {
  std::vector<std::string> refused;
  std::optional<RaiseProbe> chosen;
  const auto consider = [&](absl::string_view name, const auto& choose) {
    if (chosen) return;
    Choice choice = choose();
    if (!choice.ok()) {
      refused.push_back(absl::StrCat(name, ": ", choice.status().message()));
      return;
    }
    chosen = *std::move(choice);
    chosen->explanation = absl::StrCat(name, ": ", chosen->explanation);
  };
  consider("USDT ruby:raise", [&] { return FromUsdt(image, ClassName::kRequired); });
  consider("symbol table", [&] { return FromSymbols(image, dynamic, image); });
  consider("mini debug info", [&] { return FromMiniDebugInfo(image, dynamic); });
  consider("debug file", [&] { return FromDebugFile(image, dynamic, debug_root); });
  consider("known builds", [&] { return FromKnownBuilds(image, dynamic); });
  consider("machine code", [&] { return FromMachineCode(image, dynamic); });
  consider("USDT ruby:raise without class name", [&] { return FromUsdt(image, ClassName::kOptional); });
  consider("exported functions", [&] { return FromExportedPair(image, dynamic); });
  if (!chosen) chosen = Chosen(haldane::v1::PROBE_SOURCE_NONE, {}, "exceptions cannot be counted");
  if (!refused.empty()) {
    absl::StrAppend(&chosen->explanation, "; not used: ", absl::StrJoin(refused, "; "));
  }
  chosen->witnesses = WitnessesOf(image, dynamic, *chosen);
  return *std::move(chosen);
}

}  // namespace haldane::agent
