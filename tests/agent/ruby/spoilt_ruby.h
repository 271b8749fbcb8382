#pragma once

#include <gtest/gtest.h>

#include <cstdint>
#include <string>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "agent/ruby/longjmp_recovery.h"
#include "agent/ruby/raise_resolver.h"
#include "agent/ruby/symbols.h"
#include "tests/agent/elf_file_fixture.h"
#include "tests/agent/ruby_process_fixture.h"

namespace haldane::agent {

// A copy of the machine's libruby, to be spoilt. Its build id is changed to one that
// nobody knows.
class SpoiltRuby : public ::testing::Test {
 protected:
  void SetUp() override {
    copy_ = folder_.Write("libruby.so", ReadWholeFile(MachineLibruby()));
    const auto image = ElfImage::Open(copy_);
    ASSERT_TRUE(image.ok()) << image.status();
    const std::string id = absl::HexStringToBytes(image->build_id());
    Overwrite(ReadWholeFile(copy_).find(id), "unknown");
  }

  // Where rb_longjmp is, as objcopy is to be told: relative to .text.
  std::string LongjmpInText() const {
    const auto image = ElfImage::Open(copy_);
    const auto exported = SymbolTable::Read(*image, SymbolTable::Kind::kDynamic);
    const auto address =
        RecoverLongjmp(*image, *exported->Find("rb_exc_raise"), *exported->Find("rb_exc_fatal"));
    EXPECT_TRUE(address.ok()) << address.status();
    return absl::StrCat(".text:0x", absl::Hex(address.value_or(0) - image->FindSection(".text")->address));
  }
  // Leaves machine code as the last source, and makes that one uncertain:
  // rb_exc_fatal passes the tag 7.
  void SpoilMachineCode() {
    const uint64_t fatal = OffsetOf("rb_exc_fatal");
    const std::string code = ReadWholeFile(copy_).substr(fatal, 64);
    const size_t tag = code.find(std::string("\xbe\x08\x00\x00\x00", 5));
    ASSERT_NE(tag, std::string::npos);
    Overwrite(fatal + tag + 1, "\x07");
  }

  RaiseProbe Resolve(const std::string& debug_root = "/nonexistent") const {
    const auto image = ElfImage::Open(copy_);
    EXPECT_TRUE(image.ok()) << image.status();
    const auto exported = SymbolTable::Read(*image, SymbolTable::Kind::kDynamic);
    EXPECT_TRUE(exported.ok()) << exported.status();
    return ResolveRaise(*image, *exported, debug_root);
  }

  uint64_t OffsetOf(const std::string& symbol) const {
    const auto image = ElfImage::Open(copy_);
    const auto exported = SymbolTable::Read(*image, SymbolTable::Kind::kDynamic);
    return image->Locate(exported->Find(symbol)->address)->offset;
  }

  void Overwrite(uint64_t offset, absl::string_view bytes) {
    std::string content = ReadWholeFile(copy_);
    content.replace(offset, bytes.size(), bytes.data(), bytes.size());
    folder_.Write("libruby.so", content);
  }

  TemporaryFolder folder_;
  std::string copy_;
};

}  // namespace haldane::agent
