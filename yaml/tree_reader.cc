#include "yaml/tree_reader.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "yaml/nearest.h"

namespace haldane::yaml {
namespace {

constexpr size_t kLongestKey = 64;
constexpr size_t kMostProblems = 100;  // more than anybody reads at once

// A key that can stand in a path as it is.
bool IsWord(absl::string_view key) {
  return !key.empty() && key.size() <= kLongestKey && std::all_of(key.begin(), key.end(), [](char c) {
    return absl::ascii_islower(c) || absl::ascii_isdigit(c) || c == '.' || c == '_' || c == '-';
  });
}

// "a, b or c".
std::string Alternatives(const std::vector<absl::string_view>& words) {
  if (words.size() == 1) return std::string(words[0]);
  return absl::StrCat(absl::StrJoin(words.begin(), words.end() - 1, ", "), " or ", words.back());
}

}  // namespace

void TreeReader::ReadMap(const std::string& path, const Node& node, const std::vector<Field>& fields) {
  std::map<absl::string_view, int> seen;
  for (const Entry& entry : node.entries) {
    if (IsRepeated(path, entry, &seen)) continue;
    const auto field =
        std::find_if(fields.begin(), fields.end(), [&](const Field& f) { return f.key == entry.key; });
    if (field == fields.end()) {
      UnknownKey(path, entry, fields);
      continue;
    }
    const std::string field_path = Join(path, entry.key);
    lines_[field_path] = entry.line;
    field->read(field_path, entry.value);
  }
}

void TreeReader::ReadMap(const std::string& path, const Node& node, absl::string_view example,
                         const std::vector<Field>& fields) {
  if (IsMap(path, node, example)) ReadMap(path, node, fields);
}

void TreeReader::UnknownKey(const std::string& path, const Entry& entry, const std::vector<Field>& fields) {
  std::vector<absl::string_view> keys;
  for (const Field& field : fields) keys.push_back(field.key);
  const absl::string_view nearest = Nearest(entry.key, keys);
  Wrong(Join(path, entry.key), entry.line,
        nearest.empty() ? absl::StrCat("unknown key; use one of ", absl::StrJoin(keys, ", "))
                        : absl::StrCat("unknown key; did you mean ", nearest, "?"));
  // Whoever misspells a key need not be told that it is missing.
  if (!nearest.empty()) wrong_.insert(Join(path, nearest));
}

bool TreeReader::IsRepeated(const std::string& path, const Entry& entry,
                            std::map<absl::string_view, int>* seen) {
  const auto [first, inserted] = seen->emplace(entry.key, entry.line);
  if (inserted) return false;
  Wrong(Join(path, entry.key), entry.line,
        absl::StrCat("given twice, first on line ", first->second, "; remove one of them"));
  return true;
}

bool TreeReader::IsMap(const std::string& path, const Node& node, absl::string_view example) {
  if (node.kind == Node::Kind::kMap) return true;
  Wrong(path, node.line, absl::StrCat("must be a map, such as ", example));
  return false;
}

bool TreeReader::IsList(const std::string& path, const Node& node, absl::string_view example) {
  if (node.kind == Node::Kind::kSequence) return true;
  Wrong(path, node.line, absl::StrCat("must be a list, such as ", example));
  return false;
}

bool TreeReader::IsScalar(const std::string& path, const Node& node) {
  if (node.kind == Node::Kind::kNull || (node.kind == Node::Kind::kScalar && node.text.empty())) {
    Wrong(path, node.line, "has no value; give one or remove the key");
    return false;
  }
  if (node.kind == Node::Kind::kScalar) return true;
  Wrong(path, node.line,
        absl::StrCat("must be one value, not a ", node.kind == Node::Kind::kMap ? "map" : "list"));
  return false;
}

void TreeReader::ReadText(const std::string& path, const Node& node, std::string* text) {
  if (IsScalar(path, node)) *text = node.text;
}

std::optional<double> TreeReader::ReadNumber(const std::string& path, const Node& node, const Range& range) {
  if (!IsScalar(path, node)) return std::nullopt;
  if (node.quoted) {
    Wrong(path, node.line, "must be a number, not text; remove the quotes");
    return std::nullopt;
  }
  return NumberIn(path, node, node.text, range);
}

std::optional<double> TreeReader::NumberIn(const std::string& path, const Node& node, absl::string_view text,
                                           const Range& range) {
  double value = 0;
  std::optional<std::string> problem;
  if (!absl::SimpleAtod(text, &value) || !std::isfinite(value)) {
    problem = absl::StrCat("is ", Quoted(node.text), "; it must be ", range.words);
  } else {
    problem = RangeProblem(value, range);
  }
  if (!problem.has_value()) return value;
  Wrong(path, node.line, *problem);
  return std::nullopt;
}

std::optional<int64_t> TreeReader::ReadWhole(const std::string& path, const Node& node, const Range& range) {
  const std::optional<double> value = ReadNumber(path, node, range);
  if (!value.has_value()) return std::nullopt;
  if (*value == std::floor(*value)) return static_cast<int64_t>(*value);
  Wrong(path, node.line, absl::StrCat("is ", *value, "; it must be ", range.words));
  return std::nullopt;
}

std::optional<absl::Duration> TreeReader::ReadTime(const std::string& path, const Node& node,
                                                   const TimeRange& range) {
  if (!IsScalar(path, node)) return std::nullopt;
  absl::Duration time;
  double number = 0;
  std::optional<std::string> problem;
  if (absl::ParseDuration(node.text, &time)) {
    problem = TimeProblem(time, range);
  } else if (absl::SimpleAtod(node.text, &number)) {
    problem = absl::StrCat(node.text, " has no unit; write ", node.text, "s or ", node.text, "m");
  } else {
    problem = absl::StrCat("is ", Quoted(node.text), "; write a time such as 45s, 3m or 1h30m");
  }
  if (!problem.has_value()) return time;
  Wrong(path, node.line, *problem);
  return std::nullopt;
}

std::optional<bool> TreeReader::ReadFlag(const std::string& path, const Node& node) {
  std::optional<bool> value;
  ReadChoice<std::optional<bool>>(path, node, {{"true", true}, {"false", false}}, &value);
  return value;
}

int TreeReader::ReadWord(const std::string& path, const Node& node,
                         const std::vector<absl::string_view>& words) {
  if (!IsScalar(path, node)) return -1;
  const auto found = std::find(words.begin(), words.end(), absl::string_view(node.text));
  if (found != words.end()) return static_cast<int>(found - words.begin());
  Wrong(path, node.line, absl::StrCat("is ", Quoted(node.text), "; use ", Alternatives(words)));
  return -1;
}

void TreeReader::Wrong(const std::string& path, int line, absl::string_view what) {
  if (++wrong_count_ > kMostProblems) return;
  problems_.push_back({line, absl::StrCat(path, ": ", what)});
  wrong_.insert(path);
}

void TreeReader::WrongDocument(int line, absl::string_view what) {
  if (++wrong_count_ <= kMostProblems) problems_.push_back({line, std::string(what)});
}

bool TreeReader::IsWrong(absl::string_view path) const {
  return std::any_of(wrong_.begin(), wrong_.end(),
                     [&](const std::string& w) { return PathsOverlap(w, path); });
}

int TreeReader::LineOf(const std::string& path) const {
  std::string part = path;
  while (true) {
    if (const auto found = lines_.find(part); found != lines_.end()) return found->second;
    const size_t end = part.find_last_of(".[");
    if (end == std::string::npos) return 0;
    part.resize(end);
  }
}

absl::Status TreeReader::Result() {
  if (problems_.empty()) return absl::OkStatus();
  std::stable_sort(problems_.begin(), problems_.end(),
                   [](const Problem& a, const Problem& b) { return a.line < b.line; });
  std::string lines = absl::StrJoin(problems_, "\n", [this](std::string* out, const Problem& problem) {
    absl::StrAppend(out, file_name_, ":", problem.line, ": ", problem.what);
  });
  if (wrong_count_ > kMostProblems) {
    absl::StrAppend(&lines, "\n", file_name_, ": and ", wrong_count_ - kMostProblems,
                    " more; correct these first");
  }
  return absl::InvalidArgumentError(lines);
}

std::string TreeReader::Join(absl::string_view path, absl::string_view key) {
  return absl::StrCat(path, path.empty() ? "" : ".", IsWord(key) ? std::string(key) : Quoted(key));
}

bool PathsOverlap(absl::string_view a, absl::string_view b) {
  if (a.size() > b.size()) std::swap(a, b);
  return absl::StartsWith(b, a) && (a.size() == b.size() || b[a.size()] == '.' || b[a.size()] == '[');
}

}  // namespace haldane::yaml
