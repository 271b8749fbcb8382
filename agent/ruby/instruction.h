#pragma once

#include <Zydis/Zydis.h>

#include <cstdint>
#include <optional>

#include "absl/strings/string_view.h"

namespace haldane::agent {

// One decoded x86-64 instruction.
class Instruction {
 public:
  // Decodes the first instruction of `code`, which is loaded at `address`. None
  // when the bytes are no instruction.
  static std::optional<Instruction> Decode(absl::string_view code, uint64_t address);

  uint64_t address() const { return address_; }
  uint64_t length() const { return info_.length; }
  uint64_t next() const { return address_ + info_.length; }

  bool is_call() const { return info_.meta.category == ZYDIS_CATEGORY_CALL; }
  bool is_jump() const { return info_.meta.category == ZYDIS_CATEGORY_UNCOND_BR; }
  bool is_branch() const { return info_.meta.category == ZYDIS_CATEGORY_COND_BR; }
  bool is_return() const { return info_.meta.category == ZYDIS_CATEGORY_RET; }
  bool ends_straight_line() const { return is_call() || is_jump() || is_branch() || is_return(); }
  // Where a call, jump or branch relative to itself goes; none for all others.
  std::optional<uint64_t> target() const;

  // Whether any part of a 64-bit register may be changed.
  bool Writes(ZydisRegister full_register) const;
  // For a move into a register: that register, as its 64-bit whole. Else none.
  std::optional<ZydisRegister> MoveDestination() const;
  // For a move from a register: that register, as its 64-bit whole. Else none.
  std::optional<ZydisRegister> MoveSource() const;
  // For a move of a constant: the constant. Else none.
  std::optional<int64_t> MovedConstant() const;
  // Whether it is a move out of memory.
  bool MovesFromMemory() const;

 private:
  bool is_move() const { return info_.mnemonic == ZYDIS_MNEMONIC_MOV; }

  uint64_t address_ = 0;
  ZydisDecodedInstruction info_;
  ZydisDecodedOperand operands_[ZYDIS_MAX_OPERAND_COUNT];
};

}  // namespace haldane::agent
