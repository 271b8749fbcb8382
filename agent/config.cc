#include "agent/config.h"

#include <unistd.h>
#include <yaml-cpp/yaml.h>

#include <algorithm>
#include <cstdint>
#include <functional>
#include <map>
#include <set>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "base/utf8.h"

namespace haldane::agent {
namespace {

constexpr size_t kMaxConfigBytes = 256 * 1024;
constexpr size_t kMaxLabels = 32;
constexpr size_t kMaxLabelName = 64;
constexpr size_t kMaxLabelValue = 256;

// Leaves the reader below at the first mistake; caught by ParseConfig.
struct ConfigMistake {
  int line;
  std::string what;
};

int ConfigLine(const YAML::Mark& mark) { return mark.is_null() ? 1 : mark.line + 1; }

[[noreturn]] void RefuseConfig(const YAML::Node& node, absl::string_view key, absl::string_view what) {
  throw ConfigMistake{ConfigLine(node.Mark()), absl::StrCat(key, ": ", what)};
}

bool ConsistsOf(absl::string_view text, absl::string_view characters) {
  return !text.empty() && text.find_first_not_of(characters) == absl::string_view::npos;
}

constexpr absl::string_view kLowerAlnum = "abcdefghijklmnopqrstuvwxyz0123456789";
constexpr absl::string_view kAlnum = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";

// Letters to insert, remove or replace to make one word of the other.
size_t WordDistance(absl::string_view a, absl::string_view b) {
  std::vector<size_t> row(b.size() + 1);
  for (size_t j = 0; j <= b.size(); ++j) row[j] = j;
  for (size_t i = 1; i <= a.size(); ++i) {
    size_t diagonal = row[0];
    row[0] = i;
    for (size_t j = 1; j <= b.size(); ++j) {
      const size_t replaced = diagonal + (a[i - 1] == b[j - 1] ? 0 : 1);
      diagonal = row[j];
      row[j] = std::min({row[j] + 1, row[j - 1] + 1, replaced});
    }
  }
  return row[b.size()];
}

std::string UnknownKeyAdvice(absl::string_view key, const std::vector<absl::string_view>& known) {
  absl::string_view nearest;
  size_t best = std::max<size_t>(1, key.size() / 3) + 1;
  for (const absl::string_view candidate : known) {
    const size_t distance = key.size() > 64 ? best : WordDistance(key, candidate);
    if (distance < best) {
      best = distance;
      nearest = candidate;
    }
  }
  if (!nearest.empty()) return absl::StrCat("unknown key; did you mean ", nearest, "?");
  return absl::StrCat("unknown key; allowed are ", absl::StrJoin(known, ", "));
}

std::string ScalarText(const YAML::Node& node, absl::string_view key) {
  if (!node.IsScalar()) RefuseConfig(node, key, "must be one value; write it as text after the colon");
  const std::string& text = node.Scalar();
  if (text.empty()) RefuseConfig(node, key, "is empty; give it a value or remove the key");
  if (std::any_of(text.begin(), text.end(), [](unsigned char c) { return c < 0x20 || c == 0x7f; })) {
    RefuseConfig(node, key, "contains a control character; remove it");
  }
  return text;
}

// Calls `each` for every key of a map, refusing anything else and repetition.
void ForEachKey(const YAML::Node& map, absl::string_view where,
                const std::function<void(const std::string&, const YAML::Node&, const YAML::Node&)>& each) {
  if (!map.IsMap()) RefuseConfig(map, where, "must be a map of keys and values, such as {key: value}");
  std::set<std::string> seen;
  for (const auto& entry : map) {
    if (!entry.first.IsScalar())
      RefuseConfig(entry.first, where, "a key must be a word; check the punctuation");
    const std::string key = entry.first.Scalar();
    if (!seen.insert(key).second) RefuseConfig(entry.first, key, "is given twice; remove one of them");
    // The parser places a missing value where the next key begins.
    if (entry.second.IsNull()) RefuseConfig(entry.first, key, "has no value; give it one or remove the key");
    each(key, entry.first, entry.second);
  }
}

using KeyReaders = std::map<absl::string_view, std::function<void(const YAML::Node&)>>;

// Reads a map whose keys are all known, each with its reader.
void ReadKeys(const YAML::Node& map, absl::string_view where, const KeyReaders& readers) {
  ForEachKey(map, where, [&](const std::string& key, const YAML::Node& key_node, const YAML::Node& value) {
    const auto reader = readers.find(key);
    if (reader != readers.end()) return reader->second(value);
    std::vector<absl::string_view> known;
    for (const auto& [name, unused] : readers) known.push_back(name);
    RefuseConfig(key_node, key, UnknownKeyAdvice(key, known));
  });
}

std::string ReadAddress(const YAML::Node& node, absl::string_view key, uint32_t lowest_port) {
  const std::string text = ScalarText(node, key);
  const size_t colon = text.rfind(':');
  uint32_t port = 0;
  if (colon == std::string::npos || colon == 0 || !absl::SimpleAtoi(text.substr(colon + 1), &port) ||
      port < lowest_port || port > 65535 || text.find_first_of(" /") != std::string::npos) {
    RefuseConfig(node, key, absl::StrCat("\"", text, "\" is not HOST:PORT; write it as 127.0.0.1:7460"));
  }
  return text;
}

std::string ReadControllerAddress(const YAML::Node& node) {
  const std::string text = ScalarText(node, "controller");
  if (text.rfind("unix:", 0) == 0 && text.size() > 5) return text;
  return ReadAddress(node, "controller", 1);
}

std::string ReadHostName(const YAML::Node& node) {
  std::string text = ScalarText(node, "host");
  if (text.size() > 253 || !ConsistsOf(text, absl::StrCat(kAlnum, "._-"))) {
    RefuseConfig(node, "host",
                 absl::StrCat("\"", text, "\" is not a host name; use letters, digits, dot, dash"));
  }
  return text;
}

std::string ReadAbsolutePath(const YAML::Node& node, absl::string_view key) {
  std::string text = ScalarText(node, key);
  if (text[0] != '/') RefuseConfig(node, key, "must be a full path; begin it with /");
  return text;
}

std::string ReadVariableName(const YAML::Node& node, absl::string_view key) {
  std::string text = ScalarText(node, key);
  if (!ConsistsOf(text, absl::StrCat(kAlnum, "_"))) {
    RefuseConfig(node, key,
                 absl::StrCat("\"", text, "\" is not the name of a variable; use letters, digits and _"));
  }
  return text;
}

TlsFiles ReadTls(const YAML::Node& node) {
  TlsFiles tls;
  ReadKeys(node, "tls",
           {{"certificate", [&](const YAML::Node& n) { tls.certificate = ScalarText(n, "certificate"); }},
            {"key", [&](const YAML::Node& n) { tls.key = ScalarText(n, "key"); }},
            {"ca", [&](const YAML::Node& n) { tls.ca = ScalarText(n, "ca"); }}});
  if (tls.certificate.empty() || tls.key.empty() || tls.ca.empty()) {
    RefuseConfig(node, "tls", "needs certificate, key and ca; give all three or remove tls");
  }
  return tls;
}

double ReadNumber(const YAML::Node& node, absl::string_view key, double least, double most) {
  double value = 0;
  if (!absl::SimpleAtod(ScalarText(node, key), &value) || !(value >= least && value <= most)) {
    RefuseConfig(node, key, absl::StrCat("must be a number from ", least, " to ", most));
  }
  return value;
}

Budget ReadBudget(const YAML::Node& node) {
  Budget budget;
  const auto cpu = [&](const YAML::Node& n) {
    budget.core_share = ReadNumber(n, "cpu_percent", 0.1, 100) / 100;
  };
  const auto memory = [&](const YAML::Node& n) {
    budget.memory_bytes = static_cast<uint64_t>(ReadNumber(n, "memory_mib", 16, 4096)) << 20;
  };
  const auto vm_entries = [&](const YAML::Node& n) {
    const std::string text = ScalarText(n, "vm_entries");
    if (text != "true" && text != "false") RefuseConfig(n, "vm_entries", "must be true or false");
    budget.vm_entries = text == "true";
  };
  ReadKeys(node, "budget", {{"cpu_percent", cpu}, {"memory_mib", memory}, {"vm_entries", vm_entries}});
  return budget;
}

Scope ReadScope(const YAML::Node& node) {
  Scope scope;
  const auto variable = [&](const std::string& key, const YAML::Node& key_node, const YAML::Node& value) {
    scope.environment.emplace_back(ReadVariableName(key_node, "environment"), ScalarText(value, key));
  };
  ReadKeys(node, "scope",
           {{"environment", [&](const YAML::Node& n) { ForEachKey(n, "environment", variable); }}});
  return scope;
}

std::string ReadLabelValue(const YAML::Node& node) {
  std::string text = ScalarText(node, "value");
  if (text.size() > kMaxLabelValue) {
    RefuseConfig(node, "value", absl::StrCat("is longer than ", kMaxLabelValue, " bytes; shorten it"));
  }
  return text;
}

// The agent opens this file as root in a folder that the process chose.
std::string ReadFileBelowWorkingDirectory(const YAML::Node& node) {
  std::string text = ScalarText(node, "file");
  const std::vector<std::string> parts = absl::StrSplit(text, '/');
  if (std::any_of(parts.begin(), parts.end(),
                  [](const auto& part) { return part.empty() || part == ".."; })) {
    RefuseConfig(node, "file",
                 "must lie below the process's working directory; write it as REVISION or config/REVISION");
  }
  return text;
}

LabelRule ReadLabel(const std::string& name, const YAML::Node& key_node, const YAML::Node& node) {
  if (name.size() > kMaxLabelName || !ConsistsOf(name, absl::StrCat(kLowerAlnum, "_.-"))) {
    RefuseConfig(key_node, name,
                 absl::StrCat("is not a label name; use 1 to ", kMaxLabelName, " of a-z 0-9 _ . -"));
  }
  using Source = LabelRule::Source;
  std::vector<LabelRule> rules;
  const auto add = [&](Source source, std::string argument) {
    rules.push_back({.name = name, .source = source, .argument = std::move(argument)});
  };
  const auto cgroup = [&](const YAML::Node& n) {
    if (ScalarText(n, "cgroup") != "name")
      RefuseConfig(n, "cgroup", "can only be name; write {cgroup: name}");
    add(Source::kCgroup, "");
  };
  ReadKeys(node, name,
           {{"value", [&](const YAML::Node& n) { add(Source::kValue, ReadLabelValue(n)); }},
            {"environment",
             [&](const YAML::Node& n) { add(Source::kEnvironment, ReadVariableName(n, "environment")); }},
            {"file", [&](const YAML::Node& n) { add(Source::kFile, ReadFileBelowWorkingDirectory(n)); }},
            {"cgroup", cgroup}});
  if (rules.size() != 1) {
    RefuseConfig(node, name, "needs exactly one source; give one of cgroup, environment, file, value");
  }
  return rules.front();
}

std::vector<LabelRule> ReadLabels(const YAML::Node& node) {
  std::vector<LabelRule> labels;
  ForEachKey(node, "labels",
             [&](const std::string& key, const YAML::Node& key_node, const YAML::Node& value) {
               labels.push_back(ReadLabel(key, key_node, value));
             });
  if (labels.size() > kMaxLabels) {
    RefuseConfig(node, "labels", absl::StrCat("has more than ", kMaxLabels, " labels; remove some"));
  }
  std::sort(labels.begin(), labels.end(), [](const auto& a, const auto& b) { return a.name < b.name; });
  return labels;
}

std::string MachineHostName() {
  char name[256] = {};
  return gethostname(name, sizeof(name) - 1) == 0 && name[0] != '\0' ? name : "localhost";
}

Config ReadConfig(const YAML::Node& root) {
  Config config;
  config.kill_switch = "/run/haldane/kill";
  config.labels = {
      {.name = "revision", .source = LabelRule::Source::kEnvironment, .argument = "HALDANE_REVISION"},
      {.name = "service", .source = LabelRule::Source::kEnvironment, .argument = "HALDANE_SERVICE"}};
  if (!root.IsDefined() || root.IsNull()) {
    RefuseConfig(root, "controller", "is missing; add controller: HOST:PORT");
  }
  YAML::Node controller;
  ReadKeys(
      root, "configuration",
      {{"host", [&](const YAML::Node& n) { config.host = ReadHostName(n); }},
       {"controller",
        [&](const YAML::Node& n) {
          config.controller = ReadControllerAddress(n);
          controller.reset(n);
        }},
       {"metrics", [&](const YAML::Node& n) { config.metrics = ReadAddress(n, "metrics", 0); }},
       {"kill_switch", [&](const YAML::Node& n) { config.kill_switch = ReadAbsolutePath(n, "kill_switch"); }},
       {"budget", [&](const YAML::Node& n) { config.budget = ReadBudget(n); }},
       {"tls", [&](const YAML::Node& n) { config.tls = ReadTls(n); }},
       {"scope", [&](const YAML::Node& n) { config.scope = ReadScope(n); }},
       {"labels", [&](const YAML::Node& n) { config.labels = ReadLabels(n); }}});
  if (config.controller.empty()) RefuseConfig(root, "controller", "is missing; add controller: HOST:PORT");
  if (config.tls.empty() && !IsLoopback(config.controller)) {
    RefuseConfig(controller, "controller",
                 absl::StrCat(config.controller,
                              " is another machine and there is no tls; add tls: "
                              "{certificate: FILE, key: FILE, ca: FILE}"));
  }
  if (config.host.empty()) config.host = MachineHostName();
  return config;
}

// yaml-cpp takes some control characters for the end of the file.
void RequireText(absl::string_view text) {
  if (text.size() > kMaxConfigBytes) {
    throw ConfigMistake{
        1, absl::StrCat("file: is longer than ", kMaxConfigBytes, " bytes; is it the right one?")};
  }
  int line = 1;
  while (!text.empty()) {
    const size_t length = Utf8Length(text);
    const unsigned char c = text[0];
    if (length == 0 || (c < 0x20 && c != '\n' && c != '\r' && c != '\t')) {
      throw ConfigMistake{line, "file: is not UTF-8 text; save it as such"};
    }
    if (c == '\n') ++line;
    text.remove_prefix(length);
  }
}

// The line on which a second document begins; 0 when there is none. yaml-cpp's own
// LoadAll does not end on every text.
int SecondDocument(absl::string_view text) {
  const auto is_marker = [](absl::string_view line, absl::string_view marker) {
    return absl::StartsWith(line, marker) && absl::StripAsciiWhitespace(line.substr(0, 4)) == marker;
  };
  bool content = false, ended = false;
  int number = 0;
  for (absl::string_view line : absl::StrSplit(text, '\n')) {
    ++number;
    const bool begins = is_marker(line, "---");
    ended |= content && (begins || is_marker(line, "..."));
    if (begins) line.remove_prefix(3);
    line = absl::StripAsciiWhitespace(line);
    if (line.empty() || line[0] == '#' || line == "...") continue;
    if (ended) return number;
    content = true;
  }
  return 0;
}

}  // namespace

absl::StatusOr<Config> ParseConfig(absl::string_view text, absl::string_view file_name) {
  const auto mistake = [&](int line, absl::string_view what) {
    return absl::InvalidArgumentError(absl::StrCat(file_name, ":", line, ": ", what));
  };
  try {
    RequireText(text);
    if (const int line = SecondDocument(text); line > 0) {
      return mistake(line, "file: has a second document; keep one per file");
    }
    return ReadConfig(YAML::Load(std::string(text)));
  } catch (const ConfigMistake& error) {
    return mistake(error.line, error.what);
  } catch (const YAML::Exception& error) {
    return mistake(ConfigLine(error.mark), absl::StrCat("file: not YAML: ", error.msg, "; check this line"));
  }
}

}  // namespace haldane::agent
