# Written by bench/report. gnuplot overhead.gp > overhead.svg
set terminal svg size 1072,2011 font 'sans-serif,12' background '#ffffff' noenhanced
set datafile missing NaN
set multiplot
set lmargin at screen 0.2910
set rmargin at screen 0.9813
set border 1 lc rgb '#666666'
set tics nomirror scale 0.5
set ytics scale 0
set grid xtics lc rgb '#dddddd' lt 1
set key at graph 0,1 left bottom Left reverse horizontal samplen 1 width 2 noenhanced
set xlabel offset 0,0.3
set format x '%.10g'

set bmargin at screen 0.4296
set tmargin at screen 0.9682

# count: from, to, y, half the height
$k0_0 << EOD
10 18 -0.0000 0.42
10 74 -4.4706 0.42
10 107 -8.9412 0.42
10 144 -13.4118 0.42
10 168 -17.8824 0.42
10 459 -22.3529 0.42
10 466 -26.8235 0.42
10 528 -31.2941 0.42
NaN NaN 0 0
EOD

# stream: from, to, y, half the height
$k0_1 << EOD
10 173 -1.0000 0.42
10 231 -5.4706 0.42
10 263 -9.9412 0.42
10 300 -14.4118 0.42
10 324 -18.8824 0.42
10 613 -23.3529 0.42
10 621 -27.8235 0.42
10 684 -32.2941 0.42
NaN NaN 0 0
EOD

# trace: from, to, y, half the height
$k0_2 << EOD
10 1491 -2.0000 0.42
10 1549 -6.4706 0.42
10 1581 -10.9412 0.42
10 1618 -15.4118 0.42
10 1642 -19.8824 0.42
10 1931 -24.3529 0.42
10 1939 -28.8235 0.42
10 2002 -33.2941 0.42
10 1071 -37.7647 0.42
NaN NaN 0 0
EOD

# log: from, to, y, half the height
$k0_3 << EOD
10 4926 -3.0000 0.42
10 4984 -7.4706 0.42
10 5016 -11.9412 0.42
10 5053 -16.4118 0.42
10 5077 -20.8824 0.42
10 5366 -25.3529 0.42
10 5374 -29.8235 0.42
10 5423 -34.2941 0.42
NaN NaN 0 0
EOD

# other tools: from, to, y, half the height
$k0_tools << EOD
10 237 -40.2353 0.42
10 360 -41.4706 0.42
10 472 -42.7059 0.42
10 925 -43.9412 0.42
10 1066 -45.1765 0.42
1854 2815 -46.4118 0.42
3045 4875 -47.6471 0.42
3767 30753 -48.8824 0.42
3968 7548 -50.1176 0.42
4551 59965 -51.3529 0.42
5147 150253 -52.5882 0.42
5990 12731 -53.8235 0.42
11316 16033 -55.0588 0.42
12595 17122 -56.2941 0.42
13865 17443 -57.5294 0.42
14073 18683 -58.7647 0.42
14597 18928 -60.0000 0.42
14898 19583 -61.2353 0.42
30560 359890 -62.4706 0.42
NaN NaN 0 0
EOD

unset label
set label 'What a hook or another tool adds to one exit, Linux '.'6.12.117+deb12-amd64' at graph 0,1 offset 0,2.6 font ',14' noenhanced
set xlabel 'instructions per exit (logarithmic scale)' noenhanced
set logscale x 10
set xrange [10:29495861.6]
set yrange [-63.2706:0.8000]
set ytics ('tracepoint' -1.5000, 'ftrace' -5.9706, 'kprobe jump' -10.4412, 'fprobe' -14.9118, 'kprobe ftrace' -19.3824, 'fprobe exit' -23.8529, 'kretprobe' -28.3235, 'kprobe int3' -32.7941, 'kernel''s event' -37.2647, 'bpftrace kfunc:do_exit, count' -40.2353, 'perf, stat' -41.4706, 'bpftrace kprobe:do_exit, count' -42.7059, 'bpftrace tracepoint, count' -43.9412, 'trace-cmd, record' -45.1765, 'process accounting, accton' -46.4118, 'perf, record -B' -47.6471, 'forkstat, -e exit' -48.8824, 'taskstats, listener' -50.1176, 'exitsnoop, bcc' -51.3529, 'perf, trace' -52.5882, 'exitsnoop, libbpf-tools' -53.8235, 'tracefs event, cat trace_pipe' -55.0588, 'bpftrace tracepoint, printf' -56.2941, 'bpftrace kfunc:do_exit, printf' -57.5294, 'bpftrace kprobe:do_exit, printf' -58.7647, 'tracefs kprobe do_exit, cat trace_pipe' -60.0000, 'function tracer do_exit, cat trace_pipe' -61.2353, 'auditd, exit and exit_group' -62.4706)
set label '18' at 18,-0.0000 left offset 0.5,0 textcolor rgb '#000000'
set label '173' at 173,-1.0000 left offset 0.5,0 textcolor rgb '#000000'
set label '1491' at 1491,-2.0000 left offset 0.5,0 textcolor rgb '#000000'
set label '4926' at 4926,-3.0000 left offset 0.5,0 textcolor rgb '#000000'
set label '74' at 74,-4.4706 left offset 0.5,0 textcolor rgb '#000000'
set label '231' at 231,-5.4706 left offset 0.5,0 textcolor rgb '#000000'
set label '1549' at 1549,-6.4706 left offset 0.5,0 textcolor rgb '#000000'
set label '4984' at 4984,-7.4706 left offset 0.5,0 textcolor rgb '#000000'
set label '107' at 107,-8.9412 left offset 0.5,0 textcolor rgb '#000000'
set label '263' at 263,-9.9412 left offset 0.5,0 textcolor rgb '#000000'
set label '1581' at 1581,-10.9412 left offset 0.5,0 textcolor rgb '#000000'
set label '5016' at 5016,-11.9412 left offset 0.5,0 textcolor rgb '#000000'
set label '144' at 144,-13.4118 left offset 0.5,0 textcolor rgb '#000000'
set label '300' at 300,-14.4118 left offset 0.5,0 textcolor rgb '#000000'
set label '1618' at 1618,-15.4118 left offset 0.5,0 textcolor rgb '#000000'
set label '5053' at 5053,-16.4118 left offset 0.5,0 textcolor rgb '#000000'
set label '168' at 168,-17.8824 left offset 0.5,0 textcolor rgb '#000000'
set label '324' at 324,-18.8824 left offset 0.5,0 textcolor rgb '#000000'
set label '1642' at 1642,-19.8824 left offset 0.5,0 textcolor rgb '#000000'
set label '5077' at 5077,-20.8824 left offset 0.5,0 textcolor rgb '#000000'
set label '459' at 459,-22.3529 left offset 0.5,0 textcolor rgb '#000000'
set label '613' at 613,-23.3529 left offset 0.5,0 textcolor rgb '#000000'
set label '1931' at 1931,-24.3529 left offset 0.5,0 textcolor rgb '#000000'
set label '5366' at 5366,-25.3529 left offset 0.5,0 textcolor rgb '#000000'
set label '466' at 466,-26.8235 left offset 0.5,0 textcolor rgb '#000000'
set label '621' at 621,-27.8235 left offset 0.5,0 textcolor rgb '#000000'
set label '1939' at 1939,-28.8235 left offset 0.5,0 textcolor rgb '#000000'
set label '5374' at 5374,-29.8235 left offset 0.5,0 textcolor rgb '#000000'
set label '528' at 528,-31.2941 left offset 0.5,0 textcolor rgb '#000000'
set label '684' at 684,-32.2941 left offset 0.5,0 textcolor rgb '#000000'
set label '2002' at 2002,-33.2941 left offset 0.5,0 textcolor rgb '#000000'
set label '5423' at 5423,-34.2941 left offset 0.5,0 textcolor rgb '#000000'
set label '1071' at 1071,-37.7647 left offset 0.5,0 textcolor rgb '#000000'
set label '237' at 237,-40.2353 left offset 0.5,0 textcolor rgb '#000000'
set label '358..360' at 360,-41.4706 left offset 0.5,0 textcolor rgb '#000000'
set label '468..472' at 472,-42.7059 left offset 0.5,0 textcolor rgb '#000000'
set label '923..925' at 925,-43.9412 left offset 0.5,0 textcolor rgb '#000000'
set label '1064..1066' at 1066,-45.1765 left offset 0.5,0 textcolor rgb '#000000'
set label '1854 to 2815 (gate share)' at 2815,-46.4118 left offset 0.5,0 textcolor rgb '#666666'
set label '3045 to 4875 (gate share)' at 4875,-47.6471 left offset 0.5,0 textcolor rgb '#666666'
set label '3767 to 30753 (gate hits)' at 30753,-48.8824 left offset 0.5,0 textcolor rgb '#666666'
set label '3968 to 7548 (gate overlap)' at 7548,-50.1176 left offset 0.5,0 textcolor rgb '#666666'
set label '4551 to 59965 (gate overlap)' at 59965,-51.3529 left offset 0.5,0 textcolor rgb '#666666'
set label '5147 to 150253 (gate overlap)' at 150253,-52.5882 left offset 0.5,0 textcolor rgb '#666666'
set label '5990 to 12731 (gate overlap)' at 12731,-53.8235 left offset 0.5,0 textcolor rgb '#666666'
set label '11316 to 16033 (gate overlap)' at 16033,-55.0588 left offset 0.5,0 textcolor rgb '#666666'
set label '12595 to 17122 (gate overlap)' at 17122,-56.2941 left offset 0.5,0 textcolor rgb '#666666'
set label '13865 to 17443 (gate overlap)' at 17443,-57.5294 left offset 0.5,0 textcolor rgb '#666666'
set label '14073 to 18683 (gate overlap)' at 18683,-58.7647 left offset 0.5,0 textcolor rgb '#666666'
set label '14597 to 18928 (gate overlap)' at 18928,-60.0000 left offset 0.5,0 textcolor rgb '#666666'
set label '14898 to 19583 (gate overlap)' at 19583,-61.2353 left offset 0.5,0 textcolor rgb '#666666'
set label '30560 to 359890 (gate overlap)' at 359890,-62.4706 left offset 0.5,0 textcolor rgb '#666666'
plot $k0_0 using 1:3:1:2:($3-$4):($3+$4) with boxxyerror fs solid noborder fc rgb '#0072b2' title 'count', \
     $k0_1 using 1:3:1:2:($3-$4):($3+$4) with boxxyerror fs solid noborder fc rgb '#e69f00' title 'stream', \
     $k0_2 using 1:3:1:2:($3-$4):($3+$4) with boxxyerror fs solid noborder fc rgb '#009e73' title 'trace', \
     $k0_3 using 1:3:1:2:($3-$4):($3+$4) with boxxyerror fs solid noborder fc rgb '#cc79a7' title 'log', \
     $k0_tools using 1:3:1:2:($3-$4):($3+$4) with boxxyerror fs solid noborder fc rgb '#555555' title 'tool'

set bmargin at screen 0.0288
set tmargin at screen 0.3690

# count: from, to, y, half the height
$k1_0 << EOD
10 23 -0.0000 0.42
10 74 -4.4706 0.42
10 105 -8.9412 0.42
10 154 -13.4118 0.42
10 165 -17.8824 0.42
10 493 -22.3529 0.42
10 1610 -26.8235 0.42
547 552 -31.2941 0.42
NaN NaN 0 0
EOD

# stream: from, to, y, half the height
$k1_1 << EOD
10 178 -1.0000 0.42
10 229 -5.4706 0.42
10 259 -9.9412 0.42
10 308 -14.4118 0.42
10 319 -18.8824 0.42
10 646 -23.3529 0.42
10 1762 -27.8235 0.42
701 706 -32.2941 0.42
NaN NaN 0 0
EOD

# trace: from, to, y, half the height
$k1_2 << EOD
10 1553 -2.0000 0.42
10 1604 -6.4706 0.42
10 1634 -10.9412 0.42
10 1683 -15.4118 0.42
10 1694 -19.8824 0.42
10 2021 -24.3529 0.42
10 3261 -28.8235 0.42
2076 2081 -33.2941 0.42
10 1134 -37.7647 0.42
NaN NaN 0 0
EOD

# log: from, to, y, half the height
$k1_3 << EOD
10 5557 -3.0000 0.42
10 5608 -7.4706 0.42
10 5638 -11.9412 0.42
10 5687 -16.4118 0.42
10 5698 -20.8824 0.42
10 6025 -25.3529 0.42
10 7141 -29.8235 0.42
6079 6084 -34.2941 0.42
NaN NaN 0 0
EOD

unset label
set label 'What a hook adds to one exit, Linux '.'7.3.4+deb13-amd64' at graph 0,1 offset 0,2.6 font ',14' noenhanced
set xlabel 'instructions per exit (logarithmic scale)' noenhanced
set logscale x 10
set xrange [10:112807.462]
set yrange [-39.5647:0.8000]
set ytics ('tracepoint' -1.5000, 'ftrace' -5.9706, 'kprobe jump' -10.4412, 'fprobe' -14.9118, 'kprobe ftrace' -19.3824, 'kretprobe' -23.8529, 'fprobe exit' -28.3235, 'kprobe int3' -32.7941, 'kernel''s event' -37.2647)
set label '23' at 23,-0.0000 left offset 0.5,0 textcolor rgb '#000000'
set label '178' at 178,-1.0000 left offset 0.5,0 textcolor rgb '#000000'
set label '1553' at 1553,-2.0000 left offset 0.5,0 textcolor rgb '#000000'
set label '5557' at 5557,-3.0000 left offset 0.5,0 textcolor rgb '#000000'
set label '74' at 74,-4.4706 left offset 0.5,0 textcolor rgb '#000000'
set label '229' at 229,-5.4706 left offset 0.5,0 textcolor rgb '#000000'
set label '1604' at 1604,-6.4706 left offset 0.5,0 textcolor rgb '#000000'
set label '5608' at 5608,-7.4706 left offset 0.5,0 textcolor rgb '#000000'
set label '105' at 105,-8.9412 left offset 0.5,0 textcolor rgb '#000000'
set label '259' at 259,-9.9412 left offset 0.5,0 textcolor rgb '#000000'
set label '1634' at 1634,-10.9412 left offset 0.5,0 textcolor rgb '#000000'
set label '5638' at 5638,-11.9412 left offset 0.5,0 textcolor rgb '#000000'
set label '154' at 154,-13.4118 left offset 0.5,0 textcolor rgb '#000000'
set label '308' at 308,-14.4118 left offset 0.5,0 textcolor rgb '#000000'
set label '1683' at 1683,-15.4118 left offset 0.5,0 textcolor rgb '#000000'
set label '5687' at 5687,-16.4118 left offset 0.5,0 textcolor rgb '#000000'
set label '165' at 165,-17.8824 left offset 0.5,0 textcolor rgb '#000000'
set label '319' at 319,-18.8824 left offset 0.5,0 textcolor rgb '#000000'
set label '1694' at 1694,-19.8824 left offset 0.5,0 textcolor rgb '#000000'
set label '5698' at 5698,-20.8824 left offset 0.5,0 textcolor rgb '#000000'
set label '493' at 493,-22.3529 left offset 0.5,0 textcolor rgb '#000000'
set label '646' at 646,-23.3529 left offset 0.5,0 textcolor rgb '#000000'
set label '2021' at 2021,-24.3529 left offset 0.5,0 textcolor rgb '#000000'
set label '6025' at 6025,-25.3529 left offset 0.5,0 textcolor rgb '#000000'
set label '1610' at 1610,-26.8235 left offset 0.5,0 textcolor rgb '#000000'
set label '1762' at 1762,-27.8235 left offset 0.5,0 textcolor rgb '#000000'
set label '3261' at 3261,-28.8235 left offset 0.5,0 textcolor rgb '#000000'
set label '7141' at 7141,-29.8235 left offset 0.5,0 textcolor rgb '#000000'
set label '547 to 552 (gate shift)' at 552,-31.2941 left offset 0.5,0 textcolor rgb '#666666'
set label '701 to 706 (gate shift)' at 706,-32.2941 left offset 0.5,0 textcolor rgb '#666666'
set label '2076 to 2081 (gate shift)' at 2081,-33.2941 left offset 0.5,0 textcolor rgb '#666666'
set label '6079 to 6084 (gate shift)' at 6084,-34.2941 left offset 0.5,0 textcolor rgb '#666666'
set label '1134' at 1134,-37.7647 left offset 0.5,0 textcolor rgb '#000000'
plot $k1_0 using 1:3:1:2:($3-$4):($3+$4) with boxxyerror fs solid noborder fc rgb '#0072b2' title 'count', \
     $k1_1 using 1:3:1:2:($3-$4):($3+$4) with boxxyerror fs solid noborder fc rgb '#e69f00' title 'stream', \
     $k1_2 using 1:3:1:2:($3-$4):($3+$4) with boxxyerror fs solid noborder fc rgb '#009e73' title 'trace', \
     $k1_3 using 1:3:1:2:($3-$4):($3+$4) with boxxyerror fs solid noborder fc rgb '#cc79a7' title 'log'
unset multiplot
