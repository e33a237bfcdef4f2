# SPDX-License-Identifier: GPL-2.0
#
# What a tool file is, and what several of them share.
#
# A tool file, beside this one, holds all that is known of one other tool that reports
# exits. It is the only file to touch to add, change or remove one. It sources this
# file and sets:
#
#   packages  Debian's packages of the tool, or nothing
#   order     a number; the results have the tools in ascending order
#   modes     the ways to use it, in the order of the results: for each a function,
#             mode_count, mode_stream, ..., is one row
#
# It sets these facts, for all modes or in mode_X, each one line without tabs:
#
#   name           for people
#   mode           for people; unique together with name
#   window         exits of each window for the whole price: more than usual for one
#                  that fills a buffer before it wakes up; 0 for as many as usual
#   named          yes: count counts the tasks called $STORM only; no: all, from the
#                  attaching to the detaching: those may be more than the exits of
#                  the blocks
#   stays          yes: when it has ended, the kernel does not become as it was. It is
#                  attached once, after all others
#   loses          where exits may have gone that it had and does not report, or
#                  nothing: then its storm is not in the attachment of the cases
#   hook           of our own module, as in exact.tsv; of others -
#   output         of our own module: count, stream, trace or log; of others -
#   unit           of our own module: task or process; of others -
#   bare           yes: it needs nothing but the stock kernel and a shell
#   tells          the most that it tells of an exit: number, name (or only an id) or
#                  status (of the thread or of the process)
#   options        the kernel's options that it needs, each as CONFIG_NAME
#   oldest_kernel  that has what it needs
#   fields         what it tells of each exit
#   needs          what has to be there or to run, besides the kernel
#
# And it defines these functions, for all modes or in mode_X. Each is called in a
# shell of its own:
#
#   setup     what its manual says to do first; may be missing
#   run       becomes the consumer, by exec: a process that runs until it gets SIGINT;
#             missing if the kernel alone does the work
#   proof     succeeds once the kernel shows that the tool is attached
#   count     prints how many exits it reported, once run has ended; missing for a
#             control that watches nothing, of which no fact from hook on is asked
#   lost      prints how many it says that it lost; missing if it cannot tell
#   codes     prints what it said of each task, once run has ended: lines of an id and
#             the wait status that it gave, as a number, with '-' for none; then, if
#             it cannot tell all of the bits, a mask of those that it can. Missing if
#             it counts in the kernel and has no record that could be lost on its way:
#             no storm. awk throughout, since sed takes twenty times as long for a
#             line, and there are a hundred thousand in a storm
#   teardown  undoes setup; may be missing
#
# They have these variables:
#
#   TOOLS    where the tool files are
#   T        tracefs
#   D        debugfs
#   STORM    the name of the tasks that exit while the tool is measured
#   OUT      beginning of the names of files that the tool may write; the standard
#            output of run is $OUT.out, its standard error $OUT.err
#   P        for proof: a directory per process of run, "/proc/1 /proc/2"
#   MODULES  $MODULES/VARIANT/procmon.ko are our modules
#   PROCMON  the reader of our stream
#   B        where it and our other programs are

# shellcheck disable=SC2034 # in all of this file: for those who source it
packages='' order='' modes=''
name='' mode='' window=0 named=no stays=no loses=''
hook=- output=- unit=- bare=no tells='' options='' oldest_kernel='' fields='' needs=''

# What many have in common.
event=sched:sched_process_exit
event_enable=$T/events/sched/sched_process_exit/enable
event_fields="name, id, priority"
event_options="CONFIG_FTRACE, CONFIG_EVENT_TRACING"
bpf_options="CONFIG_BPF_SYSCALL, CONFIG_BPF_EVENTS"

# has_fd PATTERN: a process of the tool has such a file open
has_fd() {
	for p in $P; do
		ls -l "$p/fd"
	done | grep -q "$1"
}

# A program is loaded, and hangs on something: a perf event or a link.
has_bpf() { has_fd bpf-prog && has_fd 'bpf_link\|perf_event'; }

# A socket of the kernel connector (protocol 11) is in the group of the process events.
has_proc_events() {
	awk '$2 == 11 && $4 != "00000000" { ok = 1 } END { exit !ok }' /proc/net/netlink
}

in_kprobes() { grep -q do_exit "$D/kprobes/list"; }
in_functions() { grep -q '^do_exit ' "$T/enabled_functions"; }

# count_lines PATTERN [FILE]: how many there are; none is no failure
count_lines() { grep -c "$@" || :; }

# "Lost 12 events", "Possibly lost 3 samples", ... on either stream.
bpf_lost() {
	cat "$OUT.out" "$OUT.err" |
		awk '/[Ll]ost [0-9]+/ { sub(/.*[Ll]ost /, ""); n += $1 } END { print n + 0 }'
}

# For tools that read trace_pipe to standard output: every line that speaks of lost
# events.
pipe_lost() {
	awk '
		/LOST/ {
			for (i = 1; i < NF; i++)
				if ($i ~ /LOST/)
					n += $(i + 1)
		}
		END { print n + 0 }' "$OUT.out"
}

# ids EVENT BEFORE FILE: for those that name tasks and nothing more: of the lines with
# EVENT, the ids behind the last BEFORE
ids() { awk -F "$2" "/$1/ && NF > 1 { print \$NF + 0, \"-\" }" "$3"; }

# sched_ids FILE: of the kernel's event, as tracing prints it
sched_ids() { ids 'sched_process_exit: ' ' pid=' "$1"; }

# "NAME ID CODE" at the end of each line.
last_two() {
	awk 'NF > 1 && $(NF - 1) ~ /^[0-9]+$/ && $NF ~ /^-?[0-9]+$/ { print $(NF - 1), $NF }' \
		"$OUT.out"
}

# For those that make the records of procmon. json_count FILE: of what its reader prints
# with --json
json_count() { count_lines "\"comm\":\"$STORM\"" "$1"; }

# json_codes ID FILE: tid or tgid
json_codes() {
	awk -F "\"$1\":|\"wait_status\":" 'NF == 3 { print $2 + 0, $3 + 0 }' "$2"
}

# What was saved as $OUT.raw, as JSON, made once.
show_raw() {
	[ -e "$OUT.json" ] ||
		"$PROCMON" --json --file "$OUT.raw" >"$OUT.json" 2>/dev/null
}

raw_count() {
	show_raw
	json_count "$OUT.json"
}

# raw_codes ID
raw_codes() {
	show_raw
	json_codes "$1" "$OUT.json"
}

# One a line, for scripts/root.sh.
print_packages() {
	for package in $packages; do
		echo "$package"
	done
}

# The rest is for bench/peers/tools.c, which reads the facts of all tool files.

has() { [ "$(command -v "$1")" = "$1" ]; }

refuse() {
	echo "$tool_file: ${mode_function:+$mode_function: }$*" >&2
	exit 1
}

# fact NAME VALUE [ALLOWED...]: print it
fact() {
	case $2 in
	'')		refuse "$1 is missing" ;;
	*[[:cntrl:]]*)	refuse "$1 is not one line without tabs" ;;
	esac
	printf '%s\t%s\n' "$1" "$2"
	[ $# -gt 2 ] || return 0
	value=$2
	fact=$1
	shift 2
	case " $* " in
	*" $value "*) ;;
	*) refuse "$fact is '$value', none of: $*" ;;
	esac
}

# number NAME VALUE: print it
number() {
	case $2 in
	*[!0-9]*) refuse "$1 is '$2', not a number" ;;
	esac
	fact "$@"
}

print_mode() {
	has "$mode_function" || refuse "there is no such function"
	"$mode_function"
	fact file "${tool_file##*/}"
	fact function "$mode_function"
	number order "$order"
	fact name "$name"
	fact mode "$mode"
	number window "$window"
	fact named "$named" yes no
	fact stays "$stays" yes no
	[ -z "$loses" ] || fact loses "$loses"
	for part in setup run proof count lost codes teardown; do
		! has "$part" || fact part "$part"
	done
	has proof || refuse "there is no function proof"
	has count || return 0
	fact hook "$hook"
	fact output "$output" - count stream trace log
	fact unit "$unit" - task process
	fact bare "$bare" yes no
	fact tells "$tells" number name status
	case $tells in
	number)	! has codes || refuse "it has codes, but tells is 'number'" ;;
	*)	has codes || refuse "there is no function codes, but tells is '$tells'" ;;
	esac
	fact options "$options"
	fact oldest_kernel "$oldest_kernel"
	fact fields "$fields"
	fact needs "$needs"
}

# print_facts FILE: of each mode of this tool file, a line each
print_facts() {
	tool_file=$1 mode_function=
	[ -n "$modes" ] || refuse "modes is missing"
	for m in $modes; do
		(mode_function=mode_$m && print_mode) || exit 1
	done
}
