// The right to train one trial of a store, held by one process: DIR/leases/<trial>.json. Works on any file system with
// atomic creation of files, such as NFS and Lustre, with or without file locks. Two holders of one trial would write
// the same bits, so that a lease saves work and is not needed for correctness.
//
// A lease expires when its holder is dead, as far as that can be seen from this process space, or when it was not
// touched for as long as it says. The file system's own clock decides: two modification times in the same folder are
// compared, so that the clocks of the machines do not matter.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "base/json.h"

namespace bnexp::store {

inline constexpr double kLeaseSeconds = 120;

// Who holds a lease, and since when.
struct Holder {
  std::string host;
  std::string space;  // process_space(): process ids are comparable with those of this process if equal
  pid_t pid = 0;
  std::uint64_t started = 0;  // process_start() of that process
  std::string job;            // of the cluster: Slurm "1234_7", PBS "1234[7].host", LSF "1234[7]"; or empty
  std::string since;          // UTC
  std::string token;          // different for every lease
  double expires_s = kLeaseSeconds;
  std::int64_t step = 0;  // when it was touched last
  std::int64_t steps = 0;
};

Json to_json(const Holder& holder);

std::filesystem::path lease_file(const std::filesystem::path& store, const std::string& trial);

// Whether this is the file of a lease that the process of this process space holds.
bool is_held_by(pid_t process, const std::filesystem::path& lease);

// A lease in the folder, as anybody sees it.
struct HeldLease {
  std::string trial;
  std::optional<Holder> holder;  // nullopt if the file is damaged or incomplete
  double age_s = 0;              // since it was touched last
  bool expired = false;
};

// A lease of this process, until destroyed or lost.
class Lease {
 public:
  // taken: it has expired, and another process has it now; gone: there is no such file any more.
  enum class State { held, taken, gone };

  Lease(std::filesystem::path file, std::string token);
  Lease(Lease&& other) noexcept;
  Lease& operator=(Lease&& other) noexcept;
  ~Lease();  // gives it back

  State state() const;
  // Renews it, if it is held, and says at which step of how many the trial is.
  State touch(std::int64_t step = 0, std::int64_t steps = 0) const;

 private:
  void give_back() noexcept;

  std::filesystem::path file_;
  std::string token_;
  pid_t owner_;  // a forked process does not own it
};

class Leases {
 public:
  // Of the store in `folder`, which must exist. The folder of leases is made when it is needed.
  explicit Leases(const std::filesystem::path& folder, double expires_s = kLeaseSeconds);
  ~Leases();
  Leases(const Leases&) = delete;
  Leases& operator=(const Leases&) = delete;

  // nullopt if another process, or this one, holds the trial. Throws Error(environment) when the folder can't be
  // written.
  std::optional<Lease> take(const std::string& trial);

  // All of them, sorted by trial. Only this process's file for the clock is written, and only if the folder exists.
  std::vector<HeldLease> all();

  // Removes those that have expired.
  void sweep();

  // How often to touch a lease.
  double touch_every_s() const { return expires_s_ / 4; }

 private:
  std::filesystem::path file_of(const std::string& trial) const;
  std::optional<Lease> create(const std::string& trial) const;
  bool take_away(const std::string& trial, const HeldLease& expired) const;
  std::optional<HeldLease> look(const std::string& trial, double now);
  double now();

  std::filesystem::path folder_;
  std::filesystem::path clock_;
  double expires_s_;
};

}  // namespace bnexp::store
