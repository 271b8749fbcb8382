#include "agent/ruby/probe_site.h"

#include <string>

#include "absl/status/status.h"
#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "agent/ruby/instruction.h"
#include "base/status_macros.h"

namespace haldane::agent {
namespace {

constexpr uint64_t kEntryBytes = 16;
constexpr uint64_t kLongestInstruction = 15;

absl::StatusOr<std::string> ReadCode(const ElfImage& image, uint64_t address, uint64_t size) {
  const std::optional<ElfImage::Location> location = image.Locate(address);
  if (!location || (location->flags & PF_X) == 0) {
    return absl::FailedPreconditionError(
        absl::StrCat("0x", absl::Hex(address), " is not in executable code"));
  }
  return image.ReadAt(address, size);
}

absl::Status NotEmulated(absl::string_view code, uint64_t address) {
  return absl::FailedPreconditionError(absl::StrCat("the instruction at 0x", absl::Hex(address), " (",
                                                    absl::BytesToHexString(code.substr(0, 6)),
                                                    "...) is not one that the kernel emulates"));
}

}  // namespace

bool KernelEmulates(absl::string_view code) {
  const auto byte = [&](size_t i) { return i < code.size() ? static_cast<uint8_t>(code[i]) : 0; };
  const auto is_push = [](uint8_t opcode) { return opcode >= 0x50 && opcode <= 0x57; };
  const uint8_t first = byte(0);
  return is_push(first) || (first == 0x41 && is_push(byte(1))) ||  // push
         first == 0x90 ||                                          // nop
         first == 0xe8 || first == 0xe9 || first == 0xeb ||        // call, jmp
         (first >= 0x70 && first <= 0x7f) ||                       // jcc
         (first == 0x0f && byte(1) >= 0x80 && byte(1) <= 0x8f);
}

absl::StatusOr<uint64_t> ProbeSiteAt(const ElfImage& image, uint64_t address) {
  ASSIGN_OR_RETURN(const std::string code, ReadCode(image, address, kLongestInstruction));
  if (!Instruction::Decode(code, address)) {
    return absl::FailedPreconditionError(absl::StrCat("there is no instruction at 0x", absl::Hex(address)));
  }
  if (!KernelEmulates(code)) return NotEmulated(code, address);
  return image.Locate(address)->offset;
}

absl::StatusOr<uint64_t> ProbeSiteNear(const ElfImage& image, uint64_t address, Argument intact) {
  ASSIGN_OR_RETURN(const std::string code, ReadCode(image, address, kEntryBytes + kLongestInstruction));
  absl::string_view rest = code;
  while (rest.size() > code.size() - std::min<size_t>(code.size(), kEntryBytes)) {
    const uint64_t at = address + (code.size() - rest.size());
    const std::optional<Instruction> instruction = Instruction::Decode(rest, at);
    if (!instruction) {
      return absl::FailedPreconditionError(absl::StrCat("there is no instruction at 0x", absl::Hex(at)));
    }
    if (KernelEmulates(rest)) return image.Locate(at)->offset;
    if (instruction->ends_straight_line() ||
        (intact == Argument::kRdi && instruction->Writes(ZYDIS_REGISTER_RDI)) ||
        (intact == Argument::kRdx && instruction->Writes(ZYDIS_REGISTER_RDX))) {
      break;
    }
    rest.remove_prefix(instruction->length());
  }
  return NotEmulated(code, address);
}

}  // namespace haldane::agent
