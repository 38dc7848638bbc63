// SPDX-License-Identifier: GPL-2.0-or-later
#include <cstdio>
#include <stdexcept>

#include "common/exit_status.h"
#include "image/file_reading.h"
#include "image/image_text.h"
#include "omd/subcommands.h"

namespace openmosix {

int image_main(std::span<const std::string> words) {
    const std::string& path = words.front();
    const auto file = open_image(path);
    try {
        ImageReader reader(reads(file));
        // What follows may be damaged, too: nothing is shown of a file that is not whole.
        std::uint64_t pages = 0;
        while (const auto run = reader.next()) {
            pages += run->pages.size() / page_size;
        }
        std::string text = to_text(reader.state());
        text += "\nContent\n  " + std::to_string(pages) + " pages of memory, " + std::to_string(pages * page_size) +
                " bytes\n";
        if (std::fputs(text.c_str(), stdout) == EOF || std::fflush(stdout) != 0) {
            throw std::runtime_error("cannot write to standard output");
        }
    } catch (const std::runtime_error& error) {
        throw std::runtime_error(path + ": " + error.what());
    }
    return clusterdisc::exit_success;
}

}  // namespace openmosix
