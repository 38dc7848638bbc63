// SPDX-License-Identifier: GPL-2.0-or-later
#include "load/terminals.h"

#include <glob.h>
#include <sys/stat.h>

#include <utility>

namespace openmosix {

bool Terminals::had_input() {
    bool has_input = false;
    std::map<std::string, std::int64_t> access_times;
    for (const std::string& pattern : patterns_) {
        glob_t found{};
        if (::glob(pattern.c_str(), GLOB_NOSORT, nullptr, &found) == 0) {
            for (std::size_t each = 0; each < found.gl_pathc && access_times.size() < max_terminals; ++each) {
                struct stat its {};
                if (::stat(found.gl_pathv[each], &its) != 0) {
                    continue;
                }
                constexpr std::int64_t second = 1'000'000'000;
                const std::int64_t time = its.st_atim.tv_sec * second + its.st_atim.tv_nsec;
                const auto before = access_times_.find(found.gl_pathv[each]);
                has_input = has_input || (before != access_times_.end() && before->second != time);
                access_times[found.gl_pathv[each]] = time;
            }
        }
        ::globfree(&found);
    }
    access_times_ = std::move(access_times);
    return has_input;
}

}  // namespace openmosix
