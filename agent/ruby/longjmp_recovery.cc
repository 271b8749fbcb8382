#include "agent/ruby/longjmp_recovery.h"

#include <array>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "agent/ruby/instruction.h"
#include "base/status_macros.h"

namespace haldane::agent {
namespace {

constexpr int64_t kTagRaise = 6;
constexpr int64_t kTagFatal = 8;
constexpr uint64_t kMaxExportedFunction = 4096;
constexpr uint64_t kWrapperBytes = 1024;
constexpr size_t kMaxWrapperInstructions = 512;
constexpr uint64_t kPrologueBytes = 96;

absl::Status Doubt(absl::string_view what) { return absl::FailedPreconditionError(what); }

absl::StatusOr<std::string> FunctionBytes(const ElfImage& image, uint64_t address, uint64_t size) {
  const std::optional<ElfImage::Location> location = image.Locate(address);
  if (!location || (location->flags & PF_X) == 0) {
    return Doubt(absl::StrCat("0x", absl::Hex(address), " is not in executable code"));
  }
  return image.ReadAt(address, size);
}

// The last call of an exported function and what it passes.
struct ExportedCall {
  uint64_t target = 0;
  bool passes_context = false;  // rdi comes from memory: rb_longjmp's first argument
};

absl::StatusOr<ExportedCall> LastCall(const ElfImage& image, const ElfSymbol& function, int64_t tag) {
  if (function.size == 0 || function.size > kMaxExportedFunction)
    return Doubt("its size is not given or absurd");
  ASSIGN_OR_RETURN(const std::string code, FunctionBytes(image, function.address, function.size));
  std::optional<ExportedCall> last;
  std::optional<int64_t> last_tag;
  // What the straight line of code since the last call or branch put into registers.
  std::optional<int64_t> constant_in_rsi;
  bool memory_in_rdi = false;
  for (size_t at = 0; at < code.size();) {
    const auto instruction = Instruction::Decode(absl::string_view(code).substr(at), function.address + at);
    if (!instruction) return Doubt("its code cannot be decoded");
    if (instruction->is_call() && instruction->target()) {
      last = ExportedCall{.target = *instruction->target(), .passes_context = memory_in_rdi};
      last_tag = constant_in_rsi;
    }
    if (instruction->ends_straight_line()) {
      constant_in_rsi.reset();
      memory_in_rdi = false;
    }
    if (instruction->Writes(ZYDIS_REGISTER_RSI)) constant_in_rsi = instruction->MovedConstant();
    if (instruction->Writes(ZYDIS_REGISTER_RDI)) memory_in_rdi = instruction->MovesFromMemory();
    at += instruction->length();
  }
  if (!last) return Doubt("it calls nothing");
  if (last_tag != tag) return Doubt(absl::StrCat("its last call does not pass tag ", tag));
  return *last;
}

// Follows every path through the wrapper, knowing which registers hold copies
// of its tag (esi on entry) and cause (rdx on entry).
class WrapperScan {
 public:
  WrapperScan(absl::string_view code, uint64_t address) : code_(code), address_(address) {}

  // The functions called with the tag in esi, the cause in rcx and something new
  // in rdi and rdx.
  std::set<uint64_t> Candidates() {
    Registers entry;
    entry.holds[Index(ZYDIS_REGISTER_RSI)] = Holds::kTag;
    entry.holds[Index(ZYDIS_REGISTER_RDX)] = Holds::kCause;
    pending_.push_back({address_, entry});
    while (!pending_.empty()) {
      const auto [address, registers] = pending_.back();
      pending_.pop_back();
      Follow(address, registers);
    }
    return candidates_;
  }

 private:
  enum class Holds : uint8_t { kOther, kTag, kCause };
  struct Registers {
    std::array<Holds, 16> holds = {};
    std::array<bool, 16> fresh = {};  // written since the last call or branch
  };

  static size_t Index(ZydisRegister full) { return static_cast<size_t>(full - ZYDIS_REGISTER_RAX); }

  void Follow(uint64_t address, Registers registers) {
    while (address - address_ < code_.size() && visited_.size() < kMaxWrapperInstructions &&
           visited_.insert(address).second) {
      const auto instruction = Instruction::Decode(code_.substr(address - address_), address);
      if (!instruction || instruction->is_return()) return;
      if (instruction->is_call()) {
        if (instruction->target() && PassesExceptionOn(registers)) {
          candidates_.insert(*instruction->target());
          return;  // rb_longjmp does not return
        }
        ForgetCallerSaved(&registers);
      }
      if (instruction->ends_straight_line()) registers.fresh = {};
      if (instruction->is_branch() && instruction->target()) {
        pending_.push_back({*instruction->target(), registers});
      }
      if (instruction->is_jump()) {
        if (!instruction->target()) return;
        address = *instruction->target();
        continue;
      }
      if (!instruction->is_call()) Execute(*instruction, &registers);
      address = instruction->next();
    }
  }

  static bool PassesExceptionOn(const Registers& registers) {
    const size_t ec = Index(ZYDIS_REGISTER_RDI), tag = Index(ZYDIS_REGISTER_RSI),
                 exception = Index(ZYDIS_REGISTER_RDX), cause = Index(ZYDIS_REGISTER_RCX);
    return registers.fresh[ec] && registers.fresh[tag] && registers.fresh[exception] &&
           registers.fresh[cause] && registers.holds[tag] == Holds::kTag &&
           registers.holds[cause] == Holds::kCause;
  }

  static void ForgetCallerSaved(Registers* registers) {
    for (const ZydisRegister saved_by_caller :
         {ZYDIS_REGISTER_RAX, ZYDIS_REGISTER_RCX, ZYDIS_REGISTER_RDX, ZYDIS_REGISTER_RSI, ZYDIS_REGISTER_RDI,
          ZYDIS_REGISTER_R8, ZYDIS_REGISTER_R9, ZYDIS_REGISTER_R10, ZYDIS_REGISTER_R11}) {
      registers->holds[Index(saved_by_caller)] = Holds::kOther;
    }
  }

  static void Execute(const Instruction& instruction, Registers* registers) {
    for (size_t i = 0; i < registers->holds.size(); ++i) {
      const auto full = static_cast<ZydisRegister>(ZYDIS_REGISTER_RAX + i);
      if (!instruction.Writes(full)) continue;
      const std::optional<ZydisRegister> source = instruction.MoveSource();
      const bool copies = instruction.MoveDestination() == full && source && *source >= ZYDIS_REGISTER_RAX &&
                          *source <= ZYDIS_REGISTER_R15;
      registers->holds[i] = copies ? registers->holds[Index(*source)] : Holds::kOther;
      registers->fresh[i] = true;
    }
  }

  absl::string_view code_;
  uint64_t address_;
  std::vector<std::pair<uint64_t, Registers>> pending_;
  std::set<uint64_t> visited_;
  std::set<uint64_t> candidates_;
};

absl::StatusOr<uint64_t> FollowWrapper(const ElfImage& image, uint64_t wrapper) {
  ASSIGN_OR_RETURN(const std::string code, FunctionBytes(image, wrapper, kWrapperBytes));
  const std::set<uint64_t> candidates = WrapperScan(code, wrapper).Candidates();
  if (candidates.size() != 1) {
    return Doubt(absl::StrCat("the function at 0x", absl::Hex(wrapper),
                              " that both call passes the exception on to ", candidates.size(),
                              " functions instead of one"));
  }
  return *candidates.begin();
}

// rb_longjmp keeps exception and cause beyond its first call, so it copies both
// from their argument registers at once.
absl::Status CheckPrologue(const ElfImage& image, uint64_t address) {
  ASSIGN_OR_RETURN(const std::string code, FunctionBytes(image, address, kPrologueBytes));
  bool saves_exception = false, saves_cause = false;
  for (size_t at = 0; at < code.size();) {
    const auto instruction = Instruction::Decode(absl::string_view(code).substr(at), address + at);
    if (!instruction || instruction->ends_straight_line()) break;
    if (instruction->MoveSource() == ZYDIS_REGISTER_RDX) saves_exception = true;
    if (instruction->MoveSource() == ZYDIS_REGISTER_RCX) saves_cause = true;
    at += instruction->length();
  }
  if (saves_exception && saves_cause) return absl::OkStatus();
  return Doubt(
      absl::StrCat("the function found at 0x", absl::Hex(address), " does not save exception and cause"));
}

}  // namespace

absl::StatusOr<uint64_t> RecoverLongjmp(const ElfImage& image, const ElfSymbol& exc_raise,
                                        const ElfSymbol& exc_fatal) {
  const auto from_raise = LastCall(image, exc_raise, kTagRaise);
  if (!from_raise.ok()) return Annotate(from_raise.status(), "rb_exc_raise");
  const auto from_fatal = LastCall(image, exc_fatal, kTagFatal);
  if (!from_fatal.ok()) return Annotate(from_fatal.status(), "rb_exc_fatal");
  if (from_raise->target != from_fatal->target || from_raise->passes_context != from_fatal->passes_context) {
    return Doubt("rb_exc_raise and rb_exc_fatal do not end in the same call");
  }
  uint64_t address = from_raise->target;
  if (!from_raise->passes_context) {
    ASSIGN_OR_RETURN(address, FollowWrapper(image, address));
  }
  RETURN_IF_ERROR(CheckPrologue(image, address));
  return address;
}

}  // namespace haldane::agent
