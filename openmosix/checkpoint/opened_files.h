// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <sys/resource.h>

#include <map>
#include <string>
#include <vector>

#include "common/file_descriptor.h"
#include "image/checkpoint_state.h"

namespace openmosix {

/// The files of an image, opened again with the rights of whoever runs us, for a child to take over.
class OpenedFiles {
public:
    /// Throws std::runtime_error that names the file which is missing, too short, changed or of another kind.
    explicit OpenedFiles(const CheckpointState& state);

    /// In a new child, before execve(2): it has the image's descriptors and current folder, those of the mapped files,
    /// and no others. Returns the new number of `program`, which goes with execve(2), or -1. Safe after fork(2).
    [[nodiscard]] int take_over(int program) const;
    /// The child's descriptor of a mapped file.
    [[nodiscard]] int mapped(const std::string& path) const { return mapped_.at(path).number(); }
    /// The child's descriptor of the program's own file; -1 when that is not to be had.
    [[nodiscard]] int program() const { return program_.number(); }
    /// The child's descriptors that it does not keep.
    [[nodiscard]] std::vector<int> temporary() const;

private:
    struct Place {
        int from = -1;
        int to = -1;
    };

    /// Of descriptors, as the process is to have it.
    rlimit limit_;
    clusterdisc::FileDescriptor folder_;
    clusterdisc::FileDescriptor program_;
    std::vector<clusterdisc::FileDescriptor> opened_;
    /// By descriptor.
    std::vector<Place> places_;
    std::map<std::string, clusterdisc::FileDescriptor> mapped_;
    /// Above all that the process has.
    int first_free_ = 0;
};

}  // namespace openmosix
