// Facts about the machine, from the operating system.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>

namespace bnexp {

std::string host_name();

// 12 hexadecimal digits that two processes share when they run on one host, since one boot, in one process namespace.
// Their process ids are then comparable. Containers may share a host name but no process ids.
std::string process_space();

// When a process of this process space started, in clock ticks since the boot; with its id, it names the process.
// nullopt if there is none, or if it has ended and only its exit code is kept.
std::optional<std::uint64_t> process_start(pid_t process);

std::string cpu_model();  // "AMD EPYC 7B13", or "unknown"
// What libraries choose their kernels by, of a processor with the same instruction set: the maker ("AMD"), the first
// word of the model's name. In bfloat16, the model.
std::string kernel_choice(const std::string& cpu_model, bool is_bfloat16);
std::string os_name();  // "Linux 6.1.0 x86_64"

// Whether the processor multiplies bfloat16 faster than fp32: has avx512_bf16, amx_bf16 or, on ARM, bf16. `cpuinfo` is
// the text of /proc/cpuinfo.
bool has_fast_bfloat16(const std::string& cpuinfo);
bool has_fast_bfloat16();  // this machine's

// Cores that the CPU quotas of a control group and its parents allow; infinity where there is none. `group` is the
// group's path in the folder `hierarchy`. Reads cpu.max of version 2, cpu.cfs_quota_us of version 1.
double core_quota(const std::filesystem::path& hierarchy, const std::filesystem::path& group);

// Cores this process may use: the machine's, limited by its affinity mask and its control group's quota.
int available_cores();

std::int64_t memory_bytes();
std::int64_t resident_bytes(pid_t process);  // memory of a process that is in RAM; 0 if it doesn't exist
double load_average();                       // over the last minute

// Number of processes that the kernel killed because memory ran out, in this control group or else on the machine.
std::int64_t oom_kills();

}  // namespace bnexp
