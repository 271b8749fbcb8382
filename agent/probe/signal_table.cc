#include "agent/probe/signal_table.h"

namespace haldane::agent {
namespace {

constexpr absl::string_view kRaise =
    "the USDT note `ruby:raise`, or an entry uprobe on `rb_longjmp` found by symbol, debug file or machine "
    "code";
constexpr absl::string_view kRaiseReduced =
    "one link per place before Linux 6.6; totals without classes before 5.15; the exported functions where "
    "`rb_longjmp` cannot be found";
constexpr absl::string_view kRaiseCost = "the process, about a microsecond per exception";
constexpr absl::string_view kRaiseGaps =
    "stack overflow and lack of memory, which Ruby raises another way; re-raising counts again; anonymous "
    "classes "
    "share one entry; a process has 64 classes, the rest is `other`";
constexpr absl::string_view kResponse =
    "tracepoints at entry and exit of write, sendto, writev, sendmsg: buffers for a socket that begin with "
    "`HTTP/1.x NNN`, of which a byte went out";
constexpr absl::string_view kResponseCost =
    "every process of the host some 40 ns per system call while any tracepoint of system calls is attached; "
    "counted ones 0.3 us more per write";
constexpr absl::string_view kResponseGaps =
    "HTTP/2, TLS that ends in the process, io_uring, a status line split over several writes";
constexpr absl::string_view kExit = "the exit tracepoint (tp_btf/sched_process_exit) in the last thread";
constexpr absl::string_view kLifecycle = "an exit of any process, below a microsecond";
constexpr absl::string_view kProc = "/proc/PID/stat, every ten seconds and at most 64 processes a second";
constexpr absl::string_view kProcCost = "the agent, some 20 us per look";
constexpr absl::string_view kSocketGaps =
    "sockets older than the probes until they carry a response; sockets handed from one process to another";

constexpr SignalSource kSources[] = {
    {"ruby.exceptions", "exceptions", kRaise, kRaiseReduced, kRaiseCost, kRaiseGaps},
    {"ruby.exceptions.new_class", "exceptions", kRaise, kRaiseReduced, kRaiseCost, kRaiseGaps},
    {"http.5xx", "responses", kResponse, "", kResponseCost, kResponseGaps},
    {"http.4xx", "responses", kResponse, "", kResponseCost, kResponseGaps},
    {"http.latency", "latency",
     "tracepoints at read, readv, recvfrom, recvmsg, accept and accept4: from the first read of a connection "
     "after "
     "its last response to the next final response",
     "", "counted processes some 0.2 us per read of a connection, others as http.requests",
     "the first response of a connection that is older than the probes; time in the accept queue is not in "
     "it, time "
     "in which a slow client sends the rest of a request is; a body that is read only after the answer "
     "begins the "
     "next request too early"},
    {"proc.crashes", "", kExit, "", kLifecycle, "ends while nothing was attached"},
    {"proc.oom_kills", "signals", "the tracepoint oom/mark_victim", "", "next to nothing",
     "a victim that the kernel names by a thread other than its first; processes that share its memory and "
     "die "
     "with it"},
    {"proc.restarts", "", kExit, "", kLifecycle, "ends while nothing was attached"},
    {"proc.signals", "signals",
     "the tracepoints signal/signal_deliver, and signal/signal_generate for SIGKILL", "",
     "the receiver, 0.2 us per signal",
     "SIGPIPE, SIGVTALRM and SIGPROF are left out: the first comes with an error that sys.errors counts, by "
     "the "
     "others Ruby and profilers wake threads"},
    {"ruby.gc.count", "usage",
     "the counter that `rb_gc_count` reads, found in its machine code and read from the process's memory", "",
     "the agent, a microsecond per process that did something, once a second",
     "collections in the second before a process ends, or between a fork and the first look at the child; a "
     "process "
     "that does nothing else is looked at every ten seconds"},
    {"ruby.gc.pause", "gc_pause",
     "the USDT notes `ruby:gc__mark__*` and `gc__sweep__*`: marking with what is swept at once is one pause, "
     "each "
     "later step of sweeping another",
     "a gap where the interpreter has no such notes: Debian 13's Ruby and the official images",
     "the process, 1 us per step", "steps of incremental marking, which Ruby does not announce"},
    {"ruby.loads", "loads",
     "an entry uprobe on the exported `rb_iseq_eval`, passed once per file that is run", "",
     "the process, about a microsecond per file", "extensions in C; code given to eval as a string"},
    {"ruby.vm_entries", "vm_entries",
     "an entry uprobe on `rb_vm_exec`, for 50 ms every ten seconds, only when asked for; with the responses "
     "of the "
     "same 50 ms as exposure",
     "a gap where the interpreter hides `rb_vm_exec`: Debian 13's Ruby",
     "the process, the better part of a microsecond per entry, thousands of entries per request",
     "depends on what is compiled: YJIT makes no entries, calls of Ruby by Ruby neither"},
    {"sys.errors", "sys_errors",
     "the raw tracepoint sys_exit, by class of errno; what is ordinary is left out, see below", "",
     "every process of the host some 90 ns per system call; counted ones 0.3 us more per failure",
     "errors that a call reports by other means (io_uring, getsockopt); 32-bit programs"},
    {"proc.major_faults", "usage", "/proc/PID/stat; at the end, the exit tracepoint", "", kProcCost,
     "is up to date every ten seconds only"},
    {"proc.swap_in", "", "none: a gap on every host", "", "-",
     "no kernel says it of a process that is not traced; pages read back from a disk are in "
     "proc.major_faults"},
    {"tcp.retransmits", "tcp",
     "the raw tracepoint tcp_retransmit_skb; sockets are known from connect, accept or their first response",
     "", "whoever runs meanwhile, 0.1 us per segment sent again", kSocketGaps},
    {"tcp.resets", "tcp", "the raw tracepoints tcp_send_reset and tcp_receive_reset; sockets as above", "",
     "whoever runs meanwhile, 0.1 us per reset", kSocketGaps},
    {"tcp.connect_failures", "tcp",
     "the raw tracepoint inet_sock_set_state: from SYN_SENT to CLOSE, be it refused, timed out or given up",
     "", "every process 0.1 us per change of a connection's state",
     "addresses without a route, which fail before that (sys.errors has them); Unix sockets"},
    {"proc.rss", "usage", kProc, "", kProcCost, "what happens between two looks"},
    {"proc.fds", "usage", "/proc/PID/fd, as proc.rss", "", kProcCost, "what happens between two looks"},
    {"proc.threads", "usage", kProc, "", kProcCost, "what happens between two looks"},
    {"http.requests", "responses", kResponse, "", kResponseCost, kResponseGaps},
};

}  // namespace

absl::Span<const SignalSource> SignalSources() { return kSources; }

}  // namespace haldane::agent
