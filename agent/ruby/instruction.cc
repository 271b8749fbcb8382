#include "agent/ruby/instruction.h"

namespace haldane::agent {
namespace {

const ZydisDecoder& X86Decoder() {
  static const ZydisDecoder* const decoder = [] {
    auto* made = new ZydisDecoder;
    ZydisDecoderInit(made, ZYDIS_MACHINE_MODE_LONG_64, ZYDIS_STACK_WIDTH_64);
    return made;
  }();
  return *decoder;
}

ZydisRegister Whole(ZydisRegister part) {
  return ZydisRegisterGetLargestEnclosing(ZYDIS_MACHINE_MODE_LONG_64, part);
}

}  // namespace

std::optional<Instruction> Instruction::Decode(absl::string_view code, uint64_t address) {
  Instruction instruction;
  instruction.address_ = address;
  if (!ZYAN_SUCCESS(ZydisDecoderDecodeFull(&X86Decoder(), code.data(), code.size(), &instruction.info_,
                                           instruction.operands_))) {
    return std::nullopt;
  }
  return instruction;
}

std::optional<uint64_t> Instruction::target() const {
  if (info_.operand_count == 0 || operands_[0].type != ZYDIS_OPERAND_TYPE_IMMEDIATE ||
      !operands_[0].imm.is_relative) {
    return std::nullopt;
  }
  return next() + operands_[0].imm.value.u;
}

bool Instruction::Writes(ZydisRegister full_register) const {
  for (uint8_t i = 0; i < info_.operand_count; ++i) {
    const ZydisDecodedOperand& operand = operands_[i];
    if (operand.type == ZYDIS_OPERAND_TYPE_REGISTER && (operand.actions & ZYDIS_OPERAND_ACTION_MASK_WRITE) &&
        Whole(operand.reg.value) == full_register) {
      return true;
    }
  }
  return false;
}

std::optional<ZydisRegister> Instruction::MoveDestination() const {
  if (!is_move() || operands_[0].type != ZYDIS_OPERAND_TYPE_REGISTER) return std::nullopt;
  return Whole(operands_[0].reg.value);
}

std::optional<ZydisRegister> Instruction::MoveSource() const {
  if (!is_move() || operands_[1].type != ZYDIS_OPERAND_TYPE_REGISTER) return std::nullopt;
  return Whole(operands_[1].reg.value);
}

std::optional<int64_t> Instruction::MovedConstant() const {
  if (!is_move() || operands_[1].type != ZYDIS_OPERAND_TYPE_IMMEDIATE) return std::nullopt;
  return operands_[1].imm.value.s;
}

bool Instruction::MovesFromMemory() const {
  return is_move() && operands_[1].type == ZYDIS_OPERAND_TYPE_MEMORY;
}

}  // namespace haldane::agent
