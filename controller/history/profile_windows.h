#pragma once

#include <cstdint>
#include <map>
#include <string>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "haldane/v1/profile.pb.h"

namespace haldane::controller {

// A profile is what its windows say, and nothing is learned from fewer than
// kLeastWindows of them. Old ones are forgotten: a service changes. Pure.
inline constexpr int kLeastWindows = 50;
inline constexpr int kMostWindows = 500;
absl::Duration LongestMemory();  // 30 days

// Adds windows, by signal, that ended at `ended_at`; forgets what is too old or
// too many; learns. `profile` has all its windows. Wall-clock time that stepped
// back makes windows no younger than the last.
void AddWindows(const std::map<std::string, haldane::v1::ProfileWindow>& windows, absl::Time ended_at,
                haldane::v1::Profile* profile);

// Windows whose rate is beyond three times the median window's, with ten events
// at least.
int CountIncidents(const haldane::v1::SignalProfile& profile);

// Adds the outcome of a self test to a signal, and judges whether the promise
// is broken: the exact one-sided 97.5 % lower bound of the share of stops is
// above the promised level.
void AddSelfTest(bool stopped, double level, haldane::v1::SignalProfile* profile);

// The signal's entry, added in its place if need be.
haldane::v1::SignalProfile* EntryOf(absl::string_view signal, haldane::v1::Profile* profile);

// The same without windows.
haldane::v1::Profile WithoutWindows(haldane::v1::Profile profile);

}  // namespace haldane::controller
