#!/usr/bin/perl
# SPDX-License-Identifier: GPL-2.0-or-later
#
# nodes.pl [DIRECTORY]: the nodes and their figures, as Perl programs for openMosix read them; DIRECTORY stands for
# /proc/hpc. Ends with 1 and says what is wrong when a file is not as docs/openmosix-interface.md has it.
use strict;
use warnings;

sub fail {
    print STDERR "nodes.pl: @_\n";
    exit 1;
}

my $directory = shift // '/proc/hpc';
my @files = qw(load speed cpus util mem rmem tmem status);

opendir(my $nodes, "$directory/nodes") or fail("$directory/nodes: $!");
my @entries = readdir $nodes;
closedir $nodes;
# Many programs count the nodes so, without a look at the names.
my $count = @entries - 2;

my @names = grep { $_ ne '.' && $_ ne '..' } @entries;
for my $name (@names) {
    $name =~ /^[1-9][0-9]*$/ or fail("$directory/nodes/$name: not the number of a node");
}
print "count $count\n";

for my $node (sort { $a <=> $b } @names) {
    my @shown = ('node', $node);
    for my $name (@files) {
        open(my $file, '<', "$directory/nodes/$node/$name") or fail("$directory/nodes/$node/$name: $!");
        local $/;
        my $text = <$file> // '';
        close $file;
        $text =~ /^-?[0-9]+\n\z/ or fail("$directory/nodes/$node/$name: not one number in one line: '$text'");
        push @shown, $name, $text + 0;
    }
    my %value = @shown;
    push @shown, 'up', $value{status} & 2 ? 1 : 0, 'live', $value{load} =~ /-101/ ? 0 : 1;
    print "@shown\n";
}
