#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "absl/time/time.h"
#include "guard/policy/settings.h"
#include "guard/record/recorder.h"

// What a run did, for people and for the controller.
namespace haldane::guard {

// How the run went beside its traffic.
struct RunFacts {
  absl::Time started = absl::InfinitePast(), ended = absl::InfinitePast();
  int exit_code = 0;                      // of the script
  bool complete = true;                   // nothing of the record was lost
  std::map<std::string, uint64_t> lost;   // by site
  std::map<std::string, uint64_t> peaks;  // "memory_bytes", "cpu_us", "pids": the most that was used
  std::vector<std::string> health;        // about the guard itself: "the proxy was started again"
};

// A name that was asked for or contacted.
struct DomainUse {
  Action worst = Action::kAllowed;  // kBlocked, else kWouldBlock, else kAllowed
  uint64_t count = 0;
  std::string reason;   // of the worst
  bool is_new = false;  // not among those of the last good run; only set when there was one
};

// An address that was contacted and that no lookup gave.
struct RawAddress {
  Action worst = Action::kAllowed;
  uint64_t count = 0;
};

// A daemon that was asked to act for the script.
struct DelegateUse {
  Action worst = Action::kAllowed;
  uint64_t count = 0;
  std::string reason;  // "delegation.docker"
};

enum class FindingClass {
  kDirect,     // the command or its line of the script names it
  kHidden,     // they do not: a tool went there by itself
  kDelegated,  // a daemon or proxy was asked to; what it does is not seen
};

// One way in which the deploy depends on what it must not depend on.
struct Finding {
  // The same for the same rule, name, tool and script, run after run.
  std::string id;
  FindingClass what = FindingClass::kHidden;
  Action action = Action::kBlocked;
  std::string name;  // domain, address or path
  std::string via;   // the link of a chain that decided, when it is another
  std::string rule;  // text of the rule, or the reason
  std::string reason, owner;
  std::string command;                // masked
  std::string place;                  // "deploy.sh:8"; may be empty
  std::vector<std::string> ancestry;  // commands, nearest first, masked
  uint64_t count = 0;
  absl::Time first = absl::InfiniteFuture(), last = absl::InfinitePast();
  std::optional<Waiver> waiver;  // of its id, also when it has expired
  bool waived = false;           // the waiver still holds
};

struct Summary {
  RunInfo run;
  RunFacts facts;
  bool has_baseline = false;  // there was a good run before
  std::map<std::string, DomainUse> domains;
  std::map<std::string, RawAddress> raw_addresses;  // by "192.0.2.1:443/tcp"
  std::map<std::string, DelegateUse> delegates;     // by path or address
  std::map<std::string, uint64_t> warnings;         // what is worth a look, with how often
  std::vector<std::string> strays;                  // commands that outlived the script
  std::vector<Finding> findings;                    // the worst first, then the most frequent
  std::vector<Waiver> unused_waivers;               // that match no finding
  uint64_t unattributed = 0;                        // events whose process is unknown
  uint64_t not_listed = 0;                          // things beyond the bounds of the lists above

  // What gates count: names without a waiver that holds.
  uint64_t blocked_domains() const { return CountFindingNames(Action::kBlocked); }
  uint64_t would_block_domains() const { return CountFindingNames(Action::kWouldBlock); }
  uint64_t new_domains() const;

 private:
  uint64_t CountFindingNames(Action action) const;
};

absl::string_view FindingClassName(FindingClass what);  // "direct", "hidden", "delegated"

}  // namespace haldane::guard
