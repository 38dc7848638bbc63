// SPDX-License-Identifier: GPL-2.0-or-later
#include "omd/hint_store.h"

#include <charconv>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <stdexcept>
#include <system_error>
#include <utility>

#include "common/file.h"
#include "control/authority.h"
#include "kernel_interface/process_settings.h"
#include "procfs/process_stat.h"
#include "procfs/process_status.h"

namespace openmosix {

namespace {

constexpr std::size_t max_file_size = 65'536;
/// Deeper than any real one; /proc changes while it is read.
constexpr int max_ancestors = 4096;

const MoveHints usual{
    .lock = MoveLock::off, .job = JobKind::unknown, .decay = Decay::usual, .nodes = std::vector<NodeRange>()};

/// 0: there is no such process.
std::uint64_t start_of(pid_t pid) {
    const auto stat = find_process_stat(pid);
    return stat ? stat->start_time : 0;
}

pid_t to_pid(const std::string& name) {
    pid_t pid = 0;
    std::from_chars(name.data(), name.data() + name.size(), pid);
    return pid;
}

}  // namespace

HintStore::HintStore(std::string folder) : folder_(std::move(folder)) {
    constexpr mode_t mode = 0755;
    clusterdisc::make_folder(folder_, mode);
}

std::string HintStore::path_of(pid_t pid) const {
    return folder_ + '/' + std::to_string(pid) + ".json";
}

MoveHints HintStore::own_hints(pid_t pid) const {
    const auto text = clusterdisc::read_file(path_of(pid), max_file_size);
    return text ? parse_hint_file(*text, start_of(pid)).value_or(MoveHints()) : MoveHints();
}

MoveHints HintStore::hints_of(pid_t pid) const {
    MoveHints hints = kernel::read_process_settings(pid).value_or(MoveHints());
    for (int generation = 0; pid > 0 && generation < max_ancestors && !hints.is_complete(); ++generation) {
        hints.complete_from(own_hints(pid));
        const auto status = find_process_status(pid);
        pid = status ? status->parent : 0;
    }
    hints.complete_from(usual);
    return hints;
}

std::string HintStore::set(const HintRequest& request, const Requester& requester) const {
    const std::string subject = "process " + std::to_string(request.pid) + ": ";
    const auto status = find_process_status(request.pid);
    if (!status) {
        return refusal_line(subject + "there is no such process");
    }
    if (request.hints != MoveHints()) {
        const std::string objection =
            objection_to(requester, *status, is_closed_to_owner(request.pid, status->users[1]));
        if (!objection.empty()) {
            return refusal_line(subject + objection);
        }
        if (sweep() >= max_processes) {
            return refusal_line(subject + "there are settings for " + std::to_string(max_processes) +
                                " processes already, which is all that are kept");
        }
        MoveHints hints = request.hints;
        hints.complete_from(own_hints(request.pid));
        if (kernel::has_process_settings()) {
            kernel::write_process_settings(request.pid, request.hints);
        }
        write(request.pid, hints);
    }
    nlohmann::json json{{"ok", true}};
    add_hints(json, hints_of(request.pid));
    return json.dump() + '\n';
}

void HintStore::write(pid_t pid, const MoveHints& hints) const {
    nlohmann::json json{{"start", read_process_stat(pid).start_time}};
    add_hints(json, hints);
    constexpr mode_t mode = 0644;
    clusterdisc::replace_file(path_of(pid), json.dump() + '\n', mode);
}

std::size_t HintStore::sweep() const {
    std::size_t kept = 0;
    std::error_code error;
    for (std::filesystem::directory_iterator file(folder_, error), end; !error && file != end; file.increment(error)) {
        const pid_t pid = to_pid(file->path().filename().string());
        if (pid > 0 && start_of(pid) == 0) {
            std::error_code ignored;
            std::filesystem::remove(file->path(), ignored);
        } else {
            ++kept;
        }
    }
    return kept;
}

}  // namespace openmosix
