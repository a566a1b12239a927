// What the operating system tells of the machine.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>

namespace bnexp {

std::string host_name();

// 12 hexadecimal digits that two processes share when each can see the other by its process id: they run on one host,
// since one boot, in one process namespace. Containers may share a host name and no process ids.
std::string process_space();

std::string cpu_model();  // "AMD EPYC 7B13", or "unknown"
std::string os_name();    // "Linux 6.1.0 x86_64"

// Whether the processor multiplies bfloat16 faster than fp32: has avx512_bf16, amx_bf16 or, on ARM, bf16. `cpuinfo` is
// what /proc/cpuinfo says.
bool has_fast_bfloat16(const std::string& cpuinfo);
bool has_fast_bfloat16();  // this machine's

// Cores that the CPU quotas of a control group and of the groups it is in leave, infinity where there is none. `group`
// is its path in the folder `hierarchy`. Reads cpu.max of version 2, cpu.cfs_quota_us of version 1.
double core_quota(const std::filesystem::path& hierarchy, const std::filesystem::path& group);

// Cores this process may use: the machine's, less what its affinity mask or its control group's quota takes away.
int available_cores();

std::int64_t memory_bytes();
double load_average();  // over the last minute

// Processes of this control group, or else of the machine, that the kernel has killed for want of memory.
std::int64_t oom_kills();

}  // namespace bnexp
