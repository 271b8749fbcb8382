#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "base/log.h"

namespace haldane::guard {

// One JSON object on one line, member by member. Text may hold any bytes.
class JsonLine {
 public:
  JsonLine& Text(absl::string_view name, absl::string_view value) { return Raw(name, JsonQuote(value)); }
  // Leaves out what is empty.
  JsonLine& TextIf(absl::string_view name, absl::string_view value) {
    return value.empty() ? *this : Text(name, value);
  }
  JsonLine& Number(absl::string_view name, int64_t value) { return Raw(name, absl::StrCat(value)); }
  JsonLine& Flag(absl::string_view name, bool value) { return Raw(name, value ? "true" : "false"); }
  JsonLine& Texts(absl::string_view name, const std::vector<std::string>& values) {
    std::string list;
    for (const std::string& value : values) absl::StrAppend(&list, list.empty() ? "" : ",", JsonQuote(value));
    return Raw(name, absl::StrCat("[", list, "]"));
  }
  // `value` is JSON already.
  JsonLine& Raw(absl::string_view name, absl::string_view value) {
    absl::StrAppend(&members_, members_.empty() ? "" : ",", JsonQuote(name), ":", value);
    return *this;
  }
  std::string Object() const { return absl::StrCat("{", members_, "}"); }

 private:
  std::string members_;
};

}  // namespace haldane::guard
