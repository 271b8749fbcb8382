#pragma once

#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "yaml/limits.h"
#include "yaml/tree.h"

namespace haldane::yaml {

// For readers of one kind of document to derive from: turns a tree into typed
// values, key by key, and collects all that is wrong with it rather than the
// first thing. A path names a value as people write it: "signals[1].tolerate".
class TreeReader {
 protected:
  // One key of a map and what reads its value.
  struct Field {
    absl::string_view key;
    std::function<void(const std::string& path, const Node& value)> read;
  };

  explicit TreeReader(absl::string_view file_name) : file_name_(file_name) {}

  // Reads each known key once and reports all others.
  void ReadMap(const std::string& path, const Node& node, const std::vector<Field>& fields);
  // The same, of a value that must be a map such as `example`.
  void ReadMap(const std::string& path, const Node& node, absl::string_view example,
               const std::vector<Field>& fields);

  // Each says so when the node is not what it must be.
  bool IsMap(const std::string& path, const Node& node, absl::string_view example);
  bool IsList(const std::string& path, const Node& node, absl::string_view example);
  bool IsScalar(const std::string& path, const Node& node);
  bool IsRepeated(const std::string& path, const Entry& entry, std::map<absl::string_view, int>* seen);

  // Each gives the value, or says what is wrong and leaves `*text` alone or
  // gives nothing.
  void ReadText(const std::string& path, const Node& node, std::string* text);
  std::optional<double> ReadNumber(const std::string& path, const Node& node, const Range& range);
  // `text` is what of the node's text is the number.
  std::optional<double> NumberIn(const std::string& path, const Node& node, absl::string_view text,
                                 const Range& range);
  std::optional<int64_t> ReadWhole(const std::string& path, const Node& node, const Range& range);
  std::optional<absl::Duration> ReadTime(const std::string& path, const Node& node, const TimeRange& range);
  std::optional<bool> ReadFlag(const std::string& path, const Node& node);

  // One of these words sets what it stands for.
  template <typename T>
  struct Choice {
    absl::string_view word;
    T meaning;
  };
  template <typename T>
  void ReadChoice(const std::string& path, const Node& node, const std::vector<Choice<T>>& choices,
                  T* value) {
    std::vector<absl::string_view> words;
    for (const Choice<T>& choice : choices) words.push_back(choice.word);
    const int chosen = ReadWord(path, node, words);
    if (chosen >= 0) *value = choices[static_cast<size_t>(chosen)].meaning;
  }

  void Wrong(const std::string& path, int line, absl::string_view what);
  // As Wrong, of the document and not of a value.
  void WrongDocument(int line, absl::string_view what);
  // True when something has been said of the value, a part of it or its whole.
  bool IsWrong(absl::string_view path) const;
  // Where the value is, or else what it is missing from; 0 when neither is known.
  int LineOf(const std::string& path) const;
  bool Has(const std::string& path) const { return lines_.count(path) != 0; }
  void SetLine(const std::string& path, int line) { lines_[path] = line; }

  // Ok, or INVALID_ARGUMENT with one "FILE:LINE: key.path: what is wrong; what
  // to do" per problem, in the order of the lines; the first hundred found.
  absl::Status Result();

  static std::string Join(absl::string_view path, absl::string_view key);

 private:
  struct Problem {
    int line;
    std::string what;
  };

  // Position of the node's text among the words, -1 after saying that it is none.
  int ReadWord(const std::string& path, const Node& node, const std::vector<absl::string_view>& words);
  void UnknownKey(const std::string& path, const Entry& entry, const std::vector<Field>& fields);

  std::string file_name_;
  std::vector<Problem> problems_;
  size_t wrong_count_ = 0;            // may be more than there are problems_
  std::map<std::string, int> lines_;  // by path, where a value begins
  std::set<std::string> wrong_;       // paths of which something has been said
};

// True when the two paths name the same value or one lies within the other.
bool PathsOverlap(absl::string_view a, absl::string_view b);

}  // namespace haldane::yaml
