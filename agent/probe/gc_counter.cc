#include "agent/probe/gc_counter.h"

#include <Zydis/Zydis.h>

#include <map>
#include <string>

#include "absl/strings/str_cat.h"
#include "agent/ruby/symbols.h"
#include "base/status_macros.h"

namespace haldane::agent {
namespace {

constexpr int kMaxInstructions = 64;
constexpr int kMaxCalls = 2;
constexpr size_t kMaxOffsets = 6;
constexpr uint64_t kLongestInstruction = 15;
// A process that collects a million times a second reaches this in two weeks.
constexpr uint64_t kMostCollections = uint64_t{1} << 40;

// What a register is known to hold: an address in the image, or, after `loads`,
// what is found by following pointers from there. `pending` is added to that.
struct Value {
  uint64_t address = 0;
  std::vector<int64_t> offsets;  // of each load after the first
  int loads = 0;
  int64_t pending = 0;

  Value Plus(int64_t offset) const {
    Value sum = *this;
    if (loads == 0) {
      sum.address += static_cast<uint64_t>(offset);
    } else {
      sum.pending += offset;
    }
    return sum;
  }
  Value Loaded() const {
    Value loaded = *this;
    if (loads > 0) loaded.offsets.push_back(pending);
    loaded.pending = 0;
    ++loaded.loads;
    return loaded;
  }
};

ZydisRegister Whole(ZydisRegister part) {
  return ZydisRegisterGetLargestEnclosing(ZYDIS_MACHINE_MODE_LONG_64, part);
}

// Runs a function of loads and additions with its registers unknown.
class Follower {
 public:
  explicit Follower(const ElfImage& image) : image_(image) {
    ZydisDecoderInit(&decoder_, ZYDIS_MACHINE_MODE_LONG_64, ZYDIS_STACK_WIDTH_64);
  }

  // What the function at `address` returns.
  absl::StatusOr<Value> Run(uint64_t address) {
    std::vector<uint64_t> returns;
    for (int i = 0; i < kMaxInstructions; ++i) {
      ASSIGN_OR_RETURN(const std::string code, image_.ReadAt(address, kLongestInstruction));
      if (!ZYAN_SUCCESS(ZydisDecoderDecodeFull(&decoder_, code.data(), code.size(), &info_, operands_))) {
        return Refuse(address);
      }
      const uint64_t next = address + info_.length;
      switch (info_.meta.category) {
        case ZYDIS_CATEGORY_RET:
          if (returns.empty()) return ValueOf(ZYDIS_REGISTER_RAX, address);
          address = returns.back();
          returns.pop_back();
          continue;
        case ZYDIS_CATEGORY_CALL:
          if (returns.size() >= kMaxCalls) return Refuse(address);
          returns.push_back(next);
          [[fallthrough]];
        case ZYDIS_CATEGORY_UNCOND_BR: {
          ASSIGN_OR_RETURN(address, Target(address));
          continue;
        }
        case ZYDIS_CATEGORY_COND_BR:
          return Refuse(address);
        default:
          RETURN_IF_ERROR(Step(address));
          address = next;
      }
    }
    return Refuse(address);
  }

 private:
  absl::Status Refuse(uint64_t address) const {
    return absl::FailedPreconditionError(
        absl::StrCat("rb_gc_count of this Ruby is not made of loads alone (at 0x", absl::Hex(address), ")"));
  }

  absl::StatusOr<uint64_t> Target(uint64_t address) const {
    uint64_t target = 0;
    const bool relative = operands_[0].type == ZYDIS_OPERAND_TYPE_IMMEDIATE && operands_[0].imm.is_relative;
    if (!relative || !ZYAN_SUCCESS(ZydisCalcAbsoluteAddress(&info_, &operands_[0], address, &target))) {
      return Refuse(address);
    }
    return target;
  }

  absl::StatusOr<Value> ValueOf(ZydisRegister part, uint64_t address) const {
    const auto known = registers_.find(Whole(part));
    if (known == registers_.end()) return Refuse(address);
    return known->second;
  }

  // The address that a memory operand stands for.
  absl::StatusOr<Value> AddressOf(const ZydisDecodedOperand& operand, uint64_t address) const {
    if (operand.mem.index != ZYDIS_REGISTER_NONE || operand.mem.segment == ZYDIS_REGISTER_FS) {
      return Refuse(address);
    }
    if (operand.mem.base == ZYDIS_REGISTER_RIP) {
      Value value;
      value.address = address + info_.length + static_cast<uint64_t>(operand.mem.disp.value);
      return value;
    }
    ASSIGN_OR_RETURN(const Value base, ValueOf(operand.mem.base, address));
    return base.Plus(operand.mem.disp.value);
  }

  absl::Status Step(uint64_t address) {
    const ZydisDecodedOperand& to = operands_[0];
    const ZydisDecodedOperand& from = operands_[1];
    const bool moves = info_.mnemonic == ZYDIS_MNEMONIC_MOV || info_.mnemonic == ZYDIS_MNEMONIC_LEA;
    if (!moves || to.type != ZYDIS_OPERAND_TYPE_REGISTER) {
      Forget();
      return absl::OkStatus();
    }
    absl::StatusOr<Value> value = Refuse(address);
    if (from.type == ZYDIS_OPERAND_TYPE_MEMORY) {
      value = AddressOf(from, address);
      const bool loads = info_.mnemonic == ZYDIS_MNEMONIC_MOV;
      if (loads && from.size != 64) value = Refuse(address);
      if (value.ok() && loads) value = value->Loaded();
    } else if (from.type == ZYDIS_OPERAND_TYPE_REGISTER && from.size == 64) {
      value = ValueOf(from.reg.value, address);
    }
    registers_.erase(Whole(to.reg.value));
    if (value.ok() && value->offsets.size() <= kMaxOffsets)
      registers_[Whole(to.reg.value)] = *std::move(value);
    return absl::OkStatus();
  }

  // Whatever else an instruction writes is not known any more.
  void Forget() {
    for (int i = 0; i < info_.operand_count; ++i) {
      const bool written = (operands_[i].actions & ZYDIS_OPERAND_ACTION_MASK_WRITE) != 0;
      if (written && operands_[i].type == ZYDIS_OPERAND_TYPE_REGISTER) {
        registers_.erase(Whole(operands_[i].reg.value));
      }
    }
  }

  const ElfImage& image_;
  ZydisDecoder decoder_;
  ZydisDecodedInstruction info_;
  ZydisDecodedOperand operands_[ZYDIS_MAX_OPERAND_COUNT];
  std::map<ZydisRegister, Value> registers_;
};

}  // namespace

absl::StatusOr<GcCounter> FindGcCounter(const ElfImage& image) {
  ASSIGN_OR_RETURN(const SymbolTable dynamic, SymbolTable::Read(image, SymbolTable::Kind::kDynamic));
  const auto symbol = dynamic.Find("rb_gc_count");
  if (!symbol.ok()) return absl::FailedPreconditionError("this Ruby does not export rb_gc_count");
  ASSIGN_OR_RETURN(const Value result, Follower(image).Run(symbol->address));
  if (result.loads == 0 || result.pending != 0) {
    return absl::FailedPreconditionError("rb_gc_count of this Ruby does not return what it loads");
  }
  return GcCounter{.address = result.address, .offsets = result.offsets};
}

std::optional<uint64_t> LocateGcCount(const ProcessMemory& memory, const GcCounter& counter, uint64_t bias) {
  uint64_t address = counter.address + bias;
  for (const int64_t offset : counter.offsets) {
    const std::optional<uint64_t> pointer = memory.ReadWord(address);
    if (!pointer || *pointer == 0) return std::nullopt;
    address = *pointer + static_cast<uint64_t>(offset);
  }
  return ReadGcCount(memory, address) ? std::optional(address) : std::nullopt;
}

std::optional<uint64_t> ReadGcCount(const ProcessMemory& memory, uint64_t address) {
  const std::optional<uint64_t> count = memory.ReadWord(address);
  return count && *count < kMostCollections ? count : std::nullopt;
}

}  // namespace haldane::agent
